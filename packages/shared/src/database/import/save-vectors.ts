import { CoroError } from '../../errors.js'
import { inTransaction, type Database, type Queryable } from '../open.js'
import type { Space } from '../spaces.js'
import { toBinary } from '../vectors.js'
import { binaryArray } from './binary-array.js'
import { noteWindows } from './note-windows.js'

/** An embedding of a window, whoever made it. */
export interface ImportedVector {
  recordingId: number
  /** Seconds from the recording's start, in whole milliseconds. */
  startS: number
  endS: number
  /** L2-normalised, [dimension]. */
  embedding: Float32Array
}

export interface VectorsSaved {
  inserted: number
  /** The window had the same embedding. */
  unchanged: number
  /** It had another one, which the new one took the place of. */
  replaced: number
  /** It had another one, which stays. */
  kept: number
}

interface Placed {
  ordinal: number
  segmentId: number
}

/**
 * Write a batch of imported vectors, all or none: into the windows that their recordings have (Coro's own, or imported
 * before), or into new ones. Vectors that are there already stay as they are, or with `replace` give way to others.
 * Two rows of a batch never name the same window. Safe to repeat. Throws RECORDING_UNKNOWN.
 */
export async function saveImportedVectors(
  database: Database,
  space: Space,
  vectors: ImportedVector[],
  { replace }: { replace: boolean },
): Promise<VectorsSaved> {
  if (vectors.length === 0) return { inserted: 0, unchanged: 0, replaced: 0, kept: 0 }
  return inTransaction(database, async (tx) => {
    // Whoever prepares one of these recordings writes its own windows before or after, not meanwhile.
    const recordingIds = idsOf(vectors)
    await lockRecordings(tx, recordingIds)
    const placed = await placeWindows(tx, recordingIds, vectors)
    return insertVectors(tx, space, vectors, placed, recordingIds, replace)
  })
}

/**
 * Make the windows that recordings lack, before their vectors come: of one recording after the other, so that the ids of
 * each follow each other and a search with a filter reads ranges. Safe to repeat. Throws RECORDING_UNKNOWN.
 */
export async function saveImportedWindows(
  database: Database,
  windows: Omit<ImportedVector, 'embedding'>[],
): Promise<void> {
  if (windows.length === 0) return
  await inTransaction(database, async (tx) => {
    const recordingIds = idsOf(windows)
    await lockRecordings(tx, recordingIds)
    await placeWindows(tx, recordingIds, windows)
  })
}

const idsOf = (windows: { recordingId: number }[]): number[] =>
  [...new Set(windows.map(({ recordingId }) => recordingId))].sort((a, b) => a - b)

/** Throws RECORDING_UNKNOWN. */
async function lockRecordings(tx: Queryable, ids: number[]): Promise<void> {
  const { rows } = await tx.query<{ id: number; state: string }>(
    'select id, state from coro.recording where id = any($1::bigint[]) order by id for no key update',
    [ids],
  )
  const there = new Set(rows.flatMap(({ id, state }) => (state === 'superseded' ? [] : [id])))
  const missing = ids.find((id) => !there.has(id))
  if (missing === undefined) return
  throw new CoroError('RECORDING_UNKNOWN', `There is no recording ${missing} (any more).`, { disposition: 'reject' })
}

