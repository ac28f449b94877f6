import { inTransaction, type Database, type Queryable } from '@coro/shared/database/open'
import {
  adoptImported,
  insertRecording,
  insertRecordings,
  replaceVersion,
  supersede,
  type FoundObject,
} from '@coro/shared/database/recordings'
import type { SourceRow } from '@coro/shared/database/sources'
import { noteWatched } from '@coro/shared/database/watching/note-watched'
import { markFound, markMissing, pageDifference, type Difference } from '@coro/shared/database/watching/page-difference'
import { restore } from '@coro/shared/database/watching/restore'
import { saveObstacles } from '@coro/shared/database/watching/obstacles'
import { rangesBetween, type KeyRange } from '@coro/shared/storage/key-order'
import { isObstacle, tooLongForRow, type PassedOver } from '@coro/shared/storage/passed-over'
import type { ObjectInfo } from '@coro/shared/storage/store'
import { looksLikeAudio } from '@coro/shared/storage/audio-keys'
import type { PlaceFinder } from './place-of-key.js'
import type { Settling } from './settling.js'

/** What it takes to bring the database up to a listing of a source. */
export interface TakeParts {
  database: Database
  source: SourceRow
  placeOf: PlaceFinder
  settling: Settling
  /** Called with the rows that are new, changed or have work to do again, after they are committed: the row first, the job after. */
  onRecordings: (ids: number[]) => Promise<void>
  /** Who did it, in the ledger. */
  worker: string
}

export interface Page {
  objects: ObjectInfo[]
  /** The keys that the page tells everything about. */
  ranges: KeyRange[]
  /** The sweep that it belongs to: its number, and since when it lists. Null for a look at single keys. */
  sweep: { number: number; startedAt: Date } | null
  /** What the listing did not give out, and was not told before. */
  passedOver?: readonly PassedOver[]
  /** What cannot be looked into, of this page and of those around it: nothing is missed there. */
  opaque?: readonly PassedOver[]
  /** So many obstacles are written down; what is more is only counted. */
  obstaclesKept?: number
}

/** What became of a page. */
export interface PageResult {
  objects: number
  found: number
  changed: number
  restored: number
  /** Not there (any more): nothing becomes of them until the sweep is completed. */
  missing: number
  unsettled: number
  /** No recordings by their names, or hidden. */
  passedOver: number
  /** What could not be taken in, whatever it is. */
  obstacles: number
  /** Of these one that the storage fails at, where it should not: a disk or a mount is at fault. */
  unreadable: PassedOver | null
}

/**
 * Bring the database up to a page of a listing. `checkpoint` is written in the same transaction as what is new, so
 * that a sweep that is cut off goes on behind the page, or takes it again: taking a page twice is the same as once.
 */
export async function takePage(
  parts: TakeParts,
  page: Page,
  checkpoint: (tx: Queryable, counts: { objects: number; passedOver: number }) => Promise<void> = async () => {},
): Promise<PageResult> {
  const { database, source, settling } = parts
  const named = page.objects.filter(({ key }) => looksLikeAudio(key))
  const audio = named.filter(({ key }) => tooLongForRow(key) === null)
  const notListed = page.passedOver ?? []
  const hiddenNames = notListed.filter(({ code }) => code === 'HIDDEN').length
  const obstacles = [...notListed.filter(isObstacle), ...named.flatMap(({ key }) => tooLongForRow(key) ?? [])]
  const opaque = (page.opaque ?? []).map(({ key }) => key)
  const objects = new Map(audio.map((object) => [object.key, object]))
  const result: PageResult = {
    objects: audio.length,
    found: 0,
    changed: 0,
    restored: 0,
    missing: 0,
    unsettled: 0,
    passedOver: page.objects.length - named.length + hiddenNames,
    obstacles: obstacles.length,
    unreadable: obstacles.find(({ code }) => code === 'UNREADABLE') ?? null,
  }
  const ranges = page.ranges.flatMap((range) => rangesBetween(range, opaque))
  const differences = await pageDifference(database.pool, source.id, audio, ranges, page.sweep?.startedAt ?? null)
  const ids: number[] = []
  const found: FoundObject[] = []
  const back: number[] = []
  const missing: number[] = []
  for (const difference of differences) {
    const { key, known, wasMissing } = difference
    const object = objects.get(key)
    if (!object) {
      if (known) missing.push(known.id)
      continue
    }
    if (known && wasMissing && known.state !== 'deleted') back.push(known.id)
    if (known && known.version === object.version && known.state !== 'deleted') continue
    if (!settling.settled(object, Date.now())) {
      result.unsettled++
      continue
    }
    if (!known || (known.state === 'deleted' && known.version !== object.version)) {
      found.push({ object, place: await parts.placeOf(key) })
      continue
    }
    ids.push(...(await takeKnown(parts, object, known, result)))
  }
  const toWrite = found.length + back.length + missing.length + obstacles.length
  if (toWrite > 0) await database.requireRoom()
  const write = async (tx: Queryable): Promise<number[]> => {
    if (back.length > 0) await markFound(tx, back)
    if (missing.length > 0) await markMissing(tx, missing, page.sweep?.number ?? null)
    if (page.sweep) {
      await saveObstacles(tx, source.id, page.sweep.number, obstacles.slice(0, page.obstaclesKept))
    }
    // Most pages hold new objects only: one statement for them all.
    const inserted = found.length > 0 ? await insertRecordings(tx, source.id, found) : []
    await checkpoint(tx, { objects: audio.length, passedOver: result.passedOver })
    return inserted
  }
  const inserted = toWrite > 0 ? await inTransaction(database, write) : await write(database.pool)
  result.found += inserted.length
  result.missing += missing.length
  ids.push(...inserted)
  if (ids.length > 0) await parts.onRecordings(ids)
  return result
}

/** Take one object whose key is known with another version, deleted, or from imports alone; resolves to rows with work to do. */
async function takeKnown(
  parts: TakeParts,
  object: ObjectInfo,
  known: NonNullable<Difference['known']>,
  result: PageResult,
): Promise<number[]> {
  const { database, source, worker } = parts
  if (known.state === 'deleted') {
    const state = await inTransaction(database, async (tx) => {
      const now = await restore(tx, known.id)
      if (now !== null) await noteWatched(tx, [known.id], 'restored', worker, { state: now })
      return now
    })
    if (state === null) return []
    result.restored++
    return state === 'searchable' ? [] : [known.id]
  }
  const place = await parts.placeOf(object.key)
  if (known.state === 'imported') {
    const id = await inTransaction(database, (tx) => adoptImported(tx, known.id, source.id, { object, place }))
    if (id === null) return []
    result.found++
    return [id]
  }
  const id = await takeChanged(parts, { object, place }, known.id)
  if (id === null) return []
  result.changed++
  return [id]
}

/** Write one changed object; resolves to its row, or null where another watcher was faster. */
async function takeChanged(
  { database, source }: TakeParts,
  { object, place }: FoundObject,
  before: number,
): Promise<number | null> {
  return inTransaction(database, async (tx) => {
    if (await replaceVersion(tx, before, object)) return before
    await supersede(tx, before)
    return insertRecording(tx, source.id, object, place)
  })
}
