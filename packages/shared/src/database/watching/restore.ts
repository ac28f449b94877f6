import { goneReason, supersededReason } from '../deletions.js'
import type { Queryable } from '../open.js'

/** Marks of segments that go when their recording comes back; no others do. */
const marks = `('${goneReason}', '${supersededReason}')`

/**
 * Bring a deleted or superseded recording back. Where all its segments are still there, with their vectors, nothing is
 * prepared again; where a sweep of marks has taken some, it begins from its file. Resolves to the state that it has now,
 * or null where it was neither. Runs inside the caller's transaction.
 */
export async function restore(tx: Queryable, id: number): Promise<'searchable' | 'embedding' | 'discovered' | null> {
  const locked = await tx.query(
    `select from coro.recording where id = $1 and state in ('deleted', 'superseded') for no key update`,
    [id],
  )
  if (!locked.rowCount) return null
  await tx.query(
    `delete from coro.deleted_segment d using coro.segment s
      where s.recording_id = $1 and d.segment_id = s.id and d.reason in ${marks} and not d.swept`,
    [id],
  )
  const { rows } = await tx.query<{ state: 'searchable' | 'embedding' }>(
    `update coro.recording r
        set state = case when exists (select from coro.recording_space a where a.recording_id = $1)
                          and not exists (select from coro.recording_space a join coro.embedding_space p on p.id = a.space_id
                                           where a.recording_id = $1 and a.done_at is null and p.wanted)
                         then 'searchable' else 'embedding' end,
            reason_code = null, reason_message = null, attempts = 0, deaths = 0, shared_deaths = 0, due_at = null,
            missing_since = null, missing_sweep = null,
            seen_at = now(), changed_at = now()
      where id = $1 and segment_count is not null
        and segment_count = (select count(*) from coro.segment s where s.recording_id = $1 and s.index is not null)
        and not exists (select from coro.segment s join coro.deleted_segment d on d.segment_id = s.id
                         where s.recording_id = $1 and d.reason in ${marks})
      returning r.state`,
    [id],
  )
  if (rows[0]) return rows[0].state
  await tx.query('delete from coro.segment where recording_id = $1', [id])
  await tx.query('delete from coro.recording_space where recording_id = $1', [id])
  await tx.query(
    `update coro.recording
        set state = 'discovered', segment_count = null, first_segment_id = null, last_segment_id = null, channel = null,
            duplicate_of = null, reason_code = null, reason_message = null, attempts = 0, deaths = 0, shared_deaths = 0, due_at = null,
            missing_since = null,
            missing_sweep = null, seen_at = now(), changed_at = now()
      where id = $1`,
    [id],
  )
  return 'discovered'
}
