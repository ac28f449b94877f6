import { settleInZone } from '@coro/audio/metadata/settle-in-zone'
import {
  activeCorrections,
  findCorrection,
  insertCorrection,
  lockCorrections,
  markUndone,
  type ClockCorrection,
  type CorrectionDraft,
} from '@coro/shared/database/clock-corrections'
import { inTransaction, type Database } from '@coro/shared/database/open'
import { retimeRecordings, type Retiming } from '@coro/shared/database/retime'
import { CoroError } from '@coro/shared/errors'

export interface Corrected extends Retiming {
  /** Null for a dry run of one that is not there. */
  correctionId: number | null
  /** False where the same correction was in effect already, or nothing was to be done. */
  made: boolean
}

/** Store a correction and apply it, in one transaction. One that is in effect already is not made again. */
export async function makeCorrection(database: Database, draft: CorrectionDraft, dryRun: boolean): Promise<Corrected> {
  return inTransaction(database, async (tx) => {
    await lockCorrections(tx)
    const active = await activeCorrections(tx)
    const preview = await retimeRecordings(tx, draft, [...active, asIfMade(draft)], settleInZone, { write: false })
    const same = active.findLast((correction) => isSame(correction, draft))
    if (same && preview.changed === 0) return { ...preview, replaced: [], correctionId: same.id, made: false }
    if (dryRun) return { ...preview, correctionId: null, made: false }
    const correction = await insertCorrection(tx, draft)
    const done = await retimeRecordings(tx, draft, [...active, correction], settleInZone, { write: true })
    return { ...done, correctionId: correction.id, made: true }
  })
}

/** Take a correction back: its recordings get what the others make of their claims. CORRECTION_UNKNOWN. */
export async function undoCorrection(
  database: Database,
  id: number,
  { by, dryRun }: { by: string | null; dryRun: boolean },
): Promise<Corrected> {
  return inTransaction(database, async (tx) => {
    await lockCorrections(tx)
    const correction = await findCorrection(tx, id)
    if (!correction) {
      throw new CoroError('CORRECTION_UNKNOWN', `There is no correction ${id}; GET /v1/clock-corrections lists them.`, {
        disposition: 'reject',
      })
    }
    const others = (await activeCorrections(tx)).filter((other) => other.id !== id)
    const made = !dryRun && (await markUndone(tx, id, by))
    const done = await retimeRecordings(tx, correction, others, settleInZone, { write: !dryRun })
    return { ...done, replaced: [], correctionId: id, made }
  })
}

const asIfMade = (draft: CorrectionDraft): ClockCorrection => ({
  ...draft,
  id: Number.MAX_SAFE_INTEGER,
  madeAt: new Date(),
  undoneAt: null,
  undoneBy: null,
})

/** The same recordings and the same rule; who made it and why does not matter. */
function isSame(one: CorrectionDraft, other: CorrectionDraft): boolean {
  return JSON.stringify(essence(one)) === JSON.stringify(essence(other))
}

function essence(draft: CorrectionDraft): unknown[] {
  const { sourceId, prefix, siteId, recorderId, fromAt, toAt, offsetS, driftSPerDay, referenceAt, timeZone } = draft
  return [sourceId, prefix, siteId, recorderId, fromAt, toAt, offsetS, driftSPerDay, referenceAt, timeZone]
}
