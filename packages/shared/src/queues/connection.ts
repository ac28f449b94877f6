import { createPostgresBackend, createRedisBackend, runMigrations, type ConnectionOptions } from 'bullmq'
import { Redis } from 'ioredis'
import type { Database } from '../database/open.js'
import { CoroError } from '../errors.js'

/** Where the queues live, in the form that BullMQ's constructors take. */
export interface QueueConnection extends AsyncDisposable {
  // BullMQ types both backends apart; Coro treats them alike, so both go by the default one's types.
  readonly connection: ConnectionOptions
  readonly backend: typeof createRedisBackend
  /** Throws where the queue server does not answer. */
  check(): Promise<void>
}

/**
 * Connect to the queue server: `redis://...` (Valkey or Redis), or `pglite` for the embedded database, whose
 * connections BullMQ's Postgres backend shares.
 */
export async function connectQueues(url: string, database: Database): Promise<QueueConnection> {
  return url === 'pglite' ? onDatabase(database) : onRedis(url)
}

async function onDatabase(database: Database): Promise<QueueConnection> {
  const client = await database.pool.connect()
  try {
    await runMigrations(client)
  } finally {
    client.release()
  }
  return {
    connection: database.pool as unknown as ConnectionOptions,
    backend: createPostgresBackend as unknown as typeof createRedisBackend,
    async check() {
      await database.pool.query('select 1')
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function onRedis(url: string): Promise<QueueConnection> {
  // BullMQ demands maxRetriesPerRequest null: its commands wait for the server to come back.
  const client = new Redis(url, { maxRetriesPerRequest: null, lazyConnect: true })
  client.on('error', () => undefined) // each command that fails says so itself
  try {
    await client.connect()
  } catch (error) {
    client.disconnect()
    throw new CoroError('QUEUE_UNAVAILABLE', `The queue server does not answer: ${String(error)}`, {
      disposition: 'wait',
      cause: error,
    })
  }
  return {
    connection: client as unknown as ConnectionOptions,
    backend: createRedisBackend,
    async check() {
      const answer = await Promise.race([client.ping(), after(2000)])
      if (answer !== 'PONG') throw new Error('no answer within 2 s')
    },
    async [Symbol.asyncDispose]() {
      await client.quit().catch(() => client.disconnect())
    },
  }
}

const after = (timeoutMs: number): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(() => resolve('late'), timeoutMs).unref()
  })
