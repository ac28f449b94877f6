import type { Database, Queryable } from './open.js'
import type { Space } from './spaces.js'

export interface IndexProgress {
  phase: string
  /** Vectors in the graph so far, of all. */
  done: number
  total: number
}

const indexName = (space: Space) => `embedding_${space.id}_hnsw`

/** Whether a space has a usable HNSW index. */
export async function hasIndex(queryable: Queryable, space: Space): Promise<boolean> {
  const { rowCount } = await queryable.query(`select from pg_index where indexrelid = to_regclass($1) and indisvalid`, [
    `coro.${indexName(space)}`,
  ])
  return (rowCount ?? 0) > 0
}

/**
 * Build a space's HNSW index (m 16, ef_construction 64) unless it is there. On a server searches and inserts go on
 * meanwhile; PGlite has one session, which the build holds.
 */
export async function buildIndex(database: Database, space: Space): Promise<{ built: boolean }> {
  await database.pool.query('update coro.embedding_space set index_wanted = true where id = $1', [space.id])
  if (await hasIndex(database.pool, space)) return { built: false }
  const concurrently = database.kind === 'postgres' ? 'concurrently' : ''
  // An interrupted concurrent build leaves an invalid index of that name.
  await database.pool.query(`drop index if exists coro.${indexName(space)}`)
  await database.pool.query(
    `create index ${concurrently} ${indexName(space)} on coro.embedding_${space.id}
       using hnsw (e ${space.element}_cosine_ops) with (m = 16, ef_construction = 64)`,
  )
  return { built: true }
}

/** Drop the index for the time of a large ingest on PGlite, where each insert into it costs 10 ms. */
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
