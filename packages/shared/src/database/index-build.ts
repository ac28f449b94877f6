import type { PoolClient } from 'pg'
import { CoroError } from '../errors.js'
import type { Database, Queryable } from './open.js'
import type { Space } from './spaces.js'

export interface IndexProgress {
  phase: string
  /** Vectors in the graph so far, of all. */
  done: number
  total: number
}

const indexName = (space: Space) => `embedding_${space.id}_hnsw`

/** HNSW takes so many dimensions at most. As coro.hnsw_max_dimension(). */
export const isIndexable = ({ dimension, element }: Pick<Space, 'dimension' | 'element'>): boolean =>
  dimension <= (element === 'halfvec' ? 4000 : 2000)

/** Whether a space has a usable HNSW index. */
export async function hasIndex(queryable: Queryable, space: Space): Promise<boolean> {
  return isValid(queryable, indexName(space))
}

async function isValid(queryable: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await queryable.query(`select from pg_index where indexrelid = to_regclass($1) and indisvalid`, [
    `coro.${name}`,
  ])
  return (rowCount ?? 0) > 0
}

/**
 * Build a space's HNSW index (as coro.hnsw_options() says) unless it is there. On a server searches and inserts go on
 * meanwhile; PGlite has one session, which the build holds. Throws INDEX_IMPOSSIBLE for too many dimensions.
 */
export async function buildIndex(database: Database, space: Space): Promise<{ built: boolean }> {
  if (!isIndexable(space)) {
    throw new CoroError(
      'INDEX_IMPOSSIBLE',
      `${space.name} has ${space.dimension} dimensions, and HNSW takes ${space.element === 'halfvec' ? 4000 : 2000} at most: it is searched exactly.`,
      { disposition: 'reject' },
    )
  }
  await database.pool.query('update coro.embedding_space set index_wanted = true where id = $1', [space.id])
  return oneAtATime(database, space, async (client) => {
    if (await hasIndex(client, space)) return { built: false }
    await build(database, client, space)
    return { built: true }
  })
}

/**
 * Build the index of a space that has one again, beside the old one, which answers until the new one takes its place.
 * Resolves to whether there was one.
 */
export async function rebuildIndex(database: Database, space: Space): Promise<boolean> {
  return oneAtATime(database, space, async (client) => {
    if (!(await hasIndex(client, space))) return false
    await build(database, client, space)
    return true
  })
}

/** Build under a name of its own, then change places: at no moment the space is without an index that it had. */
async function build(database: Database, client: PoolClient, space: Space): Promise<void> {
  const name = indexName(space)
  const concurrently = database.kind === 'postgres' ? 'concurrently' : ''
  // An interrupted concurrent build leaves an invalid index.
  await client.query(`drop index if exists coro.${name}_new`)
  const { rows } = await client.query<{ options: string }>('select coro.hnsw_options() as options')
  await client.query(
    `create index ${concurrently} ${name}_new on coro.embedding_${space.id}
       using hnsw (e ${space.element}_cosine_ops) with (${rows[0]?.options})`,
  )
  await client.query('begin')
  try {
    await client.query(`drop index if exists coro.${name}`)
    await client.query(`alter index coro.${name}_new rename to ${name}`)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

/** 0x494e4458 is "INDX". */
const lockClass = 1229866072
/** The last work of this process on each space's index. */
const running = new WeakMap<Database, Map<number, Promise<unknown>>>()

/**
 * Two builds of one space would be in each other's way: one after the other, in this process and (by a lock that ends with
 * its connection) among all.
 */
async function oneAtATime<T>(database: Database, space: Space, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const ours = running.get(database) ?? new Map<number, Promise<unknown>>()
  running.set(database, ours)
  const before = ours.get(space.id) ?? Promise.resolve()
  const mine = before.catch(() => undefined).then(() => locked(database, space, work))
  ours.set(space.id, mine)
  return mine
}

async function locked<T>(database: Database, space: Space, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await database.pool.connect()
  let broken = true
  try {
    await client.query('select pg_advisory_lock($1, $2)', [lockClass, space.id])
    try {
      return await work(client)
    } finally {
      await client.query('select pg_advisory_unlock($1, $2)', [lockClass, space.id])
      broken = false
    }
  } finally {
    // A connection that could not give the lock back is closed, which does.
    client.release(broken)
  }
}

/** Drop the index for the time of a large load into a space that no search needs meanwhile. */
export async function dropIndex(queryable: Queryable, space: Space): Promise<void> {
  await queryable.query(`drop index if exists coro.${indexName(space)}`)
}

/** How far a build has come (servers only; null where none runs). */
export async function indexProgress(queryable: Queryable, space: Space): Promise<IndexProgress | null> {
  const { rows } = await queryable.query<IndexProgress>(
    `select phase, tuples_done as done, tuples_total as total from pg_stat_progress_create_index
      where relid = to_regclass($1)`,
    [`coro.embedding_${space.id}`],
  )
  return rows[0] ?? null
}