/** The segment of each vector, made where there is none. */
async function placeWindows(
  tx: Queryable,
  recordingIds: number[],
  wanted: Omit<ImportedVector, 'embedding'>[],
): Promise<Placed[]> {
  const windows = [
    wanted.map(({ recordingId }) => recordingId),
    wanted.map(({ startS }) => startS),
    wanted.map(({ endS }) => endS),
  ]
  const { rows: made } = await tx.query<{ recordingId: number }>(
    `with wanted as (select * from unnest($1::bigint[], $2::float8[], $3::float8[]) as w (recording_id, start_s, end_s)),
     mine as materialized (
       select recording_id, round(start_s * 1000) as start_ms, round(end_s * 1000) as end_ms
         from coro.segment where recording_id = any($4::bigint[])),
     made as (
       insert into coro.segment (recording_id, index, start_s, end_s)
       select w.recording_id, null, w.start_s, w.end_s from wanted w
        where not exists (select from mine m where m.recording_id = w.recording_id
                           and m.start_ms = round(w.start_s * 1000) and m.end_ms = round(w.end_s * 1000))
        order by w.recording_id, w.start_s, w.end_s
       on conflict (recording_id, start_s, end_s) where index is null do nothing
       returning recording_id)
     select distinct recording_id as "recordingId" from made`,
    [...windows, recordingIds],
  )
  if (made.length > 0)
    await noteWindows(
      tx,
      made.map(({ recordingId }) => recordingId),
    )
  const { rows } = await tx.query<Placed>(
    `with mine as materialized (
       select id, recording_id, round(start_s * 1000) as start_ms, round(end_s * 1000) as end_ms, index
         from coro.segment where recording_id = any($4::bigint[]))
     select distinct on (w.ordinal) w.ordinal, m.id as "segmentId"
       from unnest($1::bigint[], $2::float8[], $3::float8[]) with ordinality as w (recording_id, start_s, end_s, ordinal)
       join mine m on m.recording_id = w.recording_id and m.start_ms = round(w.start_s * 1000)
                  and m.end_ms = round(w.end_s * 1000)
      order by w.ordinal, m.index nulls last`,
    [...windows, recordingIds],
  )
  if (rows.length !== wanted.length) throw new TypeError(`${rows.length} windows for ${wanted.length}`)
  return rows
}

async function insertVectors(
  tx: Queryable,
  space: Space,
  vectors: ImportedVector[],
  placed: Placed[],
  recordingIds: number[],
  replace: boolean,
): Promise<VectorsSaved> {
  const oid = await elementOid(tx, space.element)
  const encoded = placed.map(({ ordinal }) =>
    toBinary((vectors[ordinal - 1] as ImportedVector).embedding, space.element),
  )
  const params = [placed.map(({ segmentId }) => segmentId), binaryArray(encoded, oid)]
  const { rows: before } = await tx.query<{ same: number; other: number }>(
    `select count(*) filter (where t.e = w.e) as same, count(*) filter (where t.e <> w.e) as other
       from unnest($1::bigint[], $2::${space.element}[]) as w (segment_id, e)
       join coro.embedding_${space.id} t on t.segment_id = w.segment_id`,
    params,
  )
  const { same = 0, other = 0 } = before[0] ?? {}
  await tx.query(
    `insert into coro.embedding_${space.id} as t (segment_id, e)
     select * from unnest($1::bigint[], $2::${space.element}[])
     on conflict (segment_id) do ${replace ? 'update set e = excluded.e where t.e <> excluded.e' : 'nothing'}`,
    params,
  )
  const inserted = vectors.length - same - other
  if (inserted > 0) await account(tx, space, recordingIds)
  return { inserted, unchanged: same, replaced: replace ? other : 0, kept: replace ? 0 : other }
}

/** What is there is all that these recordings owe the space. */
async function account(tx: Queryable, space: Space, recordingIds: number[]): Promise<void> {
  await tx.query(
    `insert into coro.recording_space as a (recording_id, space_id, embedded, done_at)
     select s.recording_id, $1, count(*), now()
       from coro.segment s join coro.embedding_${space.id} e on e.segment_id = s.id
      where s.recording_id = any($2::bigint[]) group by s.recording_id
     on conflict (recording_id, space_id) do update set embedded = excluded.embedded, done_at = coalesce(a.done_at, now())`,
    [space.id, recordingIds],
  )
}

async function elementOid(tx: Queryable, element: Space['element']): Promise<number> {
  const { rows } = await tx.query<{ oid: number }>('select $1::regtype::oid::bigint as oid', [element])
  return rows[0]?.oid as number
}
