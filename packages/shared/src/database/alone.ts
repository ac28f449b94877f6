import type { Queryable } from './open.js'

/**
 * How often in a row a recording's object failed while others of its source could be read; what a person did, or any other
 * end of an attempt, begins anew.
 */
export async function failuresAlone(queryable: Queryable, recordingId: number): Promise<number> {
  const { rows } = await queryable.query<{ n: number }>(
    `with ended as (
       select id, coalesce(outcome = 'waiting' and (details ->> 'alone')::boolean, false) as alone
         from coro.ledger where recording_id = $1 and ended_at is not null)
     select count(*) as n from ended
      where alone and id > coalesce((select max(id) from ended where not alone), 0)`,
    [recordingId],
  )
  return rows[0]?.n ?? 0
}

/** The key of another recording of a source that could be read once; null where there is none. */
export async function readableNeighbour(
  queryable: Queryable,
  sourceId: number,
  recordingId: number,
): Promise<string | null> {
  const { rows } = await queryable.query<{ key: string }>(
    `select key from coro.recording
      where source_id = $1 and id <> $2 and state = 'searchable' and missing_since is null order by id desc limit 1`,
    [sourceId, recordingId],
  )
  return rows[0]?.key ?? null
}
