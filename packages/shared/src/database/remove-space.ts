import { CoroError } from '../errors.js'
import { inTransaction, type Database, type Queryable } from './open.js'
import { noteSpaceChange } from './space-changes.js'
import { listSpaces, type Space } from './spaces.js'
import { noteWindows } from './import/note-windows.js'

/** What goes with a space. */
export interface SpaceContent {
  vectors: number
  /** Samples that were drawn from it, with their judgements. */
  samples: number
}

export interface SpaceRemoved extends SpaceContent {
  /** Recordings that were known from these embeddings alone, without labels. */
  recordings: number
  /** Imported windows that no space has an embedding of any more. */
  windows: number
}

/** A space by name that may be removed. Throws SPACE_UNKNOWN; SPACE_IN_USE for one that searches or embedding use. */
export async function removableSpace(queryable: Queryable, name: string): Promise<Space> {
  const space = (await listSpaces(queryable)).find((space) => space.name === name)
  if (!space) throw new CoroError('SPACE_UNKNOWN', `There is no embedding space ${name}.`, { disposition: 'reject' })
  const uses = space.active
    ? 'is the active one, which searches use'
    : space.wanted || space.activeWanted
      ? 'is kept filled'
      : null
  if (uses === null) return space
  throw new CoroError('SPACE_IN_USE', `The space ${name} ${uses}: it cannot be removed.`, { disposition: 'reject' })
}

/** How much would go with a space. */
export async function spaceContent(queryable: Queryable, { id }: Space): Promise<SpaceContent> {
  const { rows } = await queryable.query<SpaceContent>(
    `select (select count(*) from coro.embedding_${id}) as vectors,
            (select count(*) from coro.sample where space_id = $1) as samples`,
    [id],
  )
  return rows[0] as SpaceContent
}

/** Rows per statement of what is cleared up afterwards. */
const batch = 2000

/**
 * Remove a space: its vectors, what recordings owed it, and the samples that were drawn from it, at once; then the imported
 * windows and recordings that nothing else holds (no other space, no label). Interrupted in between, those stay: they are
 * found by no search. Throws what removableSpace throws; SPACE_IN_USE also where an object that somebody made depends on the
 * table of its vectors, or something reads it for longer than 10 s.
 */
export async function removeSpace(database: Database, name: string): Promise<SpaceRemoved> {
  const { space, content, windows } = await inTransaction(database, async (tx) => {
    // As ensureSpaces and beginImport: none of them is to use it meanwhile.
    await tx.query('select pg_advisory_xact_lock(1397769029)')
    const space = await removableSpace(tx, name)
    const content = await spaceContent(tx, space)
    const { rows: windows } = await tx.query<{ id: number }>(
      `select s.id from coro.embedding_${space.id} e join coro.segment s on s.id = e.segment_id
         join coro.recording r on r.id = s.recording_id
        where s.index is null or r.state = 'imported' order by s.id`,
    )
    await tx.query('delete from coro.sample where space_id = $1', [space.id])
    await tx.query('delete from coro.silent_segment where space_id = $1', [space.id])
    await tx.query('delete from coro.recording_space where space_id = $1', [space.id])
    // The table refers to coro.segment, which is locked for the moment of the drop: nobody is to queue behind a long query.
    await tx.query(`set local lock_timeout = '10s'`)
    await tx.query(`drop table if exists coro.embedding_${space.id}_bits`)
    await tx.query(`drop table coro.embedding_${space.id}`)
    await tx.query('delete from coro.embedding_space where id = $1', [space.id])
    return { space, content, windows: windows.map(({ id }) => id) }
  }).catch((error: unknown) => {
    throw inUse(error, name)
  })
  noteSpaceChange()
  const others = (await listSpaces(database.pool)).filter(({ id }) => id !== space.id)
  const removed = { ...content, recordings: 0, windows: 0 }
  for (let from = 0; from < windows.length; from += batch) {
    const { recordings, windows: gone } = await clearUp(database, others, windows.slice(from, from + batch))
    removed.recordings += recordings
    removed.windows += gone
  }
  return removed
}

/** Delete those of some imported windows that no other space has, then their recordings that are left with nothing. */
async function clearUp(database: Database, others: Space[], windows: number[]) {
  return inTransaction(database, async (tx) => {
    const held = others.map(({ id }) => `and not exists (select from coro.embedding_${id} e where e.segment_id = s.id)`)
    const { rows } = await tx.query<{ recordingId: number }>(
      `delete from coro.segment s where s.id = any($1::bigint[]) and s.index is null ${held.join(' ')}
       returning recording_id as "recordingId"`,
      [windows],
    )
    const touched = [...new Set(rows.map(({ recordingId }) => recordingId))]
    const { rows: gone } = await tx.query<{ id: number }>(
      `delete from coro.recording r where r.id = any($1::bigint[]) and r.state = 'imported'
          and not exists (select from coro.segment s where s.recording_id = r.id)
          and not exists (select from coro.recording_space a where a.recording_id = r.id)
          and not exists (select from coro.label l where l.recording_id = r.id)
          and not exists (select from coro.recording d where d.duplicate_of = r.id)
       returning r.id`,
      [touched],
    )
    const removed = new Set(gone.map(({ id }) => id))
    const left = touched.filter((id) => !removed.has(id))
    await noteWindows(tx, left)
    await tx.query(
      `update coro.recording r set segment_count = 0, first_segment_id = null, last_segment_id = null, changed_at = now()
        where r.id = any($1::bigint[]) and r.state = 'imported'
          and not exists (select from coro.segment s where s.recording_id = r.id)`,
      [left],
    )
    return { recordings: gone.length, windows: rows.length }
  })
}

/** dependent_objects_still_exist and lock_not_available (PostgreSQL 17, appendix A) as a sentence. */
function inUse(error: unknown, name: string): unknown {
  const { code, detail } = error as { code?: string; detail?: string }
  if (code === '2BP01') {
    const message = `Something else depends on the vectors of ${name}: ${detail ?? 'see the log'}. Drop that first.`
    return new CoroError('SPACE_IN_USE', message, { disposition: 'reject', cause: error })
  }
  if (code !== '55P03') return error
  const message = `${name} is being read, or recordings are being written: try again. Nothing was removed.`
  return new CoroError('SPACE_IN_USE', message, { disposition: 'wait', cause: error })
}
