import type { Database, Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'

export interface WorkerBeat {
  id: string
  prepareThreads: number
  embedThreads: number
  rssMb: number
  /** Ledger id -> the step that its attempt is in. */
  doing: Record<string, string>
}

/** Say that a worker lives, how much memory it holds, and what it has in hand. */
export async function beat(queryable: Queryable, worker: WorkerBeat): Promise<void> {
  await queryable.query(
    `${kept}insert into coro.worker as w (id, prepare_threads, embed_threads, rss_mb, doing) values ($1, $2, $3, $4, $5)
     on conflict (id) do update
       set seen_at = now(), prepare_threads = excluded.prepare_threads, embed_threads = excluded.embed_threads,
           rss_mb = excluded.rss_mb, doing = excluded.doing`,
    [worker.id, worker.prepareThreads, worker.embedThreads, worker.rssMb, JSON.stringify(worker.doing)],
  )
}

/** A worker that ended cleanly has nothing in hand. */
export async function forgetWorker(queryable: Queryable, id: string): Promise<void> {
  await queryable.query('delete from coro.worker where id = $1', [id])
  await queryable.query('delete from coro.stage_hold where worker = $1', [id])
}

/** One process alone may open an embedded database: whoever else is in the table has died. */
export async function disownOthers(queryable: Queryable, id: string): Promise<void> {
  await queryable.query(`update coro.worker set seen_at = '-infinity' where id <> $1`, [id])
}

/** Forget workers that have not been seen for a day. */
export async function forgetOldWorkers(queryable: Queryable): Promise<void> {
  await queryable.query(
    `delete from coro.worker w where seen_at < now() - interval '1 day'
        and not exists (select from coro.ledger l where l.worker = w.id and l.ended_at is null)`,
  )
  await queryable.query(`delete from coro.stage_hold where until_at < now() - interval '1 hour'`)
}

/** How many threads of living workers there are, by stage. */
export async function livingThreads(queryable: Queryable): Promise<{ prepare: number; embed: number }> {
  const { rows } = await queryable.query<{ prepare: number; embed: number }>(
    `select coalesce(sum(prepare_threads), 0)::integer as prepare, coalesce(sum(embed_threads), 0)::integer as embed
       from coro.worker where seen_at > now() - interval '30 seconds'`,
  )
  return rows[0] ?? { prepare: 0, embed: 0 }
}

export interface Burial {
  recordingId: number
  /** Its worker had nothing else in hand. */
  alone: boolean
  deaths: number
  sharedDeaths: number
  quarantined: boolean
}

/** A worker of a version that said nothing of itself counts as living for so long. */
const silentWorker = `interval '10 minutes'`

/**
 * End the attempts of workers that died, with what is known of each (memory, step, what else was in hand), and count the
 * deaths: one a recording and worker. A death alone counts against the recording; one in company makes it a suspect,
 * which is worked on by itself from then on. With `maxDeaths` deaths alone it is set aside (docs/decisions/0009-poison.md).
 * deadAfterS: how long a worker must not have been seen. Safe to run by several processes at once.
 */
export async function buryDead(
  { pool }: Pick<Database, 'pool'>,
  { deadAfterS, maxDeaths }: { deadAfterS: number; maxDeaths: number },
): Promise<Burial[]> {
  const { rows } = await pool.query<Burial>(
    `with dead as materialized (
       select l.id, l.recording_id, l.worker, l.stage, w.rss_mb, w.seen_at, w.doing ->> l.id::text as step
         from coro.ledger l left join coro.worker w on w.id = l.worker
        where l.ended_at is null
          and case when w.id is null then l.started_at < now() - ${silentWorker}
                   else w.seen_at < now() - make_interval(secs => $1) end
          for update of l skip locked),
     hands as materialized (
       select d.worker, count(distinct d.recording_id) = 1 as alone, array_agg(distinct d.recording_id) as ids
         from dead d group by d.worker),
     ended as (
       update coro.ledger l
          set ended_at = now(), outcome = 'died', code = 'WORKER_DIED',
              message = case when h.alone then 'the worker ended in the middle of this attempt'
                             else 'the worker ended in the middle of this attempt and of others' end,
              details = l.details || jsonb_strip_nulls(jsonb_build_object(
                'alone', h.alone, 'rssMb', d.rss_mb, 'step', d.step,
                'lastSeenAt', case when isfinite(d.seen_at) then d.seen_at end,
                'inHandToo', case when not h.alone then to_jsonb(array_remove(h.ids, d.recording_id)) end))
         from dead d join hands h on h.worker = d.worker where l.id = d.id),
     counted as (
       select d.recording_id, count(distinct d.worker) filter (where h.alone) as alone,
              count(distinct d.worker) filter (where not h.alone) as shared, max(d.stage) as stage
         from dead d join hands h on h.worker = d.worker group by d.recording_id)
     update coro.recording r
        set deaths = r.deaths + c.alone, shared_deaths = r.shared_deaths + c.shared, changed_at = now(),
            state = case when q.out then 'quarantined' else r.state end,
            reason_code = case when q.out then 'WORKER_DIED' else r.reason_code end,
            reason_message = case when q.out then format(
              'The worker ended %s times while it had this recording alone in hand (%s). Look at its ledger, then retry it.',
              r.deaths + c.alone, c.stage) else r.reason_message end
       from counted c, lateral (
         select (select k.deaths from coro.recording k where k.id = c.recording_id) + c.alone >= $2 and c.alone > 0
                and (select k.state from coro.recording k where k.id = c.recording_id)
                    in ('discovered', 'preparing', 'embedding', 'failed', 'searchable') as out) q
      where r.id = c.recording_id
     returning r.id as "recordingId", c.alone > 0 as alone, r.deaths, r.shared_deaths as "sharedDeaths", q.out as quarantined`,
    [deadAfterS, maxDeaths],
  )
  return rows
}

/**
 * End attempts that a living worker does not know any more: they ended while the database was away, and nobody could
 * write it down. Nobody is to blame; the recording comes again.
 */
export async function closeLost(queryable: Queryable): Promise<number> {
  const { rowCount } = await queryable.query(
    `update coro.ledger l
        set ended_at = now(), outcome = 'waiting', code = 'ATTEMPT_LOST',
            message = 'how this attempt ended could not be written down: the database was away'
       from coro.worker w
      where w.id = l.worker and l.ended_at is null and l.started_at < w.seen_at - interval '5 seconds'
        and not jsonb_exists(w.doing, l.id::text)`,
  )
  return rowCount ?? 0
}

export interface LivingWorker {
  worker: string
  startedAt: Date
  seenAt: Date
  prepareThreads: number
  embedThreads: number
  rssMb: number | null
}

/** Who works now. */
export async function listWorkers(queryable: Queryable): Promise<LivingWorker[]> {
  const { rows } = await queryable.query<LivingWorker>(
    `select id as worker, started_at as "startedAt", seen_at as "seenAt", prepare_threads as "prepareThreads",
            embed_threads as "embedThreads", rss_mb as "rssMb"
       from coro.worker
      where seen_at > now() - interval '30 seconds' and prepare_threads + embed_threads > 0 order by started_at, id`,
  )
  return rows
}
