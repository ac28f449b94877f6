import { inTransaction, type Database, type Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'
import type { Space } from './spaces.js'
import { fromBinary, toBinary } from './vectors.js'

export interface EmbeddedSegment {
  segmentId: number
  /** L2-normalised, [dimension]. */
  embedding: Float32Array
}

/** Rows per statement: parameters stay far below the protocol's 65,535. */
const batch = 64

/** What a batch of one recording's segments came to in one space. */
export interface SpaceResult {
  space: Space
  embedded: EmbeddedSegment[]
  silentSegmentIds: number[]
}

/** `saveBatch` of one space. */
export function saveEmbeddings(
  database: Database,
  space: Space,
  recordingId: number,
  embedded: EmbeddedSegment[],
  silentSegmentIds: number[],
): Promise<{ searchable: boolean }> {
  return saveBatch(database, recordingId, [{ space, embedded, silentSegmentIds }])
}

/**
 * Write a batch's vectors and silences, and close the recording's accounts with the spaces (and the recording itself)
 * when nothing is owed any more. Rows that hold the same vector already are left alone: an update costs a place in the index.
 * Resolves to whether the recording is
 * searchable now.
 */
export async function saveBatch(
  database: Database,
  recordingId: number,
  results: SpaceResult[],
): Promise<{ searchable: boolean }> {
  return inTransaction(database, async (tx) => {
    // Batches of one recording close its account one after the other. The recording comes first: a supersession that
    // runs meanwhile waits, or has removed the segments already.
    // Not `for update`: rows that refer to the recording (ledger, duplicates) need not wait.
    const { rows } = await tx.query<{ state: string }>(
      `${kept}select state from coro.recording where id = $1 for no key update`,
      [recordingId],
    )
    // What has gone may come back: its accounts stay what they are.
    if (rows[0]?.state === 'superseded' || rows[0]?.state === 'deleted') return { searchable: false }
    for (const result of results) await insertVectors(tx, result)
    return settleAccounts(
      tx,
      results.map(({ space }) => space.id),
      recordingId,
    )
  })
}

async function insertVectors(tx: Queryable, { space, embedded, silentSegmentIds }: SpaceResult): Promise<void> {
  for (let from = 0; from < embedded.length; from += batch) {
    const part = embedded.slice(from, from + batch)
    const places = part.map((_, i) => `($${i * 2 + 1}::bigint, $${i * 2 + 2}::${space.element})`)
    await tx.query(
      `insert into coro.embedding_${space.id} as t (segment_id, e)
       select v.id, v.e from (values ${places.join(', ')}) v (id, e)
        where not exists (select from coro.deleted_segment d where d.segment_id = v.id)
       on conflict (segment_id) do update set e = excluded.e where t.e is distinct from excluded.e`,
      part.flatMap(({ segmentId, embedding }) => [segmentId, toBinary(embedding, space.element)]),
    )
  }
  if (silentSegmentIds.length > 0) {
    await tx.query(
      `insert into coro.silent_segment (segment_id, space_id) select unnest($1::bigint[]), $2
       on conflict (segment_id, space_id) do nothing`,
      [silentSegmentIds, space.id],
    )
  }
}

/**
 * Recount what a recording has in some spaces; when all is there, their accounts are done, and so may be the recording:
 * when neither they nor those with other wanted spaces are open. One statement, since every job does it.
 */
export async function settleAccounts(
  tx: Queryable,
  spaceIds: number[],
  recordingId: number,
): Promise<{ searchable: boolean }> {
  const counts = spaceIds.map(
    (id) => `select ${id}::bigint as space_id,
              (select count(*) from coro.segment s join coro.embedding_${id} e on e.segment_id = s.id
                where s.recording_id = $1) as embedded,
              (select count(*) from coro.segment s join coro.silent_segment q on q.segment_id = s.id
                where s.recording_id = $1 and q.space_id = ${id}) as silent,
              (select count(*) from coro.segment s join coro.deleted_segment d on d.segment_id = s.id
                where s.recording_id = $1
                  and not exists (select from coro.embedding_${id} e where e.segment_id = s.id)
                  and not exists (select from coro.silent_segment q where q.segment_id = s.id and q.space_id = ${id})
              ) as deleted`,
  )
  const { rowCount } = await tx.query(
    `${kept}with counted as (${counts.join(' union all ')}),
     settled as (
       update coro.recording_space a
          set embedded = c.embedded, silent = c.silent,
              done_at = case when c.embedded + c.silent + c.deleted >= r.segment_count then coalesce(a.done_at, now()) end
         from counted c, coro.recording r
        where a.recording_id = $1 and a.space_id = c.space_id and r.id = $1
       returning a.space_id, a.done_at),
     open as (
       select space_id from settled where done_at is null
       union all
       select space_id from coro.recording_space
        where recording_id = $1 and done_at is null and space_id not in (${spaceIds.join(', ')}))
     update coro.recording set state = 'searchable', reason_code = null, reason_message = null, changed_at = now()
      where id = $1 and state in ('embedding', 'failed') and segment_count is not null
        and not exists (select from open join coro.embedding_space p on p.id = open.space_id where p.wanted)`,
    [recordingId],
  )
  return { searchable: (rowCount ?? 0) > 0 }
}

/** What a search by a stored segment needs. */
export interface SegmentQuery {
  recordingId: number
  /** Its vector in the space, `silent`, or null where it has neither (yet). */
  embedding: Float32Array | 'silent' | null
}

/** A segment as a query in a space; null where there is no such segment, or it is marked as deleted. */
export async function segmentQuery(
  queryable: Queryable,
  space: Space,
  segmentId: number,
): Promise<SegmentQuery | null> {
  const { rows } = await queryable.query<{ recordingId: number; silent: boolean; bytes: Buffer | null }>(
    `${kept}select s.recording_id as "recordingId", q.segment_id is not null as silent,
            ${space.element}_send(e.e) as bytes
       from coro.segment s left join coro.embedding_${space.id} e on e.segment_id = s.id
       left join coro.silent_segment q on q.segment_id = s.id and q.space_id = ${space.id}
      where s.id = $1 and not exists (select from coro.deleted_segment d where d.segment_id = s.id)`,
    [segmentId],
  )
  const row = rows[0]
  if (!row) return null
  const { recordingId, silent, bytes } = row
  return { recordingId, embedding: bytes ? fromBinary(bytes, space.element) : silent ? 'silent' : null }
}

/** A segment's vector in a space, `silent`, or null where it has neither (yet). */
export async function embeddingOf(
  queryable: Queryable,
  space: Space,
  segmentId: number,
): Promise<Float32Array | 'silent' | null> {
  return (await segmentQuery(queryable, space, segmentId))?.embedding ?? null
}
