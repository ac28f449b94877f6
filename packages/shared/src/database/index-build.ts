import type { PoolClient } from 'pg'
import { CoroError } from '../errors.js'
import type { Database, Queryable } from './open.js'
import { noteSpaceChange } from './space-changes.js'
import type { Graph, Space } from './spaces.js'
import { storedBytes } from './vectors.js'

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
 * meanwhile; PGlite has one session, which the build holds. `graph`: what it is a graph of; without one, where it is a graph
 * already what it is of, else vectors, or bits for a large space (coro.bits_from). An index of the other kind answers until
 * the new one takes its place. Throws INDEX_IMPOSSIBLE for too many dimensions, and for bits of no vectors.
 */
export async function buildIndex(database: Database, space: Space, graph?: Graph): Promise<{ built: boolean }> {
  if (!isIndexable(space)) {
    throw new CoroError(
      'INDEX_IMPOSSIBLE',
      `${space.name} has ${space.dimension} dimensions, and HNSW takes ${space.element === 'halfvec' ? 4000 : 2000} at most: it is searched exactly.`,
      { disposition: 'reject' },
    )
  }
  await database.pool.query('update coro.embedding_space set index_wanted = true where id = $1', [space.id])
  return oneAtATime(database, space, async (client) => {
    const is = await graphOf(client, space)
    if (is.indexed && (graph ?? is.graph) === is.graph) return { built: false }
    await build(database, client, space, graph ?? (is.indexed || !is.large ? is.graph : 'bits'))
    return { built: true }
  })
}

/**
 * Build the index of a space that has one again, beside the old one, which answers until the new one takes its place.
 * Resolves to whether there was one.
 */
export async function rebuildIndex(database: Database, space: Space, graph?: Graph): Promise<boolean> {
  return oneAtATime(database, space, async (client) => {
    const is = await graphOf(client, space)
    if (!is.indexed) return false
    await build(database, client, space, graph ?? is.graph)
    return true
  })
}

interface GraphState {
  graph: Graph
  indexed: boolean
  /** So large that a first index is one over bits. */
  large: boolean
}

async function graphOf(queryable: Queryable, space: Space): Promise<GraphState> {
  const { rows } = await queryable.query<GraphState>(
    `select graph, coro.table_rows_about(to_regclass($2), $3) >= coro.bits_from() as large,
            exists (select from pg_index where indexrelid = to_regclass($4) and indisvalid) as indexed
       from coro.embedding_space where id = $1`,
    [space.id, `coro.embedding_${space.id}`, storedBytes(space), `coro.${indexName(space)}`],
  )
  return rows[0] ?? { graph: 'vectors', indexed: false, large: false }
}

/** Build under a name of its own, then change places: at no moment the space is without an index that it had. */
async function build(database: Database, client: PoolClient, space: Space, graph: Graph): Promise<void> {
  const name = indexName(space)
  // An interrupted concurrent build leaves an invalid index.
  await client.query(`drop index if exists coro.${name}_new`)
  if (graph === 'bits') await prepareBits(client, space)
  const { rows } = await client.query<{ text: string }>('select coro.create_index_sql($1, $2, $3, $4) as text', [
    space.id,
    graph,
    `${name}_new`,
    database.kind === 'postgres',
  ])
  await client.query(rows[0]?.text ?? '')
  await client.query('begin')
  try {
    // Writers take the vectors first, then their bits: in the same order here, or each would wait for the other.
    await client.query(`lock table coro.embedding_${space.id} in access exclusive mode`)
    await client.query(`drop index if exists coro.${name}`)
    await client.query(`alter index coro.${name}_new rename to ${name}`)
    await client.query('update coro.embedding_space set graph = $2 where id = $1', [space.id, graph])
    if (graph === 'vectors') await client.query('select coro.drop_bits($1)', [space.id])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    noteSpaceChange()
  }
}

/** Vectors whose bits are written in one transaction. */
const bitsBatch = 5000

/** The bits of all vectors of a space; from the beginning on, those of new vectors are kept. */
async function prepareBits(client: PoolClient, space: Space): Promise<void> {
  await client.query('select coro.make_bits($1)', [space.id])
  const { rowCount } = await client.query('select from coro.embedding_space where id = $1 and bits_mean is not null', [
    space.id,
  ])
  if (!rowCount) {
    throw new CoroError('INDEX_IMPOSSIBLE', `${space.name} has no vectors yet, and bits are signs around their mean.`, {
      disposition: 'reject',
    })
  }
  for (let behind: number | null = -1; behind !== null;) {
    const { rows }: { rows: { last: number | null }[] } = await client.query(
      'select last_id as last from coro.fill_bits($1, $2, $3)',
      [space.id, behind, bitsBatch],
    )
    behind = rows[0]?.last ?? null
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
      where relid in (to_regclass($1), to_regclass($2))`,
    [`coro.embedding_${space.id}`, `coro.embedding_${space.id}_bits`],
  )
  return rows[0] ?? null
}
