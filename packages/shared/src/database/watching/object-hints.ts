import type { Queryable } from '../open.js'

export interface ObjectHint {
  sourceId: number
  key: string
  hintedAt: Date
}

/** Note keys that an event named. The same key twice is one hint. */
export async function saveHints(queryable: Queryable, hints: { sourceId: number; key: string }[]): Promise<void> {
  if (hints.length === 0) return
  await queryable.query(
    `insert into coro.object_hint as h (source_id, key)
     select distinct * from unnest($1::bigint[], $2::text[]) order by 1, 2
     on conflict (source_id, key) do update set hinted_at = clock_timestamp()`,
    [hints.map(({ sourceId }) => sourceId), hints.map(({ key }) => key)],
  )
}

/** The oldest hints for some sources. */
export async function readHints(queryable: Queryable, sourceIds: number[], limit: number): Promise<ObjectHint[]> {
  const { rows } = await queryable.query<ObjectHint>(
    `select source_id as "sourceId", key, hinted_at as "hintedAt" from coro.object_hint
      where source_id = any($1::bigint[]) order by hinted_at limit $2`,
    [sourceIds, limit],
  )
  return rows
}

/** Forget hints that were looked at, and those of sources that nobody watches; not what has been named again meanwhile. */
export async function forgetHints(queryable: Queryable, looked: ObjectHint[]): Promise<void> {
  await queryable.query(
    `delete from coro.object_hint h using unnest($1::bigint[], $2::text[], $3::timestamptz[]) as l (source_id, key, at)
      where h.source_id = l.source_id and h.key = l.key and h.hinted_at < l.at + interval '1 millisecond'`,
    [looked.map(({ sourceId }) => sourceId), looked.map(({ key }) => key), looked.map(({ hintedAt }) => hintedAt)],
  )
  await queryable.query(`delete from coro.object_hint where hinted_at < now() - interval '1 day'`)
}
