import type { Queryable } from './open.js'
import type { RecordingState } from './recordings.js'

/** Work that is to go into a queue next. */
export interface NextRecording {
  id: number
  state: RecordingState
  /** Found within the time that counts as new. */
  isNew: boolean
}

export interface NextOptions {
  /** How many at most. */
  limit: number
  /** Recordings that the queue has in hand already. */
  inFlight: number[]
  /** How long after it was found a recording counts as new, seconds. */
  newWithinS: number
}

// Word for word the conditions of the partial indexes recording_to_prepare and recording_to_embed (0010_jobs.sql).
const toPrepare = `(r.state in ('discovered', 'preparing') or (r.state = 'failed' and r.segment_count is null))`
const toEmbed = `(r.state = 'embedding' or (r.state = 'failed' and r.segment_count is not null))`

/** Sources whose work at `stage` nobody has paused. */
const notPaused = (stage: 'prepare' | 'embed') =>
  `not exists (select from coro.pause p
                where (p.source_id = s.id or p.source_id is null) and (p.stage = '${stage}' or p.stage is null))`

/**
 * The best `limit` of a backlog: each source's in the order of recording, the newest first (of copies the one found first, which
 * then counts as the original), and the sources in turn. What
 * a source has in flight counts as its turns, or the one with the newest recordings would get every place that is free.
 */
const inTurn = (which: { backlog: string; sources: string; turns: string; more?: string }) => `
  with taken as (
    select source_id, count(*) as n from coro.recording where id = any($2::bigint[]) group by source_id)
  select id, state, "isNew" from (
    select b.*, b.place + coalesce(t.n, 0) as turn, s.held
      from (select s.id, s.hold_failures > 0 as held from coro.source s where ${which.sources}) s
      left join taken t on t.source_id = s.id
      cross join lateral (
        select r.id, r.state, r.recorded_about, r.discovered_at > now() - make_interval(secs => $3) as "isNew",
               row_number() over (order by r.recorded_about desc, r.id) as place
          from (select * from coro.recording r
                 where r.source_id = s.id and ${which.backlog} and r.id <> all ($2::bigint[])
                   and (r.due_at is null or r.due_at <= now()) ${which.more ?? ''}
                 order by r.recorded_about desc, r.id limit $1) r) b) n
   where ${which.turns}
   order by turn, recorded_about desc, id limit $1`

/**
 * Recordings to prepare next. A source whose storage did not answer gets one at a time once its time is over: it shows
 * whether the storage is back.
 */
export async function nextToPrepare(
  queryable: Queryable,
  { limit, inFlight, newWithinS }: NextOptions,
): Promise<NextRecording[]> {
  const { rows } = await queryable.query<NextRecording>(
    inTurn({
      backlog: toPrepare,
      sources: `${notPaused('prepare')} and (s.held_until is null or s.held_until <= now())`,
      turns: 'not held or turn <= 1',
    }),
    [limit, inFlight, newWithinS],
  )
  return rows
}

/** Prepared recordings that owe vectors to a wanted space of this network, made with the front end that they have. */
export async function nextToEmbed(
  queryable: Queryable,
  { limit, inFlight, newWithinS, model }: NextOptions & { model: string },
): Promise<NextRecording[]> {
  const { rows } = await queryable.query<NextRecording>(
    inTurn({
      backlog: toEmbed,
      sources: notPaused('embed'),
      turns: 'true',
      more: `and exists (select from coro.recording_space a join coro.embedding_space p on p.id = a.space_id
                          where a.recording_id = r.id and a.done_at is null and p.wanted and p.model = $4
                            and p.front_end_id = r.front_end_id
                          offset 0)`, // asked of each row in its order: joined, all that is owed would be read first
    }),
    [limit, inFlight, newWithinS, model],
  )
  return rows
}

export interface OpenAccount {
  recordingId: number
  spaceId: number
  /** The space's network. */
  model: string
  segmentCount: number
}

/** What certain recordings owe to wanted spaces made with their front end. */
export async function accountsOf(queryable: Queryable, recordingIds: number[]): Promise<OpenAccount[]> {
  const { rows } = await queryable.query<OpenAccount>(
    `select a.recording_id as "recordingId", a.space_id as "spaceId", p.model, r.segment_count as "segmentCount"
       from coro.recording_space a join coro.recording r on r.id = a.recording_id
       join coro.embedding_space p on p.id = a.space_id
      where a.recording_id = any($1::bigint[]) and p.wanted and a.done_at is null and r.front_end_id = p.front_end_id
        and r.segment_count is not null and r.state in ('embedding', 'searchable', 'failed')
      order by a.recording_id desc, a.space_id`,
    [recordingIds],
  )
  return rows
}

/** What of a source waits for a stage, or is at it. */
export interface Waiting {
  stage: 'prepare' | 'embed'
  source: string
  count: number
  /** When the one that has waited longest was found. */
  oldest: Date | null
}

/** How many recordings wait for each stage, by source. */
export async function backlogBySource(queryable: Queryable): Promise<Waiting[]> {
  const { rows } = await queryable.query<Waiting>(
    `select b.stage, s.url as source, b.count, b.oldest
       from (select source_id, count(*) as count, min(discovered_at) as oldest,
                    case when state = 'embedding' or (state = 'failed' and segment_count is not null) then 'embed'
                         else 'prepare' end as stage
               from coro.recording where state in ('discovered', 'preparing', 'embedding', 'failed')
              group by source_id, stage) b
       join coro.source s on s.id = b.source_id order by b.stage desc, s.url`,
  )
  return rows
}

/** How many recordings wait for each stage; counted up to `most`. */
export async function backlogSize(queryable: Queryable, most: number): Promise<{ prepare: number; embed: number }> {
  const count = (rows: string) => `(select count(*) from (select from ${rows} limit $1) few)`
  const { rows } = await queryable.query<{ prepare: number; embed: number }>(
    `select ${count(`coro.recording r where ${toPrepare}`)} as prepare,
            ${count(`coro.recording_space a join coro.embedding_space p on p.id = a.space_id
                       join coro.recording r on r.id = a.recording_id
                      where p.wanted and a.done_at is null and r.segment_count is not null
                        and r.state in ('embedding', 'searchable', 'failed')`)} as embed`,
    [most],
  )
  return rows[0] ?? { prepare: 0, embed: 0 }
}
