import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgresBackend, createRedisBackend, runMigrations, type ConnectionOptions } from 'bullmq'
import { Redis } from 'ioredis'
import type { Database } from '../database/open.js'
import { kept } from '../database/pglite/kept-statements.js'
import { CoroError } from '../errors.js'

/** Where the queues live, in the form that BullMQ's constructors take. */
export interface QueueConnection extends AsyncDisposable {
  // BullMQ types both backends apart; Coro treats them alike, so both go by the default one's types.
  readonly connection: ConnectionOptions
  readonly backend: typeof createRedisBackend
  /**
   * What was asked of the server. Throws QUEUE_UNAVAILABLE where it does not answer in time: BullMQ's calls wait for a
   * lost server for ever, and are still carried out when it is back.
   */
  answer<T>(asked: Promise<T>): Promise<T>
  /** Throws where the queue server does not answer. */
  check(): Promise<void>
}

type Pool = Database['pool']

const answerTimeoutMs = 5000

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
    connection: withKeptStatements(database.pool) as unknown as ConnectionOptions,
    backend: createPostgresBackend as unknown as typeof createRedisBackend,
    // In this process: whatever takes long there (an index build) holds the queue too, and ends.
    answer: (asked) => asked,
    async check() {
      await database.pool.query('select 1')
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** What BullMQ uses of a pool. Its statements are few and call functions: PGlite need not parse them every time. */
function withKeptStatements(pool: Pool): Pick<Pool, 'options' | 'connect' | 'query' | 'on' | 'end'> {
  const query = (text: string, values: unknown[]) => pool.query(kept + text, values)
  return {
    options: pool.options,
    connect: pool.connect.bind(pool),
    query: query as Pool['query'],
    on: pool.on.bind(pool),
    end: pool.end.bind(pool),
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
    answer: (asked) => withinMs(asked, answerTimeoutMs),
    async check() {
      await withinMs(client.ping(), 2000)
    },
    async [Symbol.asyncDispose]() {
      // QUIT would wait for a server that is away.
      if (client.status === 'ready') await withinMs(client.quit(), 2000).catch(() => undefined)
      client.disconnect()
    },
  }
}

async function withinMs<T>(asked: Promise<T>, timeoutMs: number): Promise<T> {
  const over = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: over.signal }).then(() => {
    throw new CoroError('QUEUE_UNAVAILABLE', `The queue server did not answer within ${timeoutMs / 1000} s.`, {
      disposition: 'wait',
    })
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    over.abort()
    late.catch(() => undefined)
  }
}
