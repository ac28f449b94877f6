import { CoroError } from '../errors.js'
import { inTransaction, type Database, type Queryable } from './open.js'
import { countCandidates, filterSql, type SearchFilter } from './search-filter.js'
import type { Space } from './spaces.js'
import { toBinary } from './vectors.js'

export type SearchMode = 'auto' | 'exact' | 'hnsw'

export interface SearchRequest {
  /** L2-normalised, [dimension]. */
  embedding: Float32Array
  /** 1 to 1000. */
  k: number
  mode: SearchMode
  /** HNSW's candidate list; 100 without one, at least k, at most 1000. */
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
  /** Whether these are certain to be the k nearest. */
  complete: boolean
  neighbours: Neighbour[]
}

/** Up to this many candidates, filter first and compare them all: exact, and faster than an index under a filter. */
const exactUpTo = 20_000
const countUpTo = 1_000_000_000

/** Whether a space has a usable HNSW index. */
export async function hasIndex(queryable: Queryable, space: Space): Promise<boolean> {
  const { rowCount } = await queryable.query(`select from pg_index where indexrelid = to_regclass($1) and indisvalid`, [
    `coro.embedding_${space.id}_hnsw`,
  ])
  return (rowCount ?? 0) > 0
}

/**
 * The k nearest of a space. `auto` compares everything where few candidates are left and asks the index above that.
 * Throws INDEX_MISSING where `hnsw` is demanded and there is none, VECTOR_DIMENSION for another dimension.
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
  const indexed = request.mode !== 'exact' && (await hasIndex(database.pool, space))
  if (request.mode === 'hnsw' && !indexed) {
    throw new CoroError('INDEX_MISSING', `The space ${space.name} has no HNSW index: run "coro index build".`, {
      disposition: 'reject',
    })
  }
  const candidates = await countCandidates(database.pool, space, request.filter, countUpTo)
  const exact = !indexed || (request.mode === 'auto' && candidates <= exactUpTo)
  if (exact) {
    const neighbours = await nearestExact(database.pool, space, request)
    return { mode: 'exact', ef: null, candidates, complete: true, neighbours }
  }
  const ef = Math.min(1000, Math.max(request.ef ?? 100, request.k))
  const neighbours = await nearestByIndex(database, space, request, ef)
  return { mode: 'hnsw', ef, candidates, complete: false, neighbours }
}

const placeholders = (space: Space) => `$1::${space.element}(${space.dimension})`

/** A function call never matches the operator class, so this never takes the index. */
async function nearestExact(queryable: Queryable, space: Space, request: SearchRequest): Promise<Neighbour[]> {
  const { joins, where, params } = filterSql(request.filter, 4)
  const { rows } = await queryable.query<Neighbour>(
    `select e.segment_id as "segmentId", 1 - cosine_distance(e.e, ${placeholders(space)}) as similarity
       from coro.embedding_${space.id} e ${joins} where true${where}
      order by cosine_distance(e.e, ${placeholders(space)}), (e.segment_id <> $3), e.segment_id
      limit $2`,
    [toBinary(request.embedding, space.element), request.k, request.self ?? 0, ...params],
  )
  return rows
}

/** Iterative scan: rows that a filter takes away are made up for. Sorted again, since relaxed order is not quite one. */
async function nearestByIndex(
  database: Database,
  space: Space,
  request: SearchRequest,
  ef: number,
): Promise<Neighbour[]> {
  const { joins, where, params } = filterSql(request.filter, 3)
  const rows = await inTransaction(database, async (tx) => {
    await tx.query(
      `select set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
              set_config('hnsw.max_scan_tuples', '200000', true), set_config('hnsw.scan_mem_multiplier', '4', true),
              set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)`,
      [String(ef)],
    )
    const answer = await tx.query<Neighbour>(
      `select e.segment_id as "segmentId", 1 - (e.e <=> ${placeholders(space)}) as similarity
         from coro.embedding_${space.id} e ${joins} where true${where}
        order by e.e <=> ${placeholders(space)} limit $2`,
      [toBinary(request.embedding, space.element), request.k, ...params],
    )
    return answer.rows
  })
  const { self } = request
  return rows.sort(
    (a, b) =>
      b.similarity - a.similarity ||
      Number(a.segmentId !== self) - Number(b.segmentId !== self) ||
      a.segmentId - b.segmentId,
  )
}

export interface SegmentFacts {
  segmentId: number
  recordingId: number
  source: string
  key: string
  site: string | null
  recorder: string | null
  startedAt: Date | null
  startS: number
  endS: number
}

/** What a person wants to know of segments, by id. */
export async function describeSegments(queryable: Queryable, ids: number[]): Promise<Map<number, SegmentFacts>> {
  const { rows } = await queryable.query<SegmentFacts>(
    `select s.id as "segmentId", s.recording_id as "recordingId", o.url as source, r.key, t.name as site,
            c.name as recorder, r.started_at + make_interval(secs => s.start_s) as "startedAt",
            s.start_s as "startS", s.end_s as "endS"
       from coro.segment s join coro.recording r on r.id = s.recording_id join coro.source o on o.id = r.source_id
       left join coro.site t on t.id = r.site_id left join coro.recorder c on c.id = r.recorder_id
      where s.id = any($1::bigint[])`,
    [ids],
  )
  return new Map(rows.map((row) => [row.segmentId, row]))
}
