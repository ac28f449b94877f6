import { goneReason } from '../deletions.js'
import { inTransaction, type Database, type Queryable } from '../open.js'
import { noteWatched } from './note-watched.js'
import { takeOver } from './take-over.js'

export interface Completed {
  /** Recordings listed, in all parts. */
  objects: number
  /** Files that are no recordings by their names, or hidden, in all parts. */
  passedOver: number
  deleted: number
  moved: number
  /** Gone by all appearances, and left as they are: too many at once to believe it. */
  held: number
  /** Recordings that have work to do again: duplicates of what has gone. */
  toDo: number[]
}

/** So many, and more than half of what is known: a disk that is not mounted looks like this. */
const suspicious = 20

const batch = 500

/**
 * End a sweep whose parts are all listed to their end: what it missed is gone. A recording whose bytes lie under another
 * key (a duplicate) has moved there; others become `deleted`. Where more than half of a source has gone at once, nothing
 * is touched unless `confirmed`. Resolves to null where another watcher ended it, or parts are open. Ended in the middle,
 * it is repeated.
 */
export async function completeSweep(
  database: Database,
  sourceId: number,
  sweep: number,
  { worker, confirmed }: { worker: string; confirmed: boolean },
): Promise<Completed | null> {
  const { pool } = database
  const { rows } = await pool.query<{ objects: number; passedOver: number; missed: number }>(
    `select coalesce(sum(p.objects), 0)::bigint as objects, coalesce(sum(p.passed_over), 0)::bigint as "passedOver",
            (select count(*) from coro.recording r where r.source_id = $1 and r.missing_sweep = $2
                and r.state not in ('deleted', 'superseded')) as missed
       from coro.source s join coro.sweep_part p on p.source_id = s.id
      where s.id = $1 and s.sweep_number = $2 and s.sweep_started_at is not null group by s.id having bool_and(p.done)`,
    [sourceId, sweep],
  )
  const counted = rows[0]
  if (!counted) return null
  const { objects, passedOver, missed } = counted
  const completed: Completed = { objects, passedOver, deleted: 0, moved: 0, held: 0, toDo: [] }
  if (!confirmed && missed >= suspicious && missed * 2 > (await countKnown(pool, sourceId))) completed.held = missed
  else if (missed > 0) await settleMissed(database, sourceId, sweep, worker, completed)
  const isEnder = await endSweep(database, sourceId, sweep)
  return isEnder || completed.deleted + completed.moved > 0 ? completed : null
}

async function countKnown(queryable: Queryable, sourceId: number): Promise<number> {
  const { rows } = await queryable.query<{ n: number }>(
    `select count(*) as n from coro.recording
      where source_id = $1 and state not in ('deleted', 'superseded', 'imported')`,
    [sourceId],
  )
  return rows[0]?.n ?? 0
}

async function endSweep(database: Database, sourceId: number, sweep: number): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { rowCount } = await tx.query(
      'update coro.source set sweep_started_at = null where id = $1 and sweep_number = $2 and sweep_started_at is not null',
      [sourceId, sweep],
    )
    if (rowCount) {
      await tx.query('delete from coro.sweep_part where source_id = $1', [sourceId])
      await tx.query('delete from coro.sweep_obstacle where source_id = $1 and sweep < $2', [sourceId, sweep])
    }
    return rowCount === 1
  })
}

async function settleMissed(
  database: Database,
  sourceId: number,
  sweep: number,
  worker: string,
  completed: Completed,
): Promise<void> {
  const { rows: moved } = await database.pool.query<{ keeper: number; yielding: number }>(
    `select distinct on (r.id) r.id as keeper, d.id as yielding
       from coro.recording r join coro.recording d on d.duplicate_of = r.id and d.state = 'duplicate' and d.missing_since is null
      where r.source_id = $1 and r.missing_sweep = $2 and r.segment_count is not null
        and r.state in ('embedding', 'searchable', 'failed')
      order by r.id, (d.source_id <> $1), d.id`,
    [sourceId, sweep],
  )
  for (const { keeper, yielding } of moved) {
    if (await inTransaction(database, (tx) => takeOver(tx, keeper, yielding, worker))) completed.moved++
  }
  for (;;) {
    const { deleted, toDo } = await inTransaction(database, (tx) => deleteBatch(tx, sourceId, sweep, worker))
    completed.deleted += deleted
    completed.toDo.push(...toDo)
    if (deleted === 0) return
  }
}

/**
 * Recordings keep their claim on their content where they have segments, so that the same bytes are known again wherever
 * they come in next; without segments they give it up.
 */
async function deleteBatch(
  tx: Queryable,
  sourceId: number,
  sweep: number,
  worker: string,
): Promise<{ deleted: number; toDo: number[] }> {
  const { rows } = await tx.query<{ id: number }>(
    `with gone as (
       select id from coro.recording
        where source_id = $1 and missing_sweep = $2 and state not in ('deleted', 'superseded')
        order by id limit ${batch} for no key update)
     update coro.recording r
        set state = 'deleted', reason_code = 'OBJECT_GONE', reason_message = 'its object is not in its source any more',
            duplicate_of = null, changed_at = now()
       from gone where r.id = gone.id returning r.id`,
    [sourceId, sweep],
  )
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return { deleted: 0, toDo: [] }
  await tx.query(
    `insert into coro.deleted_segment (segment_id, reason)
     select id, '${goneReason}' from coro.segment where recording_id = any($1::bigint[]) on conflict (segment_id) do nothing`,
    [ids],
  )
  await tx.query(
    `delete from coro.content c using coro.recording r
      where c.recording_id = any($1::bigint[]) and r.id = c.recording_id and r.segment_count is null`,
    [ids],
  )
  const { rows: taken } = await tx.query<{ id: number }>(
    `update coro.recording
        set state = 'discovered', duplicate_of = null, reason_code = null, reason_message = null, changed_at = now()
      where duplicate_of = any($1::bigint[]) and state = 'duplicate' returning id`,
    [ids],
  )
  await noteWatched(tx, ids, 'deleted', worker)
  return { deleted: ids.length, toDo: taken.map(({ id }) => id) }
}
