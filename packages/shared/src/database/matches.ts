import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { Database } from './open.js'
import { asRefusal } from './refusal.js'
import type { SearchFilter } from './search-filter.js'
import type { Space } from './spaces.js'
import { toBinary } from './vectors.js'

/** What segments are compared with: unit vectors, [dimension] each; several for a clip of several windows. */
export type Queries = Float32Array[]

export interface Match {
  segmentId: number
  /** Cosine, -1 to 1. */
  similarity: number
  /** Place of the query that it resembles most, from 0. */
  query: number
}

export interface MatchRequest {
  queries: Queries
  /** -1 to 1. */
  minSimilarity: number
  filter: SearchFilter
  /** The most similar so many; all without. */
  limit?: number | undefined
}

/** The queries as one SQL argument of type vector[], with their parameters numbered from `first`. */
export function vectorArray(queries: Queries, first: number): { sql: string; params: Buffer[] } {
  return {
    sql: `array[${queries.map((_, i) => `$${first + i}::vector`).join(', ')}]::vector[]`,
    params: queries.map((query) => toBinary(query, 'vector')),
  }
}

/** The space as the SQL functions take it. */
export const spaceRow = (param: number): string => `(select p from coro.embedding_space p where p.id = $${param})`

const batchRows = 1000

/**
 * All segments that are at least so similar, most similar first, in batches: compared and sorted once by the database, kept
 * there in a cursor (on disk where there are many) and fetched piece by piece, so that neither side holds them all. Each sees
 * the database as it was at the start. Throws VECTOR_DIMENSION, and what a filter is refused for, before the first batch.
 */
export async function* matches(database: Database, space: Space, request: MatchRequest): AsyncGenerator<Match[]> {
  const client = await database.pool.connect()
  const cursor = `"matches ${randomUUID()}"`
  let broken: Error | undefined
  try {
    await declare(client, cursor, space, request)
    for (;;) {
      const { rows } = await client.query<Match>(`fetch forward ${batchRows} from ${cursor}`)
      if (rows.length > 0) yield rows
      if (rows.length < batchRows) break
    }
  } catch (error) {
    throw asRefusal(error)
  } finally {
    // The embedded database has one session for all connections: the cursor would stay until it ends.
    await client.query(`close ${cursor}`).catch((error: Error & { code?: string }) => {
      if (error.code !== '34000') broken = error
    })
    client.release(broken)
  }
}

/** "with hold": the result outlives the transaction, so that a slow reader holds neither a snapshot nor the embedded session. */
async function declare(client: PoolClient, cursor: string, space: Space, request: MatchRequest): Promise<void> {
  const { sql, params } = vectorArray(request.queries, 5)
  await client.query('begin')
  try {
    await client.query(
      `declare ${cursor} no scroll cursor with hold for
       select segment_id as "segmentId", similarity, query - 1 as query
         from coro.scored(${spaceRow(1)}, ${sql}, $2, $3::jsonb, $4) order by similarity desc, segment_id`,
      [space.id, request.minSimilarity, JSON.stringify(request.filter), request.limit ?? null, ...params],
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
