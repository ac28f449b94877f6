import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { Pool, types as pgTypes, type ClientBase, type CustomTypesConfig, type PoolConfig } from 'pg'
import pgvector from 'pgvector/pg'
import { CoroError } from '../errors.js'
import { PgliteConnection } from './pglite/connection.js'
import { PgliteSession } from './pglite/session.js'
import { PreparingClient } from './preparing-client.js'
import { leastRoomBytes, requireRoomAt } from './require-room.js'

/** Where Coro's tables, the queue's (on PGlite) and pgvector's operators are found. */
const searchPath = 'coro, bullmq, public'

export type DatabaseKind = 'postgres' | 'pglite'

/** A pool of connections and what kind of server is behind it. Everything else treats the two alike. */
export interface Database extends AsyncDisposable {
  readonly kind: DatabaseKind
  readonly pool: Pool
  /**
   * Before work that writes much. Throws DATABASE_FULL (disposition wait) where the disk of an embedded database is as good as
   * full: it ends where it cannot write its log. A server says so itself.
   */
  requireRoom(): Promise<void>
  /** Resolves when an embedded database has ended by itself; never for a server, which may come back. */
  readonly lost: Promise<CoroError>
}

/** vector and halfvec come back as number[]; before the extension is there, there is nothing to register. */
async function onConnect(client: ClientBase): Promise<void> {
  // One that drops between two statements of a transaction would end the process: the next statement says it.
  client.on('error', () => undefined)
  await pgvector.registerTypes(client).catch(() => undefined)
}

/** Anything that runs a statement: the pool, or a connection inside a transaction. */
export type Queryable = Pick<Pool, 'query'>

// bigint as number: Coro's ids and byte counts stay far below 2^53. PGlite and pg read the same way because both are pg.
const types: CustomTypesConfig = {
  getTypeParser: (...[oid, format]: Parameters<CustomTypesConfig['getTypeParser']>): unknown =>
    oid === pgTypes.builtins.INT8 && format !== 'binary' ? Number : pgTypes.getTypeParser(oid, format),
}

/** What both kinds of server take alike. */
const poolSettings: PoolConfig = {
  types,
  // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool awaits it; its types have not caught up
  onConnect,
  keepAlive: true,
}

/**
 * Open a database by its address: `postgres://...`, or `pglite:DIRECTORY` (in process, in a thread of its own;
 * `pglite:memory` keeps nothing). Throws DATABASE_OPEN.
 */
export async function openDatabase(url: string, options: { maxConnections?: number } = {}): Promise<Database> {
  return url.startsWith('pglite:') ? openPglite(url.slice('pglite:'.length)) : openPostgres(url, options)
}

async function openPglite(directory: string): Promise<Database> {
  const inMemory = directory === 'memory'
  if (!inMemory && !existsSync(directory)) await createWhole(directory)
  const session = await openSession(inMemory ? 'memory://' : directory)
  // Connections cost nothing here, and each BullMQ worker keeps one for its notifications.
  const pool = new Pool({ ...poolSettings, max: 100, stream: () => new PgliteConnection(session) })
  return disposable('pglite', pool, () => session.close(), {
    requireRoom: () => (inMemory ? Promise.resolve() : requireRoomAt(directory, leastRoomBytes)),
    lost: session.lost,
  })
}

/** PGlite says little of why it could not open a database; a full disk is told. */
async function openSession(directory: string): Promise<PgliteSession> {
  try {
    return await PgliteSession.open({ directory, searchPath })
  } catch (error) {
    if (!(error instanceof CoroError) || !existsSync(directory)) throw error
    const full = await requireRoomAt(directory, leastRoomBytes).then(
      () => null,
      (reason: Error) => reason.message,
    )
    if (full === null) throw error
    throw new CoroError(error.code, `${error.message}. ${full}`, { disposition: error.disposition, cause: error })
  }
}

/** A new database is made beside its place and moved there whole: ended in the middle, it is simply made again. */
async function createWhole(directory: string): Promise<void> {
  const unfinished = `${directory}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  const session = await openSession(unfinished)
  await session.close()
  await rename(unfinished, directory)
}

async function openPostgres(url: string, { maxConnections = 10 }: { maxConnections?: number }): Promise<Database> {
  const pool = new Pool({
    ...poolSettings,
    Client: PreparingClient,
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    max: maxConnections,
    // A statement without a name is planned with its values. Compiling plans pays for none of Coro's statements.
    options: `-c search_path=${searchPath.replaceAll(' ', '')} -c jit=off`,
  })
  try {
    const client = await pool.connect()
    try {
      const { rowCount } = await client.query(`select 1 from pg_extension where extname = 'vector'`)
      if (!rowCount) {
        await client.query('create extension if not exists vector')
        // It connected before there was a vector type to register.
        await pgvector.registerTypes(client)
      }
    } finally {
      client.release()
    }
  } catch (error) {
    await pool.end()
    throw new CoroError(
      'DATABASE_OPEN',
      `Postgres at ${withoutPassword(url)} does not answer, or has no pgvector extension: ${String(error)}`,
      { disposition: 'wait', cause: error },
    )
  }
  return disposable('postgres', pool, () => Promise.resolve(), {
    requireRoom: () => Promise.resolve(),
    lost: new Promise(() => undefined),
  })
}

function disposable(
  kind: DatabaseKind,
  pool: Pool,
  after: () => Promise<void>,
  more: Pick<Database, 'requireRoom' | 'lost'>,
): Database {
  // An idle connection that drops is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined)
  // Each BullMQ worker and event listener adds one of its own.
  pool.setMaxListeners(0)
  return {
    kind,
    pool,
    ...more,
    async [Symbol.asyncDispose]() {
      await pool.end()
      await after()
    },
  }
}

/** The address without its password, fit for messages. */
export function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^:/@]*):[^@]*@/, '$1:***@')
}

/** Not even a rollback went through, whatever the statement's own error was: pg tells most of these without a code. */
const connectionLost = (cause: unknown): CoroError =>
  new CoroError('DATABASE_UNAVAILABLE', `The connection to the database was lost: ${String(cause)}`, {
    disposition: 'wait',
    cause,
  })

/**
 * Run `work` in one transaction: committed when it resolves, rolled back when it throws. Throws DATABASE_UNAVAILABLE
 * where the connection is lost.
 */
export async function inTransaction<T>(database: Database, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const client = await database.pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error(String(failure))
    })
    throw broken && !(error instanceof CoroError) ? connectionLost(error) : error
  } finally {
    client.release(broken)
  }
}
