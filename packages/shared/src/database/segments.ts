import type { Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'

export interface SegmentSpan {
  index: number
  /** Seconds from the recording's start: [startS, endS). */
  startS: number
  endS: number
}

/**
 * Write a recording's segments and what it owes each space, replacing nothing: the same recording prepared twice has
 * the same segments. A window that came with imported embeddings and is one of them gets its index, and keeps its id.
 * Runs inside the caller's transaction.
 */
export async function saveSegments(
  tx: Queryable,
  recordingId: number,
  segments: SegmentSpan[],
  spaceIds: number[],
  prepared: { prefix: string; offsetBytes: number; frontEndId: string; channel: string },
): Promise<void> {
  await tx.query(
    `${kept}with wanted as (
       select * from unnest($2::int[], $3::float8[], $4::float8[]) as w (index, start_s, end_s)),
     imported as (
       update coro.segment s set index = w.index from wanted w
        where s.recording_id = $1 and s.index is null
          and round(s.start_s * 1000) = round(w.start_s * 1000) and round(s.end_s * 1000) = round(w.end_s * 1000)
       returning s.id, s.index),
     saved as (
       insert into coro.segment (recording_id, index, start_s, end_s)
       select $1, * from wanted where index not in (select index from imported)
       on conflict (recording_id, index) do nothing
       returning id),
     -- Another recording's ids may lie between them where two are saved at once, or where some were imported before.
     range as (
       select count(*) as n, case when count(*) = $5 and max(id) - min(id) + 1 = $5 and not exists (
                select from coro.segment where recording_id = $1 and index is null and id not in (select id from imported))
              then min(id) end as least
         from (select id from saved union all select id from imported) own),
     accounts as (
       insert into coro.recording_space (recording_id, space_id) select $1, unnest($8::bigint[])
       on conflict (recording_id, space_id) do nothing)
     update coro.recording
        set segment_count = $5, prepared_prefix = $6, prepared_offset = $7, front_end_id = $9, channel = $10,
            first_segment_id = case when range.n = 0 then first_segment_id else range.least end,
            last_segment_id = case when range.n = 0 then last_segment_id else range.least + $5 - 1 end
       from range
      where id = $1`,
    [
      recordingId,
      segments.map((s) => s.index),
      segments.map((s) => s.startS),
      segments.map((s) => s.endS),
      segments.length,
      prepared.prefix,
      prepared.offsetBytes,
      spaceIds,
      prepared.frontEndId,
      prepared.channel,
    ],
  )
}

export interface OpenSegment {
  id: number
  index: number
  /** Whether it lacks a vector and the mark of silence, for each of the spaces asked for. */
  owes: boolean[]
}

/** Segments [first, first + count) of a recording that have neither a vector nor the mark of silence in some space. Not deleted ones. */
export async function openSegments(
  queryable: Queryable,
  {
    recordingId,
    spaceIds,
    firstSegment,
    count,
  }: { recordingId: number; spaceIds: number[]; firstSegment: number; count: number },
): Promise<OpenSegment[]> {
  const owes = spaceIds.map(
    (id) => `not exists (select from coro.embedding_${id} e where e.segment_id = s.id)
        and not exists (select from coro.silent_segment q where q.segment_id = s.id and q.space_id = ${id})`,
  )
  const { rows } = await queryable.query<OpenSegment>(
    `${kept}select s.id, s.index, array[${owes.join(', ')}] as owes from coro.segment s
      where s.recording_id = $1 and s.index >= $2 and s.index < $2 + $3
        and not exists (select from coro.deleted_segment d where d.segment_id = s.id)
      order by s.index`,
    [recordingId, firstSegment, count],
  )
  return rows.filter((row) => row.owes.includes(true))
}

export interface SegmentPlace {
  id: number
  recordingId: number
  /** Null for a window of imported embeddings that is none of Coro's own. */
  index: number | null
  startS: number
  endS: number
  preparedPrefix: string | null
  preparedOffset: number
  /** The recording is known from imported embeddings alone. */
  withoutFile: boolean
  source: string
  key: string
  site: string | null
  recorder: string | null
  startedAt: Date | null
}

/** A segment with what a reader wants to know of its recording, or null. */
export async function findSegment(queryable: Queryable, id: number): Promise<SegmentPlace | null> {
  const { rows } = await queryable.query<SegmentPlace>(
    `select s.id, s.recording_id as "recordingId", s.index, s.start_s as "startS", s.end_s as "endS",
            r.prepared_prefix as "preparedPrefix", r.state = 'imported' as "withoutFile", coalesce(r.prepared_offset, 44) as "preparedOffset", o.url as source, r.key, t.name as site, c.name as recorder,
            r.started_at + make_interval(secs => s.start_s) as "startedAt"
       from coro.segment s join coro.recording r on r.id = s.recording_id join coro.source o on o.id = r.source_id
       left join coro.site t on t.id = r.site_id left join coro.recorder c on c.id = r.recorder_id
      where s.id = $1`,
    [id],
  )
  return rows[0] ?? null
}

export interface SegmentOfRecording {
  segmentId: number
  index: number | null
  startS: number
  endS: number
  /** In the active space. */
  silent: boolean
}

/** A recording's segments by time, those of imported embeddings too, without those that are marked as deleted. */
export async function segmentsOf(queryable: Queryable, recordingId: number): Promise<SegmentOfRecording[]> {
  const { rows } = await queryable.query<SegmentOfRecording>(
    `select s.id as "segmentId", s.index, s.start_s as "startS", s.end_s as "endS",
            exists (select from coro.silent_segment q join coro.embedding_space p on p.id = q.space_id
                     where q.segment_id = s.id and p.active) as silent
       from coro.segment s
      where s.recording_id = $1 and not exists (select from coro.deleted_segment d where d.segment_id = s.id)
      order by s.start_s, s.end_s, s.id`,
    [recordingId],
  )
  return rows
}
