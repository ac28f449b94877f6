import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDeployment } from '@coro/synthetic/deployment'
import { segmentsOf } from '../distributed/deployment.js'
import { root } from '../distributed/services.js'
import { damages, type Damage } from './damages.js'

/** A file, and what must become of it whatever happens. */
export interface ExpectedFile {
  key: string
  sha256: string
  /** Segments where it is searchable. */
  segments: number
  /** Of two files with the same bytes one is searchable and the other its duplicate: whichever came first. */
  end: 'searchable' | 'twin' | { quarantined: string }
  /** Where it is searchable and odd: the code that says so. */
  warning?: string
}

export interface FaultDeployment {
  folder: string
  files: readonly ExpectedFile[]
}

/** The synthetic deployment, its corrupt file and its duplicate, and for every ten recordings a damaged file; each kind once at least. */
export async function faultDeployment(recordings: number): Promise<FaultDeployment> {
  const dir = join(root, `.build/test-deployments/faults-${recordings}-${damages.length}`)
  const { sourceDir, files } = await makeDeployment({ dir, recordings })
  const twins = new Set(files.flatMap(({ kind, key, duplicateOf }) => (kind === 'duplicate' ? [key, duplicateOf] : [])))
  const expected = files.map((file): ExpectedFile => ({
    key: file.key,
    sha256: file.sha256,
    segments: segmentsOf(file),
    end: file.kind === 'corrupt' ? { quarantined: 'AUDIO_NO_SAMPLES' } : twins.has(file.key) ? 'twin' : 'searchable',
  }))
  for (let n = 0; n < Math.max(damages.length, recordings / 10); n++) {
    const { name, ending, end, bytes } = damages[n % damages.length] as Damage
    const content = bytes(n)
    const key = `mata/damaged/${name}-${n}.${ending}`
    await mkdir(dirname(join(sourceDir, key)), { recursive: true })
    await writeFile(join(sourceDir, key), content)
    const sha256 = createHash('sha256').update(content).digest('hex')
    if ('quarantined' in end) expected.push({ key, sha256, segments: 0, end })
    else expected.push({ key, sha256, end: 'searchable', ...end.searchable })
  }
  return { folder: sourceDir, files: expected }
}

export const readFileOf = ({ folder }: FaultDeployment, { key }: ExpectedFile): Promise<Buffer> =>
  readFile(join(folder, key))
