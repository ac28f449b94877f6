import type { Queryable } from './open.js'

export type Stage = 'prepare' | 'embed'
export type Outcome = 'done' | 'quarantined' | 'duplicate' | 'failed' | 'waiting' | 'died' | 'superseded'

/** Open a ledger row as an attempt begins; its attempt number counts this recording's earlier rows of the stage. */
export async function beginAttempt(
  queryable: Queryable,
  recordingId: number,
  stage: Stage,
  worker: string,
  details: Record<string, unknown> = {},
): Promise<number> {
  const { rows } = await queryable.query<{ id: number }>(
    `insert into coro.ledger (recording_id, stage, attempt, worker, details)
     select $1, $2, 1 + count(*), $3, $4 from coro.ledger where recording_id = $1 and stage = $2
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
    `update coro.ledger
        set ended_at = now(), outcome = $2, code = $3, message = $4, details = details || $5::jsonb
      where id = $1 and ended_at is null`,
    [ledgerId, outcome, options.code ?? null, options.message ?? null, JSON.stringify(options.details ?? {})],
  )
}

/**
 * Close earlier attempts at the same work (`details` tells the batches of a stage apart) that never ended: their
 * worker died. Resolves to how many there were.
 */
export async function closeDeadAttempts(
  queryable: Queryable,
  recordingId: number,
  stage: Stage,
  details: Record<string, unknown> = {},
): Promise<number> {
  const { rowCount } = await queryable.query(
    `update coro.ledger set ended_at = now(), outcome = 'died', code = 'WORKER_DIED',
            message = 'the worker ended in the middle of this attempt'
      where recording_id = $1 and stage = $2 and ended_at is null and details @> $3::jsonb`,
    [recordingId, stage, JSON.stringify(details)],
  )
  return rowCount ?? 0
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
