import { CoroError } from '../errors.js'
import { exactStatement } from './exact-statements.js'
import { indexStatement } from './index-statements.js'
import type { Database, Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'
import { asRefusal } from './refusal.js'
import type { SearchFilter } from './search-filter.js'
import type { Space } from './spaces.js'
import { toBinary } from './vectors.js'

export type SearchMode = 'auto' | 'exact' | 'hnsw'

export interface SearchRequest {
  /** L2-normalised, [dimension]. */
  embedding: Float32Array
  /** 1 to 1000. */
  k: number
  mode: SearchMode
  /** HNSW's candidate list, at least k, at most 1000; without one as coro.nearest() chooses: 100, or 2 k, or more. */
  ef?: number | undefined
  filter: SearchFilter
  /** A segment that goes first among equals: the one that is searched by. */
  self?: number | undefined
}

export interface Neighbour {
  segmentId: number
  /** Cosine, -1 to 1. */
  similarity: number
}

export interface SearchAnswer {
  mode: 'exact' | 'hnsw'
  ef: number | null
  /** Vectors that the filter leaves. */
  candidates: number
  /** Whether they were counted; else an estimate, since counting would cost more than the search. */
  candidatesExact: boolean
  /** Whether these are certain to be the k nearest. */
  complete: boolean
  /** Nearest first. */
  neighbours: Neighbour[]
}

/**
 * The k nearest of a space, in one round trip: everything compared, or the index asked, by a kept statement where that is
 * right (it says so itself), else by coro.nearest(), which decides how. Throws INDEX_MISSING where `hnsw` is demanded and there is none,
 * VECTOR_DIMENSION for another dimension, and what coro.filter_sql() refuses: FILTER_INVALID, SITE_UNKNOWN,
 * RECORDER_UNKNOWN, DEPLOYMENT_UNKNOWN, LABEL_UNKNOWN.
 */
export async function searchNeighbours(
  database: Database,
  space: Space,
  request: SearchRequest,
): Promise<SearchAnswer> {
  if (request.embedding.length !== space.dimension) {
    throw new CoroError(
      'VECTOR_DIMENSION',
      `The vector has ${request.embedding.length} numbers; the space ${space.name} has ${space.dimension}.`,
      { disposition: 'reject' },
    )
  }
  try {
    return (
      (request.mode === 'hnsw' ? null : await nearestExact(database, space, request)) ??
      (request.mode === 'exact' ? null : await nearestByIndex(database, space, request)) ??
      (await nearest(database, space, request))
    )
  } catch (error) {
    throw asRefusal(error)
  }
}

/** Up to so many vectors `auto` compares them all. As coro.exact_up_to(). */
const exactUpTo = 20_000

/** bigint[] comes as texts. */
const zip = (ids: string[], similarities: number[]): Neighbour[] =>
  ids.map((id, i) => ({ segmentId: Number(id), similarity: similarities[i] as number }))

/** Null where it is not the right way, which is then remembered for a while. */
async function nearestExact(database: Database, space: Space, request: SearchRequest): Promise<SearchAnswer | null> {
  const statement = await exactStatement(database, space, request.filter, request.k)
  if (statement.refused) return null
  const { text, name } = statement
  const { rows } = await database.pool.query<{
    here: boolean
    candidates: number
    segment_ids: string[]
    similarities: number[]
  }>({
    ...(name !== null && database.kind === 'postgres' ? { name } : {}),
    text,
    values: [toBinary(request.embedding, space.element), request.self ?? 0],
  })
  const row = rows[0]
  if (!row?.here) {
    statement.refused = true
    return null
  }
  const neighbours = zip(row.segment_ids, row.similarities)
  return { mode: 'exact', ef: null, candidates: row.candidates, candidatesExact: true, complete: true, neighbours }
}

/** Null where there is a filter, or where it is not the right way. */
async function nearestByIndex(database: Database, space: Space, request: SearchRequest): Promise<SearchAnswer | null> {
  if (Object.values(request.filter).some((value) => value !== undefined)) return null
  const { k, mode, self } = request
  const ef = Math.min(1000, Math.max(request.ef ?? 100, k))
  const statement = await indexStatement(database, space, k, ef)
  if (!statement || (mode === 'auto' && statement.rows <= exactUpTo)) return null
  const { text, name } = statement
  const values = [toBinary(request.embedding, space.element)]
  const { rows } = await database.pool.query<{ here: boolean; segment_ids: string[] | null; distances: number[] }>({
    name,
    text,
    values,
  })
  const row = rows[0]
  if (!row?.here) statement.refused = true
  // A scan that ends before it has k rows is for coro.nearest() to finish.
  if (!row?.here || row.segment_ids?.length !== k) return null
  const similarities = row.distances.map((distance) => 1 - distance)
  const neighbours = zip(row.segment_ids, similarities).sort(
    (a, b) =>
      b.similarity - a.similarity ||
      Number(a.segmentId !== self) - Number(b.segmentId !== self) ||
      a.segmentId - b.segmentId,
  )
  const candidates = statement.rows
  return { mode: 'hnsw', ef, candidates, candidatesExact: false, complete: false, neighbours }
}

interface PlannedRow extends Omit<SearchAnswer, 'neighbours'> {
  ids: string[]
  similarities: number[]
}

async function nearest(database: Database, space: Space, request: SearchRequest): Promise<SearchAnswer> {
  const { embedding, k, mode, ef = null, filter, self = null } = request
  const { rows } = await database.pool.query<PlannedRow>(
    `${kept}select used_mode as mode, used_ef as ef, candidates, candidates_exact as "candidatesExact", complete,
            segment_ids as ids, similarities
       from coro.nearest($1, $2::vector, $3, $4, $5, $6::jsonb, $7)`,
    [space.id, toBinary(embedding, 'vector'), k, mode, ef, JSON.stringify(filter), self],
  )
  const { ids, similarities, ...how } = rows[0] as PlannedRow
  return { ...how, neighbours: zip(ids, similarities) }
}

/** How many segments a filter by time or sun cannot judge; the other conditions hold for them. */
export interface LeftOut {
  /** Their recording's start is not known. */
  withoutStart: number
  /** Their site's coordinates are not known. */
  withoutCoordinates: number
}

/** Throws what coro.filter_sql() refuses. */
export async function leftOutBy(queryable: Queryable, filter: SearchFilter): Promise<LeftOut> {
  try {
    const { rows } = await queryable.query<LeftOut>(
      `select without_start as "withoutStart", without_coordinates as "withoutCoordinates"
         from coro.filter_left_out($1::jsonb)`,
      [JSON.stringify(filter)],
    )
    return rows[0] as LeftOut
  } catch (error) {
    throw asRefusal(error)
  }
}
