import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { makeCorruptFlac } from './corrupt.js'
import {
  findComplete,
  writeManifest,
  type Deployment,
  type Recipe,
  type SyntheticDeployment,
  type SyntheticFile,
} from './manifest.js'
import { utcOffsetMin } from './recorder/local-time.js'
import { recorders, sites, type Recorder } from './recorder/recorders.js'
import { makeRecording } from './recording.js'
import { fileNameOf, planRecordings, slotStart, type PlannedRecording } from './schedule.js'
import { writeFileAtomic } from './write-file.js'

export type { Deployment, SyntheticDeployment, SyntheticFile } from './manifest.js'

/** Raise it whenever the same seed would give other bytes. */
const version = 1

export interface DeploymentOptions {
  /** Where the set lies: the audio in `recordings/`, the manifest beside it. Made if missing. */
  readonly dir: string
  /** Default 1. */
  readonly seed?: number
  /** Good recordings, at least 1, default 36; a corrupt file and a duplicate come on top. */
  readonly recordings?: number
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void
  readonly signal?: AbortSignal
}

interface MadeFile {
  readonly bytes: Buffer
  readonly truth: Omit<SyntheticFile, 'bytes' | 'sha256'>
}

/** Make the synthetic deployment, or recognise the complete one that an earlier call left. The same seed gives the same
 *  bytes. Each file appears whole; the event loop gets a turn between files. Rejects with the signal's reason. */
export async function makeDeployment(options: DeploymentOptions): Promise<SyntheticDeployment> {
  const { dir, seed = 1, recordings = 36, onProgress, signal } = options
  if (!Number.isInteger(recordings) || recordings < 1) throw new RangeError('recordings must be a whole number from 1')
  const root = resolve(dir)
  const sourceDir = join(root, 'recordings')
  const recipe: Recipe = { version, seed, recordings }
  const total = recordings + 2
  const complete = await findComplete(root, sourceDir, recipe)
  if (complete) {
    onProgress?.({ done: total, total })
    return { sourceDir, sites, deployments: deploymentsOf(), files: complete }
  }
  const files: SyntheticFile[] = []
  for (const { bytes, truth } of makeFiles(seed, recordings)) {
    signal?.throwIfAborted()
    await writeFileAtomic(join(sourceDir, truth.key), bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    files.push({ ...truth, bytes: bytes.length, sha256 })
    onProgress?.({ done: files.length, total })
    await nextTurn()
  }
  await writeManifest(root, recipe, files)
  return { sourceDir, sites, deployments: deploymentsOf(), files }
}

/** The recordings, one at a time, then the corrupt file and the duplicate (of the first). */
function* makeFiles(seed: number, recordings: number): Generator<MadeFile> {
  let first: MadeFile | undefined
  for (const plan of planRecordings(seed, recordings)) {
    const { bytes, calls } = makeRecording(plan)
    const made: MadeFile = { bytes, truth: { ...truthOf(plan), calls } }
    first ??= made
    yield made
  }
  yield corruptFile(seed)
  if (first) yield duplicateOf(first)
}

function truthOf(plan: PlannedRecording): Omit<MadeFile['truth'], 'calls'> {
  const { key, recorder, startedAt, durationS, sampleRateHz, channels, bitsPerSample, format, species } = plan
  return {
    key,
    site: recorder.site.name,
    recorder: recorder.name,
    kind: 'recording',
    species,
    sampleRateHz,
    channels,
    bitsPerSample,
    durationS,
    format,
    startedAt: startedAt.toISOString(),
    utcOffsetMin: recorder.statesOffset ? utcOffsetMin(startedAt, recorder.clockZone) : null,
  }
}

/** From the second recorder, a quarter of an hour before its first recording. */
function corruptFile(seed: number): MadeFile {
  const recorder = recorders[1] as Recorder
  const startedAt = slotStart(recorder, 0, -15)
  const sampleRateHz = 32000
  const truth: MadeFile['truth'] = {
    key: `${recorder.site.name}/${recorder.name}/${fileNameOf(recorder, startedAt, 'flac')}`,
    site: recorder.site.name,
    recorder: recorder.name,
    kind: 'corrupt',
    species: [],
    sampleRateHz,
    channels: 1,
    bitsPerSample: 16,
    durationS: 0,
    format: 'flac',
    startedAt: startedAt.toISOString(),
    utcOffsetMin: null,
    calls: [],
  }
  return { bytes: makeCorruptFlac(seed, sampleRateHz), truth }
}

/** The same bytes under a folder that sorts after the original, as when a memory card is copied twice. */
function duplicateOf({ bytes, truth }: MadeFile): MadeFile {
  const at = truth.key.lastIndexOf('/')
  const key = `${truth.key.slice(0, at)}/backup${truth.key.slice(at)}`
  return { bytes, truth: { ...truth, key, kind: 'duplicate', duplicateOf: truth.key } }
}

function deploymentsOf(): Deployment[] {
  return recorders.map(({ name, site }) => ({
    prefix: `${site.name}/${name}/`,
    site: site.name,
    recorder: name,
    timeZone: site.timeZone,
  }))
}
