import { setTimeout as sleep } from 'node:timers/promises'
import { claimsOf, settleInZone } from '@coro/audio/metadata/settle-in-zone'
import type { Start } from '@coro/shared/database/corrected-start'
import { inTransaction, type Database, type Queryable } from '@coro/shared/database/open'
import type { Place } from '@coro/shared/database/recordings'
import { retimeThese } from '@coro/shared/database/retime'
import { recorderIdOf, type SourceRow } from '@coro/shared/database/sources'
import {
  advancePlacing,
  lockToPlace,
  placingPage,
  savePlacements,
  type Placement,
  type Replaced,
} from '@coro/shared/database/watching/placing'
import { conflictsAt } from '../prepare/conflicts-at.js'
import type { PlaceFinder } from './place-of-key.js'

export interface PlaceParts {
  database: Database
  source: SourceRow
  placeOf: PlaceFinder
  /** Who did it, in the ledger. */
  worker: string
  /** So long other watchers may go on finding recordings by the declaration before, seconds; they are placed again too. */
  othersFollowS: number
  signal: AbortSignal
}

/** Recordings of one transaction: other work goes on between them. PGlite has one session for everything. */
const perPage = { postgres: 1000, pglite: 200 }

/**
 * Bring the known recordings of a source to what its declaration says now: deployment, site and recorder by their keys, and
 * the starts of clocks that are read in their place's time zone; corrections of clocks (coro retime) stay on top. No sound
 * is prepared or embedded again. How far it came is written with each page: cut off, it goes on there. Resolves to how
 * many recordings changed.
 */
export async function placeAgain(parts: PlaceParts, pageSize?: number): Promise<number> {
  const { database, source, signal } = parts
  const limit = pageSize ?? perPage[database.kind]
  let changed = 0
  while (!signal.aborted) {
    const began = performance.now()
    const page = await placingPage(database.pool, source, limit)
    if (page === null) return changed
    const { after, recordings, declaredAgoS } = page
    if (recordings.length === 0 && declaredAgoS < parts.othersFollowS) {
      await sleep(1000, undefined, { signal }).catch(() => undefined)
      continue
    }
    const places: Parameters<typeof lockToPlace>[2] = []
    for (const { id, key } of recordings) places.push({ id, key, place: await parts.placeOf(key) })
    const to = recordings.at(-1)?.id ?? null
    changed += await inTransaction(database, async (tx) => {
      if (!(await advancePlacing(tx, source, after, to))) return 0
      return places.length === 0 ? 0 : placePage(tx, parts, places)
    })
    // As long as it took: what came in today does not wait for it.
    await sleep(performance.now() - began, undefined, { signal }).catch(() => undefined)
  }
  return changed
}

async function placePage(
  tx: Queryable,
  { source, worker }: PlaceParts,
  places: Parameters<typeof lockToPlace>[2],
): Promise<number> {
  const recorders = new Map<string, number>()
  const placements: Placement[] = []
  for (const recording of await lockToPlace(tx, source.id, places)) {
    const { serial } = recording
    const place = { ...recording.after }
    // The path's recorder, where it names one; else the header's.
    if (place.recorderId === null && serial !== null) {
      if (!recorders.has(serial)) recorders.set(serial, await recorderIdOf(tx, serial))
      place.recorderId = recorders.get(serial) ?? null
    }
    const placement = placementOf(recording, place)
    if (placement) placements.push(placement)
  }
  await savePlacements(tx, placements, worker)
  const ids = placements.map(({ id }) => id)
  if (ids.length > 0) await retimeThese(tx, ids, settleInZone)
  return ids.length
}

/** What becomes of a recording at its new place; null where that is all the same. */
function placementOf(recording: Replaced, place: Place): Placement | null {
  const { id, before, start } = recording
  const next = recording.isRead ? claimAt(recording) : null
  const isMoved =
    place.deploymentId !== before.deploymentId ||
    place.siteId !== before.siteId ||
    place.recorderId !== before.recorderId
  if (!isMoved && next === null) return null
  const from = { site: recording.site, recorder: recording.recorder }
  const to = { site: recording.nextSite, recorder: recording.nextRecorder ?? recording.serial }
  const isSeen = next !== null || from.site !== to.site || from.recorder !== to.recorder
  return {
    id,
    place,
    start: next,
    conflicts: recording.isRead ? conflictsOf(recording) : null,
    told: isSeen
      ? {
          from: { ...from, ...(next === null ? {} : { startedAt: start?.startedAt ?? null }) },
          to: { ...to, ...(next === null ? {} : { startedAt: next.startedAt }) },
        }
      : null,
  }
}

/** What a recording claims in its place's zone; null where that is what it claims already. */
function claimAt({ claims, timeZone, start }: Replaced): Start | null {
  const next = settleInZone(claims, timeZone)
  if (next === null) return null
  if (start === null) return next
  // A start that came with imported embeddings holds where the file itself says nothing as good.
  if (start.timeSource === 'import' && start.timeConfidence > next.timeConfidence) return null
  const isSame =
    next.startedAt.getTime() === start.startedAt.getTime() &&
    next.utcOffsetMin === start.utcOffsetMin &&
    next.timeSource === start.timeSource &&
    Math.fround(next.timeConfidence) === Math.fround(start.timeConfidence)
  return isSame ? null : next
}

/** As when its header was read, at its new place: what the header contradicts within itself stays. */
function conflictsOf({ claims, conflicts, serial, recorder, nextRecorder, timeZone }: Replaced): unknown[] {
  const known = (Array.isArray(conflicts) ? conflicts : []) as { kind?: unknown; values?: unknown[] }[]
  const within = known.filter(
    ({ kind, values }) => kind === 'recorder' && !(values?.[0] === serial && values?.[1] === recorder),
  )
  const device = serial === null ? {} : { recorderId: serial }
  return [...within, ...conflictsAt({ timeZone, recorder: nextRecorder }, { claims: claimsOf(claims), device })]
}
