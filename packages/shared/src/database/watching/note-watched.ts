import type { Queryable } from '../open.js'

/** Tell the ledger what became of recordings' objects. */
export async function noteWatched(
  queryable: Queryable,
  ids: number[],
  outcome: 'deleted' | 'restored' | 'moved',
  worker: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  await queryable.query(
    `insert into coro.ledger (recording_id, stage, attempt, worker, ended_at, outcome, details)
     select id, 'watch', 1, $3, now(), $2, $4 from unnest($1::bigint[]) as id`,
    [ids, outcome, worker, JSON.stringify(details)],
  )
}
