import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Config } from '../config/read-config.js'
import { openDatabase, type Database } from '../database/open.js'
import { migrate, pendingMigrations, requirePgvector } from '../database/migrate.js'
import { disownOthers } from '../database/workers.js'
import { CoroError } from '../errors.js'
import type { Logger } from '../log/logger.js'
import { createMetrics, type Metrics } from '../metrics/metrics.js'
import { openQueues, type Queues } from '../queues/open.js'
import { createStorageOpener, sourceOpener, type SourceOpener } from '../storage/open-storage.js'
import type { Storage } from '../storage/store.js'
import { createPresence, type Presence } from './presence.js'
import { createSoloGate, type SoloGate } from './solo-gate.js'
import { createWake, type Wake } from './wake.js'

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
  /** Who did it, in the ledger: machine and process, and a random part, since containers share both with their forerunners. */
  readonly worker: string
  readonly presence: Presence
  /** Every attempt goes through it: one that may kill its process has it to itself. */
  readonly gate: SoloGate
  /** Called when a recording waits for its next stage, or a job has ended. */
  readonly wake: Wake
}

/**
 * Open database, queues and store. The embedded database is migrated here; a server's by `coro migrate`, once, before
 * the services start. Throws DATABASE_OPEN, DATABASE_NOT_MIGRATED, PGVECTOR_TOO_OLD, QUEUE_UNAVAILABLE.
 */
export async function openPlatform(config: Config, log: Logger): Promise<Platform> {
  const database = await openDatabase(config.databaseUrl)
  // Nothing can go on without it, and whoever starts this process again finds all that was committed.
  void database.lost.then((error) => {
    log.fatal({ code: error.code, err: error }, 'cannot go on')
    process.stderr.write(`${error.code}: ${error.message}\n`)
    process.exit(1)
  })
  try {
    if (config.embedded) await migrate(database)
    else await requireMigrated(database)
    await requirePgvector(database.pool)
    const queues = await openQueues(config.queueUrl, database)
    const opener = createStorageOpener(config.s3)
    const worker = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`
    if (config.embedded) await disownOthers(database.pool, worker)
    const presence = createPresence(worker, database.pool, { lockS: config.jobs.lockS, log })
    return {
      config,
      log,
      database,
      queues,
      storages: sourceOpener(opener),
      store: opener.open(config.storeUrl),
      metrics: createMetrics(),
      worker,
      presence,
      gate: createSoloGate(),
      wake: createWake(),
      async [Symbol.asyncDispose]() {
        await presence[Symbol.asyncDispose]()
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
