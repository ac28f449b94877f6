import type { Database } from '@coro/shared/database/open'
import { expect } from 'vitest'
import { waitUntil } from './wait-until.js'

/**
 * What must hold whenever all is done: a recording's segments lie end to end from 0 and are as many as it says; each
 * has exactly one vector or the mark of silence in every space; accounts say the same; nothing belongs to a recording
 * that is not searchable; no two searchable recordings share a key or a content; and no attempt is left open.
 */
export async function checkConsistent({ pool }: Database, endingMs = 60_000): Promise<void> {
  const wrong: Record<string, unknown[]> = {}
  const expectNone = async (what: string, sql: string) => {
    const { rows } = await pool.query(sql)
    if (rows.length > 0) wrong[what] = rows
  }
  await expectNone(
    'segments that are not as many, or not end to end',
    `select r.id, r.segment_count, count(s.id), min(s.index), max(s.index) from coro.recording r
       left join coro.segment s on s.recording_id = r.id
      where r.state = 'searchable' group by r.id
     having r.segment_count is distinct from count(s.id) or min(s.index) <> 0 or max(s.index) <> count(s.id) - 1`,
  )
  await expectNone(
    'segments of recordings that are not searchable',
    `select r.id, r.state from coro.recording r join coro.segment s on s.recording_id = r.id
      where r.state <> 'searchable' and not exists (select from coro.deleted_segment d where d.segment_id = s.id)`,
  )
  await expectNone(
    'recordings with the same key or content',
    `select source_id, key, count(*) from coro.recording where state = 'searchable' group by source_id, key having count(*) > 1
     union all
     select null, sha256::text, count(*) from coro.recording where state = 'searchable' group by sha256 having count(*) > 1`,
  )
  const spaces = await pool.query<{ id: number }>('select id from coro.embedding_space where wanted')
  expect(spaces.rowCount).toBeGreaterThan(0)
  for (const { id } of spaces.rows) {
    await expectNone(
      `space ${id}: segments without vector or silence, or with both`,
      `select s.id from coro.segment s left join coro.embedding_${id} e on e.segment_id = s.id
         left join coro.silent_segment q on q.segment_id = s.id and q.space_id = ${id}
        where (e.segment_id is null) = (q.segment_id is null)`,
    )
    await expectNone(
      `space ${id}: accounts that are open or differ`,
      `select r.id, a.embedded, a.silent, r.segment_count, a.done_at from coro.recording r
         left join coro.recording_space a on a.recording_id = r.id and a.space_id = ${id}
        where r.state = 'searchable' and (a.done_at is null or a.embedded + a.silent <> r.segment_count)`,
    )
  }
  // Attempts of dead workers are ended once these have not been seen for a while, whoever did the work meanwhile.
  await waitUntil('every attempt ended', endingMs, async () => {
    const { rowCount } = await pool.query('select from coro.ledger where ended_at is null')
    return rowCount === 0
  }).catch(() => undefined)
  await expectNone(
    'attempts that never ended',
    'select id, recording_id, stage from coro.ledger where ended_at is null',
  )
  expect(wrong).toEqual({})
}
