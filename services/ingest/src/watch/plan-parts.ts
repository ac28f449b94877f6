import type { SweepPart } from '@coro/shared/database/watching/sweeps'
import type { ReadableStorage } from '@coro/shared/storage/store'

/** A level with more folders than this is not divided by them: a listing of all is as quick. */
const mostFolders = 256

/** How deep a chain of single folders is followed. */
const deepest = 6

/**
 * How a source is divided for a sweep: the folders of its first level, or of the first level that has several; a folder
 * in which deployments are declared is divided by their folders. Together the parts cover every key once: what lies
 * directly on a divided level is a flat part. Each part takes one sequence of pages, and parts are listed side by side.
 */
export async function planParts(
  storage: ReadableStorage,
  deploymentPrefixes: string[],
  signal?: AbortSignal,
): Promise<SweepPart[]> {
  const parts: SweepPart[] = []
  async function divide(prefix: string, level: number): Promise<void> {
    const { folders, isComplete } = await storage.folder(prefix, signal ? { signal } : {})
    if (!isComplete || folders.length > mostFolders || folders.length === 0) {
      parts.push({ prefix, flat: false })
      return
    }
    parts.push({ prefix, flat: true })
    for (const folder of folders) {
      const declared = deploymentPrefixes.some((p) => p.startsWith(folder) && p.length > folder.length)
      if (level < deepest && (declared || folders.length === 1)) await divide(folder, level + 1)
      else parts.push({ prefix: folder, flat: false })
    }
  }
  await divide('', 0)
  return parts
}
