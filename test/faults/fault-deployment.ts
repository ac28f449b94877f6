import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDeployment } from '@coro/synthetic/deployment'
import { encodeWav16 } from '@coro/synthetic/wav'
import { segmentsOf } from '../distributed/deployment.js'
import { root } from '../distributed/services.js'

/** A file, and what must become of it whatever happens. */
export interface ExpectedFile {
  key: string
  sha256: string
  /** Segments where it is searchable. */
  segments: number
  /** Of two files with the same bytes one is searchable and the other its duplicate: whichever came first. */
  end: 'searchable' | 'twin' | { quarantined: string }
}

export interface FaultDeployment {
  folder: string
  files: readonly ExpectedFile[]
}

/** Ways in which a file is no recording, with the code that says so. Each gets a number, so that no two are alike. */
const damages: { name: string; code: string; bytes: (n: number) => Buffer }[] = [
  { name: 'empty', code: 'AUDIO_EMPTY', bytes: () => Buffer.alloc(0) },
  { name: 'text', code: 'AUDIO_NOT_AUDIO', bytes: (n) => Buffer.from(`the recorder wrote a note and no sound, ${n}`) },
  {
    name: 'cut',
    code: 'AUDIO_TRUNCATED_HEADER',
    bytes: (n) => Buffer.from(encodeWav16(new Float32Array(8), 32_000)).subarray(0, 6 + (n % 6)),
  },
  { name: 'reserved', code: 'AUDIO_NO_SAMPLES', bytes: (n) => Buffer.alloc(5000 + 4 * n) },
]

/** The synthetic deployment, its corrupt file and its duplicate, and for every ten recordings (at least four) a damaged file. */
export async function faultDeployment(recordings: number): Promise<FaultDeployment> {
  const dir = join(root, `.build/test-deployments/faults-${recordings}`)
  const { sourceDir, files } = await makeDeployment({ dir, recordings })
  const twins = new Set(files.flatMap(({ kind, key, duplicateOf }) => (kind === 'duplicate' ? [key, duplicateOf] : [])))
  const expected = files.map((file): ExpectedFile => ({
    key: file.key,
    sha256: file.sha256,
    segments: segmentsOf(file),
    end: file.kind === 'corrupt' ? { quarantined: 'AUDIO_NO_SAMPLES' } : twins.has(file.key) ? 'twin' : 'searchable',
  }))
  for (let n = 0; n < Math.max(4, recordings / 10); n++) {
    const { name, code, bytes } = damages[n % damages.length] as (typeof damages)[number]
    const content = bytes(n)
    const key = `mata/damaged/${name}-${n}.wav`
    await mkdir(dirname(join(sourceDir, key)), { recursive: true })
    await writeFile(join(sourceDir, key), content)
    const sha256 = createHash('sha256').update(content).digest('hex')
    expected.push({ key, sha256, segments: 0, end: { quarantined: code } })
  }
  return { folder: sourceDir, files: expected }
}

export const readFileOf = ({ folder }: FaultDeployment, { key }: ExpectedFile): Promise<Buffer> =>
  readFile(join(folder, key))
