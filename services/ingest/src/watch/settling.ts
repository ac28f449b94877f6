import type { ObjectInfo } from '@coro/shared/storage/store'

/** Decides when a file has come to rest: one that is still being written must not be read. */
export interface Settling {
  /** Whether an object may be taken now. */
  settled(object: ObjectInfo, now: number): boolean
  /** Forget files that no sweep has seen since: they have gone. */
  forgetUnseen(since: number): void
  /** Keys that wait and may be looked at again now. */
  due(now: number, limit: number): string[]
  /** Forget those of some keys that still could be looked at again: they were, and nothing waits there any more. */
  forgetDue(keys: string[], now: number): void
  /** Milliseconds until the next object that waits may be looked at again, or null where none waits. */
  nextLookMs(now: number): number | null
}

/**
 * A file rests when its size and time have not changed for `settleS`. Its own modification time counts where it lies
 * plausibly in the past, so that old files are taken at first sight; a time in the future (a card written under a
 * wrong clock) is not trusted, and the file is watched instead. Objects of a bucket appear whole and never wait.
 */
export function createSettling(settleS: number, whole: boolean): Settling {
  const settleMs = settleS * 1000
  const waiting = new Map<string, { version: string; since: number; due: number; lastSeen: number }>()
  return {
    settled({ key, version, modifiedAt }, now) {
      if (whole || settleMs === 0) return true
      const before = waiting.get(key)
      const since = before?.version === version ? before.since : now
      const inFuture = modifiedAt.getTime() > now + 1000
      const due = (inFuture ? since : Math.min(now, modifiedAt.getTime())) + settleMs
      if (now >= due) {
        waiting.delete(key)
        return true
      }
      waiting.set(key, { version, since, due, lastSeen: now })
      return false
    },
    forgetUnseen(since) {
      for (const [key, { lastSeen }] of waiting) if (lastSeen < since) waiting.delete(key)
    },
    due(now, limit) {
      const keys: string[] = []
      for (const [key, { due }] of waiting) {
        if (keys.length === limit) break
        if (due <= now) keys.push(key)
      }
      return keys
    },
    forgetDue(keys, now) {
      for (const key of keys) if ((waiting.get(key)?.due ?? Infinity) <= now) waiting.delete(key)
    },
    nextLookMs(now) {
      let soonest: number | null = null
      for (const { due } of waiting.values()) {
        const wait = Math.max(250, due - now)
        soonest = soonest === null ? wait : Math.min(soonest, wait)
      }
      return soonest
    },
  }
}
