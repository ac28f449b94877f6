import { backlogBySource, type Waiting } from './dispatch.js'
import type { Queryable } from './open.js'

/** A count is used again for so many times as long as it took: where it takes long, it is a small part of all work ... */
const timesItsCost = 10
/** ... and never for longer than this. */
const longestMs = 30_000

interface Counted {
  waiting: Promise<Waiting[]>
  /** null: it is being counted. */
  until: number | null
}
const counts = new WeakMap<Queryable, Counted>()

/**
 * How many recordings wait for each stage, by source, as it was a while ago: counting a million takes a second or two, and
 * everybody who watches asks every few seconds. Of a small backlog it is new each time; it is never older than 30 s.
 */
export function waitingLately(queryable: Queryable): Promise<Waiting[]> {
  const before = counts.get(queryable)
  if (before && (before.until === null || performance.now() < before.until)) return before.waiting
  const began = performance.now()
  const counted: Counted = { waiting: backlogBySource(queryable), until: null }
  counts.set(queryable, counted)
  counted.waiting.then(
    () => {
      const now = performance.now()
      counted.until = now + Math.min(longestMs, timesItsCost * (now - began))
    },
    () => counts.delete(queryable),
  )
  return counted.waiting
}
