import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Remove the files of a folder that have not changed for a time. One that goes meanwhile is none of our business. */
export async function removeOlder(folder: string, olderThanMs: number): Promise<void> {
  const before = Date.now() - olderThanMs
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => null)
    if (found?.isFile() && found.mtimeMs < before) await rm(path, { force: true })
  }
}
