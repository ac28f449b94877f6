import type { Queryable } from '../open.js'

/** Recordings have more windows now: how many, and whether their ids still follow each other (migration 0005). */
export async function noteWindows(tx: Queryable, recordingIds: number[]): Promise<void> {
  await tx.query(
    `update coro.recording r
        set segment_count = case when r.state = 'imported' then s.n else r.segment_count end, changed_at = now(),
            first_segment_id = case when s.most - s.least + 1 = s.n then s.least end,
            last_segment_id = case when s.most - s.least + 1 = s.n then s.most end
       from (select recording_id, count(*) as n, min(id) as least, max(id) as most
               from coro.segment where recording_id = any($1::bigint[]) group by recording_id) s
      where r.id = s.recording_id`,
    [recordingIds],
  )
}
