import { join } from 'node:path'
import { makeDeployment, type SyntheticFile } from '@coro/synthetic/deployment'
import { root } from './services.js'

export interface SmallDeployment {
  folder: string
  /** The recordings, then a corrupt file, then an exact duplicate of the first. */
  files: readonly SyntheticFile[]
  keys: string[]
}

/** A small synthetic deployment, made once and kept. */
export async function smallDeployment({
  recordings,
  seed = 1,
}: {
  recordings: number
  seed?: number
}): Promise<SmallDeployment> {
  const dir = join(root, `.build/test-deployments/${seed}-${recordings}`)
  const { sourceDir, files } = await makeDeployment({ dir, recordings, seed })
  return { folder: sourceDir, files, keys: files.map(({ key }) => key) }
}

/** Segments of a recording: whole 5 s windows, at least one. */
export const segmentsOf = ({ durationS }: SyntheticFile): number => Math.max(1, Math.floor(durationS / 5 + 1e-6))
