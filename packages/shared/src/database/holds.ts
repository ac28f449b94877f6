import type { Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'

/** A source whose storage did not answer. */
export interface SourceHold {
  failures: number
  holdS: number
}

/**
 * A source's storage did not answer: leave it alone for a while, growing with each failure after the last hold has ended
 * (several jobs that meet the same outage count once). seconds: how long, by the number of failures from 1.
 */
export async function holdSource(
  queryable: Queryable,
  sourceId: number,
  { code, message, seconds }: { code: string; message: string; seconds: (failures: number) => number },
): Promise<SourceHold> {
  const { rows } = await queryable.query<{ failures: number; leftS: number }>(
    `select hold_failures as failures, extract(epoch from held_until - now())::double precision as "leftS"
       from coro.source where id = $1`,
    [sourceId],
  )
  const before = rows[0] ?? { failures: 0, leftS: null }
  if (before.leftS !== null && before.leftS > 0) return { failures: before.failures, holdS: before.leftS }
  const failures = before.failures + 1
  const holdS = seconds(failures)
  await queryable.query(
    `update coro.source set held_until = now() + make_interval(secs => $2), hold_since = coalesce(hold_since, now()),
            hold_failures = $3, hold_code = $4, hold_message = $5
      where id = $1 and hold_failures = $6`,
    [sourceId, holdS, failures, code, message, before.failures],
  )
  return { failures, holdS }
}

/** A source's storage answered. Costs a look where it did before. */
export async function releaseSource(queryable: Queryable, sourceId: number): Promise<void> {
  await queryable.query(
    `${kept}update coro.source set held_until = null, hold_since = null, hold_failures = 0, hold_code = null, hold_message = null
      where id = $1 and hold_failures > 0`,
    [sourceId],
  )
}

export interface StageHold {
  stage: string
  worker: string
  since: Date
  until: Date
  failures: number
  code: string
  message: string
}

/** Stages that hold somewhere. A worker that has gone since is not believed for ever. */
export async function listStageHolds(queryable: Queryable): Promise<StageHold[]> {
  const { rows } = await queryable.query<StageHold>(
    `select stage, worker, since, until_at as until, failures, code, message from coro.stage_hold
      where until_at > now() - interval '2 minutes' order by stage, since`,
  )
  return rows
}

/** Write down that a stage holds in a worker, or (null) that it goes on. */
export async function noteStageHold(
  queryable: Queryable,
  stage: string,
  worker: string,
  held: { failures: number; code: string; message: string; untilMs: number } | null,
): Promise<void> {
  if (held === null) {
    await queryable.query('delete from coro.stage_hold where stage = $1 and worker = $2', [stage, worker])
    return
  }
  await queryable.query(
    `insert into coro.stage_hold (stage, worker, until_at, failures, code, message) values ($1, $2, $3, $4, $5, $6)
     on conflict (stage, worker) do update
       set until_at = excluded.until_at, failures = excluded.failures, code = excluded.code, message = excluded.message`,
    [stage, worker, new Date(held.untilMs), held.failures, held.code, held.message],
  )
}
