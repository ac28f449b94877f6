import type { Queryable } from './open.js'

/** Is anything still to be done? */
export async function unfinished(queryable: Queryable): Promise<number> {
  const { rows } = await queryable.query<{ n: number }>(
    `select count(*) as n from coro.recording where state in ('discovered', 'preparing', 'embedding', 'failed')`,
  )
  return rows[0]?.n ?? 0
}

/** A prepared file has gone from the store: the recording is prepared again; segments and vectors stay. */
export async function prepareAgain(queryable: Queryable, recordingId: number): Promise<void> {
  await queryable.query(
    `update coro.recording set state = 'discovered', segment_count = null, changed_at = now()
      where id = $1 and state in ('embedding', 'searchable', 'failed')`,
    [recordingId],
  )
}
