import { completeSweep, type Completed } from '@coro/shared/database/watching/complete-sweep'
import {
  beginSweep,
  saveCheckpoint,
  saveParts,
  type OpenPart,
  type OpenSweep,
} from '@coro/shared/database/watching/sweeps'
import { CoroError } from '@coro/shared/errors'
import { compareKeys, keyAfter, rangeOfPrefix, rangesBetween } from '@coro/shared/storage/key-order'
import type { PassedOver } from '@coro/shared/storage/passed-over'
import type { ObjectInfo, ReadableStorage } from '@coro/shared/storage/store'
import { planParts } from './plan-parts.js'
import { takePage, type PageResult, type TakeParts } from './take-page.js'

export interface SweepResult extends Omit<PageResult, 'missing'> {
  source: string
  /** Gone, and confirmed by this sweep. */
  deleted: number
  /** Gone, and taken up under another key with the same bytes. */
  moved: number
  /** Gone by all appearances, and kept: too many at once to believe it. */
  held: number
}

export interface SweepParts extends TakeParts {
  storage: ReadableStorage
  signal: AbortSignal
  /** How many parts are listed at once. */
  parallel: number
  /** Objects that the last sweep listed; null where there was none. */
  lastObjects: number | null
  /** Believe that more than half of a source has gone. */
  confirmDeletions?: boolean
}

/** Of these a person sees what is wrong; a folder of a hundred thousand links to nothing needs no more rows. */
const mostObstacles = 1000

/** A source with fewer objects is listed in one go. */
const smallSource = 5000

/**
 * List a whole source and bring the database up to it, a page at a time. Events are hints, this is the truth. After
 * each page it is written down how far it came: cut off, it goes on there, whoever goes on. Only when all is listed, what
 * was missed is taken for gone. Throws what the storage throws; pages committed before stay.
 */
export async function sweep(parts: SweepParts): Promise<SweepResult> {
  const { database, source } = parts
  const result: SweepResult = {
    source: source.url,
    objects: 0,
    found: 0,
    changed: 0,
    restored: 0,
    deleted: 0,
    moved: 0,
    held: 0,
    unsettled: 0,
    passedOver: 0,
    obstacles: 0,
    unreadable: null,
  }
  const begun = await beginSweep(database, source.id)
  const open = begun.parts ?? (await divide(parts, begun.number))
  await listParts(parts, begun, open, result)
  const completed = await completeSweep(database, source.id, begun.number, {
    worker: parts.worker,
    confirmed: parts.confirmDeletions === true,
  })
  if (completed) await addCompleted(parts, result, completed)
  return result
}

async function addCompleted(parts: SweepParts, result: SweepResult, completed: Completed): Promise<void> {
  result.objects = completed.objects
  result.passedOver = completed.passedOver
  result.deleted = completed.deleted
  result.moved = completed.moved
  result.held = completed.held
  if (completed.toDo.length > 0) await parts.onRecordings(completed.toDo)
}

async function divide({ database, source, storage, lastObjects, signal }: SweepParts, sweep: number) {
  const isSmall = lastObjects !== null && lastObjects < smallSource
  const prefixes = source.deployments.map(({ prefix }) => prefix)
  const plan = isSmall ? [{ prefix: '', flat: false }] : await planParts(storage, prefixes, signal)
  await saveParts(database.pool, source.id, sweep, plan)
  return plan.map((part): OpenPart => ({ ...part, afterKey: '' }))
}

/** List the open parts, some at once. The first error stops the others behind the page that they have in hand. */
async function listParts(parts: SweepParts, sweep: OpenSweep, open: OpenPart[], result: SweepResult): Promise<void> {
  const failed = new AbortController()
  const signal = AbortSignal.any([parts.signal, failed.signal])
  const left = [...open]
  const work = async () => {
    for (let part = left.shift(); part && !signal.aborted; part = left.shift()) {
      try {
        await listPart({ ...parts, signal }, sweep, part, result)
      } catch (error) {
        failed.abort(error)
        throw error
      }
    }
  }
  const workers = Array.from({ length: Math.min(parts.parallel, open.length) }, work)
  const settled = await Promise.allSettled(workers)
  if (failed.signal.aborted) throw failed.signal.reason
  parts.signal.throwIfAborted()
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason
}

async function listPart(parts: SweepParts, sweep: OpenSweep, part: OpenPart, result: SweepResult): Promise<void> {
  const { source, storage, signal } = parts
  const whole = rangeOfPrefix(part.prefix)
  // The next page is listed while this one is taken: what was passed over on the way may belong to either.
  let passed: PassedOver[] = []
  const opaque: PassedOver[] = []
  const onPassedOver = (one: PassedOver) => {
    passed.push(one)
    if (one.isOpaque) opaque.push(one)
  }
  const take = async (objects: ObjectInfo[], ranges: { from: string; to: string }[], done: boolean) => {
    const afterKey = done ? '' : (objects.at(-1)?.key ?? '')
    const passedOver = passed
    passed = []
    const obstaclesKept = Math.max(0, mostObstacles - result.obstacles)
    const page = { objects, ranges, sweep, passedOver, opaque, obstaclesKept }
    const taken = await takePage(parts, page, (tx, counts) =>
      saveCheckpoint(tx, source.id, sweep.number, part, { afterKey, ...counts, done }),
    )
    add(result, taken)
  }
  if (part.flat) {
    const { objects, folders } = await storage.folder(part.prefix, { signal, onPassedOver })
    await take(objects, rangesBetween(whole, folders), true)
    return
  }
  const listed = storage.list({ prefix: part.prefix, after: part.afterKey, signal, onPassedOver })
  const pages = listed[Symbol.asyncIterator]()
  try {
    let from = part.afterKey === '' ? whole.from : keyAfter(part.afterKey)
    let page = await pages.next()
    let next = page.done ? page : await pages.next()
    for (;;) {
      const objects = page.done ? [] : page.value
      requireOrder(source.url, objects, from)
      // Behind the last page nothing is left, up to the part's end. Another is listed while this one is written.
      const isEnd = next.done === true
      const ahead = isEnd ? null : pages.next()
      ahead?.catch(() => undefined)
      const to = isEnd ? whole.to : keyAfter(objects.at(-1)?.key ?? from)
      await take(objects, [{ from, to }], isEnd)
      if (!ahead) return
      from = to
      page = next
      next = await ahead
    }
  } finally {
    await pages.return?.(undefined)
  }
}

/** What is missed is told by what lies between two keys: a storage that lists in another order would lose recordings. */
function requireOrder(url: string, objects: ObjectInfo[], from: string): void {
  let before = from
  for (const { key } of objects) {
    if (compareKeys(key, before) < 0) {
      throw new CoroError('STORAGE_UNORDERED', `${url} does not list its keys in the order of their UTF-8 bytes.`, {
        disposition: 'wait',
      })
    }
    before = key
  }
}

function add(result: SweepResult, page: PageResult): void {
  result.objects += page.objects
  result.found += page.found
  result.changed += page.changed
  result.restored += page.restored
  result.unsettled += page.unsettled
  result.passedOver += page.passedOver
  result.obstacles += page.obstacles
  result.unreadable ??= page.unreadable
}
