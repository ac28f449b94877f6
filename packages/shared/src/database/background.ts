import type { Queryable } from './open.js'

/**
 * Work on recordings that are searchable already: spaces that fill in the background, and audio that has to be prepared
 * anew for them. It is looked for a range of ids at a time, so that a look stays cheap at any size.
 */
export interface IdRange {
  /** Not in the range. */
  after: number
  to: number
}

/** The greatest recording's id; 0 where there is none. */
export async function lastRecordingId(queryable: Queryable): Promise<number> {
  const { rows } = await queryable.query<{ id: number }>(
    'select coalesce(max(id), 0)::bigint as id from coro.recording',
  )
  return rows[0]?.id ?? 0
}

/** Wanted spaces `p` that a recording `r` can only fill once it is prepared with another front end. */
const owedAnew = `select from coro.embedding_space p
  where p.wanted and p.front_end_id is not null and p.front_end_id is distinct from r.front_end_id
    and not exists (select from coro.recording_space a
                     where a.recording_id = r.id and a.space_id = p.id and a.done_at is not null)`

const isPrepared = `r.state in ('embedding', 'searchable', 'failed') and r.segment_count is not null`

const notPaused = (stage: 'prepare' | 'embed') =>
  `not exists (select from coro.pause p where (p.source_id = r.source_id or p.source_id is null)
                                          and (p.stage = '${stage}' or p.stage is null))`

/**
 * Recordings that were prepared with another front end than the spaces are made with which they owe vectors. Their
 * vectors in other spaces stay. Newest first.
 */
export async function recordingsToPrepareAnew(
  queryable: Queryable,
  { after, to }: IdRange,
  { limit, inFlight }: { limit: number; inFlight: number[] },
): Promise<number[]> {
  const { rows } = await queryable.query<{ id: number }>(
    `select r.id from coro.recording r join coro.source s on s.id = r.source_id
      where r.id > $1 and r.id <= $2 and ${isPrepared} and exists (${owedAnew}) and r.id <> all ($4::bigint[])
        and (r.due_at is null or r.due_at <= now()) and (s.held_until is null or s.held_until <= now())
        and ${notPaused('prepare')}
      order by r.id desc limit $3`,
    [after, to, limit, inFlight],
  )
  return rows.map(({ id }) => id)
}

/** Whether a recording is one of those. */
export async function isToPrepareAnew(queryable: Queryable, recordingId: number): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `select from coro.recording r where r.id = $1 and ${isPrepared} and exists (${owedAnew})`,
    [recordingId],
  )
  return (rowCount ?? 0) > 0
}

/** Begin to prepare such a recording. What went wrong before it was searchable does not count against it. */
export async function beginAnew(queryable: Queryable, recordingId: number): Promise<void> {
  await queryable.query(
    `update coro.recording
        set state = 'preparing', reason_code = null, reason_message = null, changed_at = now(), due_at = null,
            attempts = case state when 'searchable' then 0 else attempts end,
            deaths = case state when 'searchable' then 0 else deaths end,
            shared_deaths = case state when 'searchable' then 0 else shared_deaths end
      where id = $1 and state in ('embedding', 'searchable', 'failed')`,
    [recordingId],
  )
}

/** Searchable recordings that owe vectors to a wanted space made with their front end. Newest first. */
export async function recordingsToReembed(
  queryable: Queryable,
  { after, to }: IdRange,
  { limit, inFlight }: { limit: number; inFlight: number[] },
): Promise<number[]> {
  const { rows } = await queryable.query<{ id: number }>(
    `select r.id from coro.recording r
      where r.id > $1 and r.id <= $2 and r.state = 'searchable' and r.segment_count is not null
        and r.id <> all ($4::bigint[]) and (r.due_at is null or r.due_at <= now()) and ${notPaused('embed')}
        and exists (select from coro.recording_space a join coro.embedding_space p on p.id = a.space_id
                     where a.recording_id = r.id and a.done_at is null and p.wanted and p.front_end_id = r.front_end_id)
      order by r.id desc limit $3`,
    [after, to, limit, inFlight],
  )
  return rows.map(({ id }) => id)
}

/** Give every prepared recording of a range an account with each space that it lacks. */
export async function openMissingAccounts(queryable: Queryable, { after, to }: IdRange): Promise<number> {
  const { rowCount } = await queryable.query(
    `insert into coro.recording_space (recording_id, space_id)
     select r.id, p.id from coro.recording r cross join coro.embedding_space p
      where r.id > $1 and r.id <= $2 and p.wanted and r.segment_count is not null and r.state in ('embedding', 'searchable')
        and not exists (select from coro.recording_space a where a.recording_id = r.id and a.space_id = p.id)
     on conflict (recording_id, space_id) do nothing`,
    [after, to],
  )
  return rowCount ?? 0
}

/**
 * Recordings whose accounts are all done but whose state does not say so: a process died between the two. Looks at
 * `limit` recordings that are being embedded, by id from `after`; resolves to where to go on, null at the end.
 */
export async function closeFinished(
  queryable: Queryable,
  { after, limit }: { after: number; limit: number },
): Promise<{ closed: number; next: number | null }> {
  const { rows } = await queryable.query<{ closed: number; seen: number; last: number | null }>(
    `with look as materialized (
       select id from coro.recording where state = 'embedding' and id > $1 order by id limit $2),
     closed as (
       update coro.recording r set state = 'searchable', changed_at = now()
         from look
        where r.id = look.id and r.state = 'embedding' and r.segment_count is not null
          and exists (select from coro.recording_space a where a.recording_id = r.id)
          and not exists (select from coro.recording_space a join coro.embedding_space p on p.id = a.space_id
                           where a.recording_id = r.id and a.done_at is null and p.wanted)
       returning 1)
     select (select count(*) from closed) as closed, count(*) as seen, max(id) as last from look`,
    [after, limit],
  )
  const { closed = 0, seen = 0, last = null } = rows[0] ?? {}
  return { closed, next: seen < limit ? null : last }
}
