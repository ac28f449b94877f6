import type { PassedOver } from '../../storage/passed-over.js'
import type { Queryable } from '../open.js'

/** What stood in the way of the last sweep of a source. */
export interface Obstacle {
  key: string
  code: string
  message: string
  firstSeenAt: Date
}

/** Note what a sweep could not take in; met before, it keeps since when. */
export async function saveObstacles(
  queryable: Queryable,
  sourceId: number,
  sweep: number,
  passed: readonly PassedOver[],
): Promise<void> {
  if (passed.length === 0) return
  await queryable.query(
    `insert into coro.sweep_obstacle as o (source_id, sweep, key, code, message)
     select distinct on (key) $1, $2, key, code, message from unnest($3::text[], $4::text[], $5::text[]) as p (key, code, message)
      order by key
     on conflict (source_id, key_hash) do update set sweep = excluded.sweep, code = excluded.code, message = excluded.message`,
    [
      sourceId,
      sweep,
      passed.map(({ key }) => key),
      passed.map(({ code }) => code),
      passed.map(({ message }) => message),
    ],
  )
}

/** The obstacles of a source, by key; at most `limit`. */
export async function listObstacles(queryable: Queryable, sourceId: number, limit: number): Promise<Obstacle[]> {
  const { rows } = await queryable.query<Obstacle>(
    `select key, code, message, first_seen_at as "firstSeenAt" from coro.sweep_obstacle
      where source_id = $1 order by key collate "C" limit $2`,
    [sourceId, limit],
  )
  return rows
}

/**
 * Obstacles that explain why nothing is known of a key: at the key itself (whole, below its source, or its end, such as a
 * file's name), or at a folder in which it lies (whole, or its name as the key's first).
 */
export async function obstaclesOfKey(queryable: Queryable, key: string): Promise<(Obstacle & { source: string })[]> {
  const { rows } = await queryable.query<Obstacle & { source: string }>(
    `select s.url as source, o.key, o.code, o.message, o.first_seen_at as "firstSeenAt"
       from coro.sweep_obstacle o join coro.source s on s.id = o.source_id
       cross join lateral (select case when starts_with($1, s.url || '/') then substr($1, length(s.url) + 2) else $1 end) as a (below)
      where s.removed_at is null
        and (o.key in (a.below, a.below || '/') or (o.key like '%/' and starts_with(a.below, o.key))
             or right(rtrim(o.key, '/'), length(a.below) + 1) = '/' || a.below
             or (o.key like '%/' and a.below like '%/%' and o.key like '%/_%/'
                 and right(o.key, length(split_part(a.below, '/', 1)) + 2) = '/' || split_part(a.below, '/', 1) || '/'))
      order by o.source_id, o.key collate "C" limit 20`,
    [key],
  )
  return rows
}
