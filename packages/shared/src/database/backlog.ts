import type { Queryable } from './open.js'

/**
 * Recordings that still have to be prepared: found, tried in vain with attempts left, or begun and not ended.
 * Newest first: people want last night. What is in flight already is told apart by the queue, not here.
 */
export async function recordingsToPrepare(queryable: Queryable, limit: number): Promise<number[]> {
  const { rows } = await queryable.query<{ id: number }>(
    `select id from coro.recording
      where state in ('discovered', 'preparing') or (state = 'failed' and segment_count is null)
      order by id desc limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

/** Wanted spaces `p` that a recording `r` can only fill once it is prepared with another front end. */
const owedAnew = `select from coro.embedding_space p
  where p.wanted and p.front_end_id is not null and p.front_end_id is distinct from r.front_end_id
    and not exists (select from coro.recording_space a
                     where a.recording_id = r.id and a.space_id = p.id and a.done_at is not null)`

/**
 * Recordings that were prepared with another front end than the spaces are made with which they owe vectors. Their
 * vectors in other spaces stay. Newest first.
 */
export async function recordingsToPrepareAnew(queryable: Queryable, limit: number): Promise<number[]> {
  const { rows } = await queryable.query<{ id: number }>(
    `select r.id from coro.recording r
      where r.state in ('embedding', 'searchable', 'failed') and r.segment_count is not null and exists (${owedAnew})
      order by r.id desc limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

/** Whether a recording is one of those. */
export async function isToPrepareAnew(queryable: Queryable, recordingId: number): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `select from coro.recording r
      where r.id = $1 and r.state in ('embedding', 'searchable', 'failed') and r.segment_count is not null
        and exists (${owedAnew})`,
    [recordingId],
  )
  return (rowCount ?? 0) > 0
}

/** Begin to prepare such a recording. What went wrong before it was searchable does not count against it. */
export async function beginAnew(queryable: Queryable, recordingId: number): Promise<void> {
  await queryable.query(
    `update coro.recording
        set state = 'preparing', reason_code = null, reason_message = null, changed_at = now(),
            attempts = case state when 'searchable' then 0 else attempts end,
            deaths = case state when 'searchable' then 0 else deaths end
      where id = $1 and state in ('embedding', 'searchable', 'failed')`,
    [recordingId],
  )
}

export interface OpenAccount {
  recordingId: number
  spaceId: number
  /** The space's network. */
  model: string
  segmentCount: number
}

/** (recording, space) pairs that are prepared, with the space's front end, and owe vectors. */
export async function openAccounts(queryable: Queryable, limit: number): Promise<OpenAccount[]> {
  const { rows } = await queryable.query<OpenAccount>(
    `select a.recording_id as "recordingId", a.space_id as "spaceId", p.model, r.segment_count as "segmentCount"
       from coro.recording_space a join coro.recording r on r.id = a.recording_id
       join coro.embedding_space p on p.id = a.space_id
      where p.wanted and a.done_at is null and r.front_end_id = p.front_end_id
        and r.segment_count is not null and r.state in ('embedding', 'searchable', 'failed')
      order by a.recording_id desc, a.space_id limit $1`,
    [limit],
  )
  return rows
}

/** Give every prepared recording an account with a space that it lacks: a new space fills in the background. */
export async function openMissingAccounts(queryable: Queryable, limit: number): Promise<number> {
  const { rowCount } = await queryable.query(
    `insert into coro.recording_space (recording_id, space_id)
     select r.id, p.id from coro.recording r cross join coro.embedding_space p
      where p.wanted and r.segment_count is not null and r.state in ('embedding', 'searchable')
        and not exists (select from coro.recording_space a where a.recording_id = r.id and a.space_id = p.id)
      limit $1
     on conflict (recording_id, space_id) do nothing`,
    [limit],
  )
  return rowCount ?? 0
}

/** Recordings whose accounts are all done but whose state does not say so: a process died between the two. */
export async function closeFinished(queryable: Queryable): Promise<number> {
  const { rowCount } = await queryable.query(
    `update coro.recording r set state = 'searchable', changed_at = now()
      where r.state = 'embedding' and r.segment_count is not null
        and exists (select from coro.recording_space a where a.recording_id = r.id)
        and not exists (select from coro.recording_space a join coro.embedding_space p on p.id = a.space_id
                         where a.recording_id = r.id and a.done_at is null and p.wanted)`,
  )
  return rowCount ?? 0
}

/** Is anything still to be done? */
export async function unfinished(queryable: Queryable): Promise<number> {
  const { rows } = await queryable.query<{ n: number }>(
    `select count(*) as n from coro.recording where state in ('discovered', 'preparing', 'embedding', 'failed')`,
  )
  return rows[0]?.n ?? 0
}

/** Take quarantined recordings up again: one, those with a code, or all. Resolves to their ids. */
export async function retryQuarantined(
  queryable: Queryable,
  choice: { recordingId?: number | undefined; code?: string | undefined },
): Promise<number[]> {
  const { rows } = await queryable.query<{ id: number }>(
    `update coro.recording
        set state = case when segment_count is null then 'discovered' else 'embedding' end,
            reason_code = null, reason_message = null, attempts = 0, deaths = 0, changed_at = now()
      where state = 'quarantined' and ($1::bigint is null or id = $1) and ($2::text is null or reason_code = $2)
      returning id`,
    [choice.recordingId ?? null, choice.code ?? null],
  )
  return rows.map(({ id }) => id)
}

/** A prepared file has gone from the store: the recording is prepared again; segments and vectors stay. */
export async function prepareAgain(queryable: Queryable, recordingId: number): Promise<void> {
  await queryable.query(
    `update coro.recording set state = 'discovered', segment_count = null, changed_at = now()
      where id = $1 and state in ('embedding', 'searchable', 'failed')`,
    [recordingId],
  )
}
