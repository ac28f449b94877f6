import type { Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'

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

const describing = (
  ids: string,
) => `select s.id as "segmentId", s.recording_id as "recordingId", o.url as source, r.key,
            t.name as site, c.name as recorder, r.started_at + make_interval(secs => s.start_s) as "startedAt",
            s.start_s as "startS", s.end_s as "endS"
       from coro.segment s join coro.recording r on r.id = s.recording_id join coro.source o on o.id = r.source_id
       left join coro.site t on t.id = r.site_id left join coro.recorder c on c.id = r.recorder_id
      where s.id = any(${ids})`

/** What a person wants to know of segments, by id. */
export async function describeSegments(queryable: Queryable, ids: number[]): Promise<Map<number, SegmentFacts>> {
  const { rows } = await queryable.query<SegmentFacts>(kept + describing('$1::bigint[]'), [ids])
  return new Map(rows.map((row) => [row.segmentId, row]))
}

/** A statement of one row with `segment_ids`, and `facts` beside it: one round trip for both. */
export const withFacts = (statement: string): string =>
  `select f.*, (select json_agg(d) from (${describing('f.segment_ids')}) d) as facts from (${statement}) f`

/** The facts of such a row. */
export function readFacts(facts: unknown): Map<number, SegmentFacts> {
  const rows = (facts ?? []) as (Omit<SegmentFacts, 'startedAt'> & { startedAt: string | null })[]
  return new Map(
    rows.map(({ startedAt, ...row }) => [
      row.segmentId,
      { ...row, startedAt: startedAt === null ? null : new Date(startedAt) },
    ]),
  )
}
