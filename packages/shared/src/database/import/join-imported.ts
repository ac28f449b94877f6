import { noteWindows } from './note-windows.js'
import type { Queryable } from '../open.js'

/**
 * Move the imported windows and embeddings of one recording, and its labels, to another that is the same one; a window that
 * this one has already takes the embeddings over, and its place in samples. A recording that was known from its embeddings alone is removed. Ended after any
 * statement, it does the rest when it is repeated.
 */
export async function joinImported(tx: Queryable, from: number, to: number): Promise<void> {
  await tx.query('select from coro.recording where id = any($1::bigint[]) order by id for no key update', [[from, to]])
  const accounts = await tx.query<{ id: number }>(
    `select p.id from coro.recording_space a join coro.embedding_space p on p.id = a.space_id
      where a.recording_id = $1 and p.imported`,
    [from],
  )
  for (const { id } of accounts.rows) {
    await tx.query(
      `insert into coro.embedding_${id} (segment_id, e)
       select mine.id, e.e
         from coro.segment other join coro.embedding_${id} e on e.segment_id = other.id
         join coro.segment mine on mine.recording_id = $2 and mine.start_s = other.start_s and mine.end_s = other.end_s
        where other.recording_id = $1
       on conflict (segment_id) do nothing`,
      [from, to],
    )
  }
  await tx.query(
    `update coro.segment s set recording_id = $2
      where s.recording_id = $1 and s.index is null
        and not exists (select from coro.segment mine
                         where mine.recording_id = $2 and mine.start_s = s.start_s and mine.end_s = s.end_s)`,
    [from, to],
  )
  await tx.query(
    `update coro.sample_segment q set segment_id = mine.id
       from coro.segment other join coro.segment mine
         on mine.recording_id = $2 and mine.start_s = other.start_s and mine.end_s = other.end_s
      where other.recording_id = $1 and other.index is null and q.segment_id = other.id
        and not exists (select from coro.sample_segment b where b.sample_id = q.sample_id and b.segment_id = mine.id)`,
    [from, to],
  )
  await tx.query('delete from coro.segment where recording_id = $1 and index is null', [from])
  for (const { id } of accounts.rows) {
    await recountImported(tx, id, to)
    await tx.query('delete from coro.recording_space where recording_id = $1 and space_id = $2', [from, id])
  }
  await tx.query(
    `update coro.recording r set imported_sha256 = coalesce(r.imported_sha256, o.imported_sha256)
       from coro.recording o where r.id = $2 and o.id = $1`,
    [from, to],
  )
  await tx.query(
    `insert into coro.label (recording_id, start_s, end_s, label, annotator, confidence, origin, created_at)
     select $2, start_s, end_s, label, annotator, confidence, origin, created_at from coro.label where recording_id = $1
     on conflict (recording_id, label, start_s, end_s, annotator) do nothing`,
    [from, to],
  )
  await noteWindows(tx, [to])
  await tx.query(`delete from coro.recording where id = $1 and state = 'imported'`, [from])
}

/** Count again what a recording has in an imported space; all that it has is all that it owes. */
export async function recountImported(tx: Queryable, spaceId: number, recordingId: number): Promise<void> {
  await tx.query(
    `insert into coro.recording_space as a (recording_id, space_id, embedded, done_at)
     select $2, $1, count(*), now()
       from coro.segment s join coro.embedding_${spaceId} e on e.segment_id = s.id where s.recording_id = $2
     on conflict (recording_id, space_id) do update set embedded = excluded.embedded, done_at = coalesce(a.done_at, now())`,
    [spaceId, recordingId],
  )
}
