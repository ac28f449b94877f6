import type { Queryable } from './open.js'

/** A recording whose prepared audio may go. */
export interface Expirable {
  id: number
  prefix: string
  bytes: number
}

/** Made before sizes were kept: two variants of 32 kHz in 16 bits. */
const bytesOf = 'coalesce(r.prepared_bytes, (r.duration_s * 128000)::bigint, 0)'

/** Searchable, and owing no wanted space anything: its prepared audio serves for listening alone; its original is there. */
const expirable = `r.prepared_prefix is not null and r.prepared_expired_at is null and r.state = 'searchable' and r.missing_since is null
  and not exists (select from coro.recording_space a join coro.embedding_space p on p.id = a.space_id
                   where a.recording_id = r.id and a.done_at is null and p.wanted)`
const lastUse = 'coalesce(r.prepared_used_at, r.prepared_at, r.changed_at)'

/** Bytes of all prepared audio that is there. */
export async function preparedBytes(queryable: Queryable): Promise<number> {
  const { rows } = await queryable.query<{ bytes: number }>(
    `select coalesce(sum(${bytesOf}), 0)::bigint as bytes from coro.recording r
      where r.prepared_prefix is not null and r.prepared_expired_at is null`,
  )
  return rows[0]?.bytes ?? 0
}

/** What was not used for the longest, at most `limit`; olderThanDays: only what was not used for so many days. */
export async function leastUsed(
  queryable: Queryable,
  limit: number,
  olderThanDays: number | null,
): Promise<Expirable[]> {
  const { rows } = await queryable.query<Expirable>(
    `select r.id, r.prepared_prefix as prefix, ${bytesOf} as bytes from coro.recording r
      where ${expirable} and ($2::float8 is null or ${lastUse} < now() - make_interval(secs => $2::float8 * 86400))
      order by ${lastUse}, r.id limit $1`,
    [limit, olderThanDays],
  )
  return rows
}

/** Say that a recording's prepared audio is gone, before it is deleted. Resolves to whether it may be: nothing needs it now. */
export async function expire(queryable: Queryable, id: number): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `update coro.recording r set prepared_expired_at = now() where r.id = $1 and ${expirable}`,
    [id],
  )
  return (rowCount ?? 0) > 0
}

/** Somebody asked for its sound; written at most once a day. */
export async function noteUse(queryable: Queryable, id: number): Promise<void> {
  await queryable.query(
    `update coro.recording set prepared_used_at = now()
      where id = $1 and (prepared_used_at is null or prepared_used_at < now() - interval '1 day')`,
    [id],
  )
}
