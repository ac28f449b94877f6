import {
  adoptImported,
  insertRecording,
  insertRecordings,
  knownObjects,
  replaceVersion,
  supersede,
  type FoundObject,
} from '@coro/shared/database/recordings'
import { inTransaction, type Database } from '@coro/shared/database/open'
import type { SourceRow } from '@coro/shared/database/sources'
import type { ObjectInfo, ReadableStorage } from '@coro/shared/storage/store'
import { looksLikeAudio } from '@coro/shared/storage/audio-keys'
import type { PlaceFinder } from './place-of-key.js'
import type { Settling } from './settling.js'

export interface SweepResult {
  source: string
  objects: number
  found: number
  changed: number
  /** Files that are still being written. */
  unsettled: number
  passedOver: number
}

export interface SweepParts {
  database: Database
  source: SourceRow
  storage: ReadableStorage
  placeOf: PlaceFinder
  settling: Settling
  /** Called with the rows that are new or changed, after they are committed: the row first, the job after. */
  onRecordings: (ids: number[]) => Promise<void>
  signal: AbortSignal
}

/**
 * List a whole source and bring the database up to it, a page at a time. Events are hints, this is the truth.
 * Throws what the storage throws; pages committed before stay.
 */
export async function sweep(parts: SweepParts): Promise<SweepResult> {
  const result: SweepResult = {
    source: parts.source.url,
    objects: 0,
    found: 0,
    changed: 0,
    unsettled: 0,
    passedOver: 0,
  }
  for await (const page of parts.storage.list({ signal: parts.signal })) {
    const audio = page.filter(({ key }) => looksLikeAudio(key))
    result.objects += audio.length
    result.passedOver += page.length - audio.length
    await takePage(parts, audio, result)
  }
  return result
}

async function takePage(parts: SweepParts, page: ObjectInfo[], result: SweepResult): Promise<void> {
  const { database, source, settling } = parts
  const known = await knownObjects(
    database.pool,
    source.id,
    page.map(({ key }) => key),
  )
  const ids: number[] = []
  const found: FoundObject[] = []
  for (const object of page) {
    const before = known.get(object.key)
    if (before?.version === object.version) continue
    if (!settling.settled(object, Date.now())) {
      result.unsettled++
      continue
    }
    const place = await parts.placeOf(object.key)
    if (!before) {
      found.push({ object, place })
      continue
    }
    if (before.state === 'imported') {
      const id = await inTransaction(database, (tx) => adoptImported(tx, before.id, source.id, { object, place }))
      if (id === null) continue
      result.found++
      ids.push(id)
      continue
    }
    const id = await takeChanged(parts, { object, place }, before.id)
    if (id === null) continue
    result.changed++
    ids.push(id)
  }
  // Most pages hold new objects only: one statement for them all.
  const inserted = found.length > 0 ? await insertRecordings(database.pool, source.id, found) : []
  result.found += inserted.length
  ids.push(...inserted)
  if (ids.length > 0) await parts.onRecordings(ids)
}

/** Write one changed object; resolves to its row, or null where another watcher was faster. */
async function takeChanged(
  { database, source }: SweepParts,
  { object, place }: FoundObject,
  before: number,
): Promise<number | null> {
  return inTransaction(database, async (tx) => {
    if (await replaceVersion(tx, before, object)) return before
    await supersede(tx, before)
    return insertRecording(tx, source.id, object, place)
  })
}
