import type { Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'

export type Stage = 'prepare' | 'embed'
export type Outcome = 'done' | 'quarantined' | 'duplicate' | 'failed' | 'waiting' | 'died' | 'superseded' | 'moved'

/**
 * Open a ledger row as an attempt begins, and close those of earlier attempts at the same work (`work` tells the
 * batches of a stage apart) that never ended: their worker died. Resolves to the row's id and how many died. The
 * attempt number counts this recording's earlier rows of the stage. One statement, since every job does it.
 */
export async function openAttempt(
  queryable: Queryable,
  recordingId: number,
  stage: Stage,
  worker: string,
  work: Record<string, unknown> = {},
  details: Record<string, unknown> = {},
): Promise<{ ledgerId: number; died: number }> {
  const { rows } = await queryable.query<{ ledgerId: number; died: number }>(
    `${kept}with dead as (
       update coro.ledger set ended_at = now(), outcome = 'died', code = 'WORKER_DIED',
              message = 'the worker ended in the middle of this attempt'
        where recording_id = $1 and stage = $2 and ended_at is null and details @> $4::jsonb
       returning 1)
     insert into coro.ledger (recording_id, stage, attempt, worker, details)
     select $1, $2, 1 + count(*), $3, $4::jsonb || $5::jsonb from coro.ledger where recording_id = $1 and stage = $2
     returning id as "ledgerId", (select count(*) from dead) as died`,
    [recordingId, stage, worker, JSON.stringify(work), JSON.stringify(details)],
  )
  return rows[0] as { ledgerId: number; died: number }
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

/** Everything that was tried on a recording, in order. */
export async function ledgerOf(queryable: Queryable, recordingId: number): Promise<LedgerEntry[]> {
  const { rows } = await queryable.query<LedgerEntry>(
    `select stage, attempt, worker, started_at as "startedAt", ended_at as "endedAt", outcome, code, message, details
       from coro.ledger where recording_id = $1 order by id`,
    [recordingId],
  )
  return rows
}
