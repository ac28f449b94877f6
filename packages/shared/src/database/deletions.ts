import { rebuildIndex } from './index-build.js'
import { inTransaction, type Database, type Queryable } from './open.js'
import { listSpaces, type Space } from './spaces.js'

/** Why segments are marked as deleted whose recording's object has gone: its return takes these marks away. */
export const goneReason = 'gone'

/** Why those of an older version are: they are taken away where the newer one turns out to have the same bytes. */
export const supersededReason = 'superseded'

/** Take segments out of every search, at once; their vectors stay until the next sweep. Resolves to how many are new. */
export async function markSegmentsDeleted(queryable: Queryable, ids: number[], reason: string | null): Promise<number> {
  const { rowCount } = await queryable.query(
    `insert into coro.deleted_segment (segment_id, reason)
     select s.id, $2 from coro.segment s where s.id = any($1::bigint[]) on conflict (segment_id) do nothing`,
    [ids, reason],
  )
  return rowCount ?? 0
}

/** Take all segments of a recording out of every search. */
export async function markRecordingDeleted(queryable: Queryable, recordingId: number, reason: string): Promise<void> {
  await queryable.query(
    `insert into coro.deleted_segment (segment_id, reason)
     select s.id, $2 from coro.segment s where s.recording_id = $1 on conflict (segment_id) do nothing`,
    [recordingId, reason],
  )
}

/** How many marked segments wait for a sweep, and since when the oldest of them does. */
export async function unsweptMarks(queryable: Queryable): Promise<{ count: number; oldest: Date | null }> {
  const { rows } = await queryable.query<{ count: number; oldest: Date | null }>(
    'select count(*) as count, min(deleted_at) as oldest from coro.deleted_segment where not swept',
  )
  return rows[0] ?? { count: 0, oldest: null }
}

export interface Swept {
  /** Marked segments that were swept. */
  segments: number
  /** Vectors that were deleted, in all spaces. */
  vectors: number
  /** Spaces whose index was built again. */
  reindexed: string[]
}

/** Rows per statement: each is a transaction of its own, and other work goes on between them. */
const batch = 5000

/**
 * Delete for good what is marked as deleted: the vectors in every space, and the segments of superseded and deleted recordings; marks of
 * other segments stay, so that nothing brings them back. Then build the indexes of the spaces that lost vectors again,
 * each beside the old one. Ended in the middle, it goes on where it stopped.
 */
export async function sweepDeleted(
  database: Database,
  onProgress: (done: number, total: number, phase: string) => void = () => undefined,
): Promise<Swept> {
  const { pool } = database
  const spaces = await listSpaces(pool)
  const { rows: counted } = await pool.query<{ n: number }>(
    'select count(*) as n from coro.deleted_segment where not swept',
  )
  const total = counted[0]?.n ?? 0
  const swept: Swept = { segments: 0, vectors: 0, reindexed: [] }
  const touched = new Set<Space>()
  for (;;) {
    const { segments, vectors } = await inTransaction(database, (tx) => sweepBatch(tx, spaces, touched))
    if (segments === 0) break
    swept.segments += segments
    swept.vectors += vectors
    onProgress(swept.segments, Math.max(total, swept.segments), 'deleting')
  }
  for (const [n, space] of [...touched].entries()) {
    onProgress(n, touched.size, `index of ${space.name}`)
    if (await rebuildIndex(database, space)) swept.reindexed.push(space.name)
  }
  return swept
}

/** The marks are held: a recording that comes back meanwhile finds all of its segments, or knows that some have gone. */
async function sweepBatch(
  tx: Queryable,
  spaces: Space[],
  touched: Set<Space>,
): Promise<{ segments: number; vectors: number }> {
  const { rows } = await tx.query<{ id: number }>(
    'select segment_id as id from coro.deleted_segment where not swept order by segment_id limit $1 for update',
    [batch],
  )
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return { segments: 0, vectors: 0 }
  let vectors = 0
  for (const space of spaces) {
    const deleted = await deleteFrom(
      tx,
      `delete from coro.embedding_${space.id} where segment_id = any($1::bigint[])`,
      ids,
    )
    vectors += deleted
    if (deleted > 0) touched.add(space)
  }
  await tx.query(
    `with removed as (
       delete from coro.segment s using coro.recording r
        where s.id = any($1::bigint[]) and r.id = s.recording_id and r.state in ('superseded', 'deleted')
       returning s.recording_id),
     accounts as (delete from coro.recording_space where recording_id in (select recording_id from removed)),
     -- a deleted recording keeps its bytes: they may come back
     contents as (delete from coro.content c using coro.recording r
                   where c.recording_id in (select recording_id from removed) and r.id = c.recording_id and r.state = 'superseded')
     update coro.recording set segment_count = null, first_segment_id = null, last_segment_id = null
      where id in (select recording_id from removed)`,
    [ids],
  )
  await tx.query('update coro.deleted_segment set swept = true where segment_id = any($1::bigint[])', [ids])
  return { segments: ids.length, vectors }
}

async function deleteFrom(queryable: Queryable, text: string, ids: number[]): Promise<number> {
  return (await queryable.query(text, [ids])).rowCount ?? 0
}
