import type { Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'

export type Stage = 'prepare' | 'embed'
export type Outcome =
  'done' | 'quarantined' | 'duplicate' | 'failed' | 'waiting' | 'died' | 'superseded' | 'moved' | 'same bytes'

/**
 * Open a ledger row as an attempt begins; resolves to its id. The attempt number counts this recording's earlier rows of
 * the stage. Rows that never end are those of workers that died (workers.ts, buryDead).
 */
export async function openAttempt(
  queryable: Queryable,
  recordingId: number,
  stage: Stage,
  worker: string,
  details: Record<string, unknown> = {},
): Promise<number> {
  const { rows } = await queryable.query<{ id: number }>(
    `${kept}insert into coro.ledger (recording_id, stage, attempt, worker, details)
     select $1, $2, 1 + count(*), $3, $4::jsonb from coro.ledger where recording_id = $1 and stage = $2
     returning id`,
    [recordingId, stage, worker, JSON.stringify(details)],
  )
  return rows[0]?.id as number
}

/** Close a ledger row with how the attempt ended. */
export async function endAttempt(
  queryable: Queryable,
  ledgerId: number,
  outcome: Outcome,
  options: { code?: string; message?: string; details?: Record<string, unknown> } = {},
): Promise<void> {
  await queryable.query(
    `${kept}update coro.ledger
        set ended_at = now(), outcome = $2, code = $3, message = $4, details = details || $5::jsonb
      where id = $1 and ended_at is null`,
    [ledgerId, outcome, options.code ?? null, options.message ?? null, JSON.stringify(options.details ?? {})],
  )
}

/** Write down what a person did to recordings: retried, cancelled or restored. */
export async function noteByPerson(
  queryable: Queryable,
  recordingIds: number[],
  outcome: 'retried' | 'cancelled' | 'restored',
  { by, message, code }: { by: string | null; message: string | null; code?: string | null },
): Promise<void> {
  await queryable.query(
    `insert into coro.ledger (recording_id, stage, attempt, worker, ended_at, outcome, code, message)
     select id, 'person', 1 + (select count(*) from coro.ledger l where l.recording_id = id and l.stage = 'person'),
            $2, now(), $3, $4, $5
       from unnest($1::bigint[]) as id`,
    [recordingIds, by ?? 'unknown', outcome, code ?? null, message],
  )
}

/** Write down what a sweep found out about a recording that was known: an outcome such as `superseded`, and a sentence. */
export async function noteByWatcher(
  queryable: Queryable,
  recordingId: number,
  outcome: string,
  message: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  await queryable.query(
    `insert into coro.ledger (recording_id, stage, attempt, worker, ended_at, outcome, message, details)
     select $1, 'watch', 2 + count(*), 'watcher', now(), $2, $3, $4::jsonb
       from coro.ledger where recording_id = $1 and stage = 'watch'`,
    [recordingId, outcome, message, JSON.stringify(details)],
  )
}

interface Walked {
  seen: number
  last: number | null
  deleted: number
}

/**
 * Delete entries that began more than `days` ago, in batches, but for those of recordings that are unfinished or set
 * aside: their story is still to be told. Resolves to how many.
 */
export async function forgetOldEntries(queryable: Queryable, days: number, batch = 5000): Promise<number> {
  let deleted = 0
  for (let after: number | null = 0; after !== null;) {
    const answer: { rows: Walked[] } = await queryable.query<Walked>(
      `with old as materialized (
         select id, recording_id from coro.ledger
          where id > $1 and started_at < now() - make_interval(days => $2) order by id limit $3),
       gone as (
         delete from coro.ledger l using old, coro.recording r
          where l.id = old.id and l.ended_at is not null and r.id = old.recording_id
            and r.state in ('searchable', 'duplicate', 'superseded', 'imported', 'deleted')
         returning 1)
       select (select count(*) from old) as seen, (select max(id) from old) as last, (select count(*) from gone) as deleted`,
      [after, days, batch],
    )
    const walked = answer.rows[0]
    deleted += walked?.deleted ?? 0
    after = walked && walked.seen === batch ? walked.last : null
  }
  return deleted
}

export interface LedgerEntry {
  stage: string
  attempt: number
  worker: string
  startedAt: Date
  endedAt: Date | null
  outcome: string | null
  code: string | null
  message: string | null
  details: Record<string, unknown>
}

/** Everything that was done to a recording, in order: found by the watcher first, as its own row tells. */
export async function ledgerOf(queryable: Queryable, recordingId: number): Promise<LedgerEntry[]> {
  const { rows } = await queryable.query<LedgerEntry>(
    `select stage, attempt, worker, "startedAt", "endedAt", outcome, code, message, details from (
       select 0 as id, 'watch' as stage, 1 as attempt, 'watcher' as worker, discovered_at as "startedAt",
              discovered_at as "endedAt", 'found' as outcome, null as code, null as message,
              jsonb_build_object('bytes', size_bytes, 'version', version) as details
         from coro.recording where id = $1
       union all
       select id, stage, attempt, worker, started_at, ended_at, outcome, code, message, details
         from coro.ledger where recording_id = $1) entries
      order by id`,
    [recordingId],
  )
  return rows
}
