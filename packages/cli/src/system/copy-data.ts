import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'

/** What a backup holds: every file below it, so that a restore can tell whether it is whole. */
const manifestSchema = z.object({
  format: z.literal('coro-backup-1'),
  madeAt: z.string(),
  store: z.boolean().describe('the prepared audio is in it'),
  files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })),
})
export type BackupManifest = z.infer<typeof manifestSchema>

const manifestName = 'backup.json'

/** Tells how many files are done. */
export type OnFile = (done: number, total: number) => void

/**
 * Copy a stopped system's database, and its store where it is a folder, into a new folder: whole or not at all. Errors:
 * BACKUP_EXISTS.
 */
export async function writeBackup(
  { database, store }: { database: string; store: string | null },
  target: string,
  onFile: OnFile,
): Promise<BackupManifest> {
  if (await isThere(target)) throw backupError('BACKUP_EXISTS', `${target} is there already: name a new folder.`)
  const unfinished = `${target}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  await cp(database, join(unfinished, 'database'), { recursive: true })
  // What is on its way into the store is not in it yet.
  if (store !== null && (await isThere(store))) {
    await cp(store, join(unfinished, 'store'), { recursive: true, filter: (path) => basename(path) !== '.staging' })
  }
  const paths = await filesBelow(unfinished)
  const files: BackupManifest['files'] = {}
  for (const [i, path] of paths.entries()) {
    files[path] = await factsOf(join(unfinished, path))
    onFile(i + 1, paths.length)
  }
  const manifest: BackupManifest = {
    format: 'coro-backup-1',
    madeAt: new Date().toISOString(),
    store: store !== null,
    files,
  }
  await writeFile(join(unfinished, manifestName), JSON.stringify(manifest))
  await rename(unfinished, target)
  return manifest
}

/**
 * Check a backup whole, then copy it to where a system has its database and its store. Errors: BACKUP_INVALID (no backup, or
 * damaged: nothing is written), BACKUP_TARGET (there is a database already).
 */
export async function readBackup(
  source: string,
  { database, store }: { database: string; store: string | null },
  onFile: OnFile,
): Promise<BackupManifest> {
  const text = await readFile(join(source, manifestName), 'utf8').catch(() => '')
  const parsed = manifestSchema.safeParse(text === '' ? null : JSON.parse(text))
  if (!parsed.success)
    throw backupError('BACKUP_INVALID', `${source} is no backup: its ${manifestName} is missing or damaged.`)
  if (await isThere(database)) {
    throw backupError('BACKUP_TARGET', `${database} is there already: restore into an empty data folder (--data).`)
  }
  const wanted = Object.entries(parsed.data.files)
  for (const [i, [path, { bytes, sha256 }]] of wanted.entries()) {
    const facts = await factsOf(join(source, path)).catch(() => null)
    if (facts?.bytes !== bytes || facts.sha256 !== sha256) {
      throw backupError('BACKUP_INVALID', `${join(source, path)} is missing or damaged: nothing was restored.`)
    }
    onFile(i + 1, wanted.length)
  }
  if (store !== null && (await isThere(join(source, 'store')))) {
    await cp(join(source, 'store'), store, { recursive: true, force: false })
  }
  // The database last, and at once: half a restore is none.
  const unfinished = `${database}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await cp(join(source, 'database'), unfinished, { recursive: true })
  await rename(unfinished, database)
  return parsed.data
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

async function factsOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer)
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const backupError = (code: string, message: string) => new CoroError(code, message, { disposition: 'reject' })
