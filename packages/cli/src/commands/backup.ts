import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lockDataDir } from '@coro/shared/config/data-lock'
import type { Config } from '@coro/shared/config/read-config'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { createProgress } from '../print/progress.js'
import { readBackup, writeBackup } from '../system/copy-data.js'

/** `coro backup FOLDER [--no-store]`: of an embedded system, which must be stopped meanwhile (DATA_LOCKED). */
export async function backup(folder: string, options: CommonOptions & { store: boolean }): Promise<void> {
  const { config, output } = commandContext(options)
  const places = placesOf(config)
  using _lock = lockDataDir(config.dataDir)
  using progress = createProgress(output, 'backup')
  const from = options.store ? places : { ...places, store: null }
  const { files, store } = await writeBackup(from, resolve(folder), (done, total) =>
    progress.update(done, total, 'files'),
  )
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0)
  output.result({ folder: resolve(folder), files: Object.keys(files).length, bytes, store }, () => {
    const what = store ? 'the database and the prepared audio' : 'the database'
    output.say(`${resolve(folder)}: ${what}, ${Object.keys(files).length} files, ${Math.round(bytes / 1e6)} MB.`)
    output.say('The recordings themselves are yours to keep: they are not in it.')
  })
}

/** `coro restore FOLDER`: into an empty data folder. */
export async function restore(folder: string, options: CommonOptions): Promise<void> {
  const { config, output } = commandContext(options)
  await mkdir(config.dataDir, { recursive: true })
  using _lock = lockDataDir(config.dataDir)
  using progress = createProgress(output, 'restore')
  const { files, store, madeAt } = await readBackup(resolve(folder), placesOf(config), (done, total) =>
    progress.update(done, total, 'files checked'),
  )
  output.result({ folder: resolve(folder), files: Object.keys(files).length, store, madeAt }, () => {
    output.say(`${config.dataDir} is as it was at ${madeAt}.`)
    if (!store) output.say('Its prepared audio was not in the backup: coro doctor --repair has it made again.')
  })
}

/** Where an embedded system has its database and, where it is a folder, its store. */
function placesOf({ embedded, databaseUrl, storeUrl }: Config): { database: string; store: string | null } {
  if (!embedded || databaseUrl === 'pglite:memory') {
    throw new CoroError(
      'USAGE',
      'This is for the embedded system; of a server, infra/backup/backup.sh keeps database and store (docs/backup.md).',
      { disposition: 'reject' },
    )
  }
  return {
    database: resolve(databaseUrl.slice('pglite:'.length)),
    store: storeUrl.startsWith('file:') ? fileURLToPath(storeUrl) : null,
  }
}
