import { giveWayToDuplicates } from './give-way.js'
import { noteByPerson } from './ledger.js'
import { inTransaction, type Database, type Queryable } from './open.js'

export interface BacklogChoice {
  sourceId: number | null
  /** Only recordings from before (by about when they were recorded). */
  before: Date | null
}

export interface BacklogPart {
  recordings: number
  bytes: number
  /** About when the oldest and the newest of them were recorded. */
  oldest: Date | null
  newest: Date | null
}

// What is being prepared at this moment is let through: it is nearly done.
const inBacklog = `state in ('discovered', 'failed', 'embedding')`
const isCancelled = `state = 'cancelled'`
const chosen = `($1::bigint is null or source_id = $1) and ($2::timestamptz is null or recorded_about < $2)`

/** What a choice would take out of the backlog, or bring back. */
export async function describePart(
  queryable: Queryable,
  { sourceId, before }: BacklogChoice,
  from: 'backlog' | 'cancelled',
): Promise<BacklogPart> {
  const { rows } = await queryable.query<BacklogPart>(
    `select count(*) as recordings, coalesce(sum(size_bytes), 0)::bigint as bytes, min(recorded_about) as oldest,
            max(recorded_about) as newest
       from coro.recording where ${from === 'backlog' ? inBacklog : isCancelled} and ${chosen}`,
    [sourceId, before],
  )
  return rows[0] ?? { recordings: 0, bytes: 0, oldest: null, newest: null }
}

/** Rows of one transaction: other work goes on between them. */
const batch = 5000

/**
 * Take recordings out of the backlog. They stay as `cancelled` with the reason, lose nothing that they have, and come back
 * with restoreBacklog; where others repeat their bytes, one of these is prepared in their place. Resolves to how many.
 */
export async function cancelBacklog(
  database: Database,
  choice: BacklogChoice,
  { by, reason }: { by: string | null; reason: string | null },
): Promise<number> {
  const message = reason ?? 'taken out of the backlog'
  return inBatches(
    database,
    choice,
    'cancelled',
    { by, message, code: 'CANCELLED' },
    {
      where: inBacklog,
      set: `state = 'cancelled', reason_code = 'CANCELLED', reason_message = $4`,
    },
  )
}

/** Bring cancelled recordings back into the backlog, where each of them stopped. Resolves to how many. */
export async function restoreBacklog(
  database: Database,
  choice: BacklogChoice,
  { by }: { by: string | null },
): Promise<number> {
  return inBatches(
    database,
    choice,
    'restored',
    { by, message: null, code: null },
    {
      where: isCancelled,
      set: `state = case when segment_count is null then 'discovered' else 'embedding' end, reason_code = null,
          reason_message = $4, attempts = 0, deaths = 0, shared_deaths = 0`,
    },
  )
}

async function inBatches(
  database: Database,
  { sourceId, before }: BacklogChoice,
  outcome: 'cancelled' | 'restored',
  note: { by: string | null; message: string | null; code: string | null },
  { where, set }: { where: string; set: string },
): Promise<number> {
  let all = 0
  for (;;) {
    const changed = await inTransaction(database, async (tx) => {
      const { rows } = await tx.query<{ id: number }>(
        `update coro.recording set ${set}, due_at = null, changed_at = now()
          where id in (select id from coro.recording where ${where} and ${chosen} limit $3 for update skip locked)
         returning id`,
        [sourceId, before, batch, note.message],
      )
      await noteByPerson(
        tx,
        rows.map(({ id }) => id),
        outcome,
        note,
      )
      if (outcome === 'cancelled') {
        await giveWayToDuplicates(
          tx,
          rows.map(({ id }) => id),
        )
      }
      return rows.length
    })
    all += changed
    if (changed === 0) return all
  }
}
