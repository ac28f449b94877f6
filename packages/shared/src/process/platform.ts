import { hostname } from 'node:os'
import type { Config } from '../config/read-config.js'
import { openDatabase, type Database } from '../database/open.js'
import { migrate, pendingMigrations, requirePgvector } from '../database/migrate.js'
import { CoroError } from '../errors.js'
import type { Logger } from '../log/logger.js'
import { createMetrics, type Metrics } from '../metrics/metrics.js'
import { openQueues, type Queues } from '../queues/open.js'
import { createStorageOpener, sourceOpener, type SourceOpener } from '../storage/open-storage.js'
import type { Storage } from '../storage/store.js'

/** What every service stands on: the same in one process and in many. */
export interface Platform extends AsyncDisposable {
  readonly config: Config
  readonly log: Logger
  readonly database: Database
  readonly queues: Queues
  readonly store: Storage
  /** Sources: they can be read, and nothing else. */
  readonly storages: SourceOpener
  readonly metrics: Metrics
  /** Who did it, in the ledger. */
  readonly worker: string
}

/**
 * Open database, queues and store. The embedded database is migrated here; a server's by `coro migrate`, once, before
 * the services start. Throws DATABASE_OPEN, DATABASE_NOT_MIGRATED, PGVECTOR_TOO_OLD, QUEUE_UNAVAILABLE.
 */
export async function openPlatform(config: Config, log: Logger): Promise<Platform> {
  const database = await openDatabase(config.databaseUrl)
  try {
    if (config.embedded) await migrate(database)
    else await requireMigrated(database)
    await requirePgvector(database.pool)
    const queues = await openQueues(config.queueUrl, database)
    const opener = createStorageOpener(config.s3)
    return {
      config,
      log,
      database,
      queues,
      storages: sourceOpener(opener),
      store: opener.open(config.storeUrl),
      metrics: createMetrics(),
      worker: `${hostname()}:${process.pid}`,
      async [Symbol.asyncDispose]() {
        await queues[Symbol.asyncDispose]()
        await database[Symbol.asyncDispose]()
        opener[Symbol.dispose]()
      },
    }
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}

async function requireMigrated(database: Database): Promise<void> {
  const pending = await pendingMigrations(database)
  if (pending.length === 0) return
  throw new CoroError('DATABASE_NOT_MIGRATED', `The database lacks ${pending.join(', ')}: run "coro migrate".`, {
    disposition: 'wait',
  })
}

export type Readiness = { name: string; ok: boolean; message: string | null }[]

/** Ask everything that this process needs whether it answers. */
export async function checkReady({ database, queues, store }: Platform): Promise<Readiness> {
  const checks: [string, () => Promise<unknown>][] = [
    ['database', () => database.pool.query('select 1')],
    ['queue', () => queues.check()],
    ['store', () => (store.url.startsWith('file:') ? store.stagingDir() : store.check())],
  ]
  return Promise.all(
    checks.map(async ([name, check]) => {
      try {
        await check()
        return { name, ok: true, message: null }
      } catch (error) {
        return { name, ok: false, message: error instanceof Error ? error.message : String(error) }
      }
    }),
  )
}
