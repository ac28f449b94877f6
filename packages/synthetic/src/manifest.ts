import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Site } from './recorder/recorders.js'
import type { Call } from './sound/chorus.js'
import { writeFileAtomic } from './write-file.js'

/** One file of the deployment and the truth about it. */
export interface SyntheticFile {
  /** Below sourceDir, with `/`. */
  readonly key: string
  readonly site: string
  readonly recorder: string
  readonly kind: 'recording' | 'corrupt' | 'duplicate'
  /** Of a duplicate: the key of the file with the same bytes. */
  readonly duplicateOf?: string
  readonly species: readonly string[]
  readonly sampleRateHz: number
  readonly channels: number
  readonly bitsPerSample: number
  /** What can be heard: 0 for the corrupt file. */
  readonly durationS: number
  readonly format: 'wav' | 'flac'
  /** The true start, ISO 8601 UTC with milliseconds. */
  readonly startedAt: string
  /** Offset that the header states; null where it states none. */
  readonly utcOffsetMin: number | null
  readonly calls: readonly Call[]
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

export interface Deployment {
  /** Keys that begin so belong to it. */
  readonly prefix: string
  readonly site: string
  readonly recorder: string
  readonly timeZone: string
}

export interface SyntheticDeployment {
  /** The folder that holds the audio and nothing else. */
  readonly sourceDir: string
  readonly sites: readonly Site[]
  readonly deployments: readonly Deployment[]
  readonly files: readonly SyntheticFile[]
}

/** What a complete set was made from; another version, seed or number is made anew. */
export interface Recipe {
  readonly version: number
  readonly seed: number
  readonly recordings: number
}

interface Manifest {
  readonly recipe: Recipe
  readonly files: readonly SyntheticFile[]
}

const manifestPath = (dir: string) => join(dir, 'synthetic-deployment.json')

/** The manifest that an earlier run left, or undefined where there is none that can be read. */
async function readManifest(dir: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(manifestPath(dir), 'utf8')) as Manifest
  } catch {
    return undefined
  }
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => -1,
  )
}

/** The files of a complete set of that recipe, or undefined. What an earlier recipe left is removed: its files only,
 *  by name and size, and its manifest first, so that an interrupted run is never taken for a complete one. */
export async function findComplete(
  dir: string,
  sourceDir: string,
  recipe: Recipe,
): Promise<readonly SyntheticFile[] | undefined> {
  const manifest = await readManifest(dir)
  if (!manifest) return undefined
  const sizes = await Promise.all(manifest.files.map(({ key }) => sizeOf(join(sourceDir, key))))
  const present = manifest.files.filter(({ bytes }, n) => sizes[n] === bytes)
  const same = JSON.stringify(manifest.recipe) === JSON.stringify(recipe)
  if (same && present.length === manifest.files.length) return manifest.files
  await rm(manifestPath(dir), { force: true })
  if (!same) await Promise.all(present.map(({ key }) => rm(join(sourceDir, key), { force: true })))
  return undefined
}

/** Say that the set is complete. */
export async function writeManifest(dir: string, recipe: Recipe, files: readonly SyntheticFile[]): Promise<void> {
  const manifest: Manifest = { recipe, files }
  await writeFileAtomic(manifestPath(dir), JSON.stringify(manifest))
}
