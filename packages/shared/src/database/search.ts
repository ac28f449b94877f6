import { CoroError } from '../errors.js'
import { readFacts, type SegmentFacts } from './describe-segments.js'
import { exactStatement } from './exact-statements.js'
import { indexStatement } from './index-statements.js'
import type { Database, Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'
import { asRefusal } from './refusal.js'
import type { SearchFilter } from './search-filter.js'
import { hasSegmentForm, type SearchForm } from './search-forms.js'
import type { Space } from './spaces.js'
import { toBinary } from './vectors.js'

export type SearchMode = 'auto' | 'exact' | 'hnsw'

export interface SearchOptions {
  /** 1 to 1000. */
  k: number
  mode: SearchMode
  /** HNSW's candidate list, at least k, at most 1000; without one as coro.nearest() chooses: 100, or 2 k, or more. */
  ef?: number | undefined
  filter: SearchFilter
}

export interface SearchRequest extends SearchOptions {
  /** L2-normalised, [dimension]. */
  embedding: Float32Array
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
  const { embedding, self = null } = request
  const asked: Asked = { form: 'vector', query: toBinary(embedding, space.element), self }
  try {
    return (await byKeptStatement(database, space, request, asked))?.answer ?? (await nearest(database, space, request))
  } catch (error) {
    throw asRefusal(error)
  }
}

export interface DescribedAnswer extends SearchAnswer {
  facts: Map<number, SegmentFacts>
}

/**
 * The k nearest to a stored segment, and what a person wants to know of them, all in one round trip; or null where that is
 * not possible (the segment has no vector, or the search needs the planner): then ask searchNeighbours() with its vector.
 * Throws what coro.filter_sql() refuses.
 */
export async function searchBySegment(
  database: Database,
  space: Space,
  { segmentId, ...options }: SearchOptions & { segmentId: number },
): Promise<DescribedAnswer | null> {
  if (!hasSegmentForm(space)) return null
  try {
    const asked: Asked = { form: 'segment', query: segmentId, self: segmentId }
    const found = await byKeptStatement(database, space, options, asked)
    return found && { ...found.answer, facts: readFacts(found.facts) }
  } catch (error) {
    throw asRefusal(error)
  }
}

/** What a kept statement is asked with. */
interface Asked {
  form: SearchForm
  /** The vector in binary, or the id of a segment. */
  query: Buffer | number
  self: number | null
}

interface KeptAnswer {
  answer: SearchAnswer
  /** Of the segment form. */
  facts: unknown
}

/** Null where none is right. */
async function byKeptStatement(
  database: Database,
  space: Space,
  options: SearchOptions,
  asked: Asked,
): Promise<KeptAnswer | null> {
  return (
    (options.mode === 'hnsw' ? null : await nearestExact(database, space, options, asked)) ??
    (options.mode === 'exact' ? null : await nearestByIndex(database, space, options, asked))
  )
}

/** bigint[] comes as texts. */
const zip = (ids: string[], similarities: number[]): Neighbour[] =>
  ids.map((id, i) => ({ segmentId: Number(id), similarity: similarities[i] as number }))

/** Null where it is not the right way, which is then remembered for a while. */
async function nearestExact(
  database: Database,
  space: Space,
  { filter, k }: SearchOptions,
  { form, query, self }: Asked,
): Promise<KeptAnswer | null> {
  const statement = await exactStatement(database, space, filter, k, form)
  if (statement.refused) return null
  const { text, name } = statement
  const { rows } = await database.pool.query<{
    here: boolean
    candidates: number
    segment_ids: string[]
    similarities: (number | null)[]
    facts: unknown
  }>({
    ...(name !== null && database.kind === 'postgres' ? { name } : {}),
    text,
    values: form === 'segment' ? [query] : [query, self ?? 0],
  })
  const row = rows[0]
  if (!row?.here) {
    statement.refused = true
    return null
  }
  // Without a vector nothing is near or far.
  if (form === 'segment' && typeof row.similarities[0] !== 'number') return null
  const { candidates, facts } = row
  const neighbours = zip(row.segment_ids, row.similarities as number[])
  return {
    answer: { mode: 'exact', ef: null, candidates, candidatesExact: true, complete: true, neighbours },
    facts,
  }
}

/** Null where there is a filter, or where it is not the right way. */
async function nearestByIndex(
  database: Database,
  space: Space,
  { filter, k, mode, ...wish }: SearchOptions,
  { form, query, self }: Asked,
): Promise<KeptAnswer | null> {
  if (Object.values(filter).some((value) => value !== undefined)) return null
  const ef = Math.min(1000, Math.max(wish.ef ?? Math.max(100, 2 * k), k))
  const statement = await indexStatement(database, space, k, ef, form)
  if (!statement || (mode === 'auto' && !statement.isLarge)) return null
  const { text, name } = statement
  const row = await database.pool
    .query<{
      here: boolean
      segment_ids: string[] | null
      distances: (number | null)[]
      facts: unknown
    }>({ name, text, values: [query] })
    .then(({ rows }) => rows[0])
    .catch(unlessGone)
  if (!row?.here) statement.refused = true
  // A scan that ends before it has k rows is for coro.nearest() to finish.
  if (!row?.here || row.segment_ids?.length !== k || row.distances.includes(null)) return null
  const similarities = (row.distances as number[]).map((distance) => 1 - distance)
  const neighbours = zip(row.segment_ids, similarities).sort(
    (a, b) =>
      b.similarity - a.similarity ||
      Number(a.segmentId !== self) - Number(b.segmentId !== self) ||
      a.segmentId - b.segmentId,
  )
  const candidates = statement.rows
  return {
    answer: { mode: 'hnsw', ef, candidates, candidatesExact: false, complete: false, neighbours },
    facts: row.facts,
  }
}

/** The bits went with another index: undefined_table (PostgreSQL 17, appendix A). */
function unlessGone(error: unknown): undefined {
  if ((error as { code?: string }).code !== '42P01') throw error
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
