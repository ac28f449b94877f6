import { takeUpDuplicates } from './content.js'
import { noteWindows } from './import/note-windows.js'
import { inTransaction, type Database, type Queryable } from './open.js'

/**
 * Of recordings that were just cancelled, those whose bytes others repeat give way to them: nobody cancelled these, and only
 * they still hold the sound. One of them becomes the original. Their own segments go, or the sound would be there twice
 * when they come back. Resolves to how many gave way. Runs inside the caller's transaction.
 */
export async function giveWayToDuplicates(tx: Queryable, cancelled: number[]): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `delete from coro.content where recording_id = any($1::bigint[])
        and recording_id in (select duplicate_of from coro.recording where state = 'duplicate')
     returning recording_id as id`,
    [cancelled],
  )
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return 0
  await dropSegments(tx, ids)
  for (const id of ids) await takeUpDuplicates(tx, id)
  return ids.length
}

/**
 * A recording that repeats the bytes of one that is cancelled becomes the original in its place. Resolves to false where
 * `owner` is not cancelled.
 */
export async function takeFromCancelled(database: Database, id: number, owner: number): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const locked = await tx.query(
      `select from coro.recording where id = $1 and state = 'cancelled' for no key update`,
      [owner],
    )
    if (!locked.rowCount) return false
    await tx.query(
      `update coro.content c set recording_id = $1 from coro.recording r
        where r.id = $1 and c.sha256 = r.sha256 and c.recording_id = $2`,
      [id, owner],
    )
    await dropSegments(tx, [owner])
    return true
  })
}

/** Take away what recordings were cut into, with its vectors; windows of imported embeddings stay. */
async function dropSegments(tx: Queryable, ids: number[]): Promise<void> {
  await tx.query('delete from coro.segment where recording_id = any($1::bigint[]) and index is not null', [ids])
  await tx.query(
    `delete from coro.recording_space a using coro.embedding_space p
      where a.recording_id = any($1::bigint[]) and p.id = a.space_id and not p.imported`,
    [ids],
  )
  await tx.query(
    `update coro.recording set segment_count = null, first_segment_id = null, last_segment_id = null, channel = null
      where id = any($1::bigint[])`,
    [ids],
  )
  await noteWindows(tx, ids)
}
