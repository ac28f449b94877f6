import { beat, forgetWorker } from '../database/workers.js'
import type { Queryable } from '../database/open.js'
import type { Logger } from '../log/logger.js'

/**
 * That this process lives, in the database: so that others can tell a worker that died from one that is busy, and know
 * what it was doing and how much memory it held when it was last seen.
 */
export interface Presence extends AsyncDisposable {
  /** Begin to say so, as one that takes part in a stage with so many threads, or (without) that looks after the others. */
  join(stage?: 'prepare' | 'embed', threads?: number): Promise<void>
  /**
   * Whether this process has spoken with the database without a gap for as long as a worker must not have been seen to
   * count as dead: else it may be the database that was away, and nobody can be blamed.
   */
  canJudge(): boolean
  /** What an attempt is at, for the evidence of a death. null = it has ended. */
  at(ledgerId: number, step: string | null): void
}

/** A worker says that it lives five times in the time that a job's lock lasts: whoever takes its job up knows it is dead. */
export const beatsPerLock = 5

/** How long a worker must not have been seen to count as dead, seconds: less than its jobs stay locked. */
export const deadAfterS = (lockS: number): number => lockS / 2

export function createPresence(id: string, pool: Queryable, { lockS, log }: { lockS: number; log: Logger }): Presence {
  const beatMs = (lockS * 1000) / beatsPerLock
  let steadySince: number | null = null
  let lastSaid = -Infinity
  const doing = new Map<number, string>()
  const threads = { prepare: 0, embed: 0 }
  let timer: NodeJS.Timeout | null = null
  const say = async () => {
    const rssMb = Math.round(process.memoryUsage.rss() / 2 ** 20)
    const { prepare: prepareThreads, embed: embedThreads } = threads
    await beat(pool, { id, prepareThreads, embedThreads, rssMb, doing: Object.fromEntries(doing) })
    const now = performance.now()
    if (steadySince === null || now - lastSaid > 2.5 * beatMs) steadySince = now
    lastSaid = now
  }
  let saying: Promise<void> | null = null
  return {
    async join(stage, count = 0) {
      if (stage) threads[stage] += count
      await say()
      timer ??= setInterval(() => {
        saying ??= say()
          .catch((error: unknown) => log.warn({ err: error }, 'could not say that this worker lives'))
          .finally(() => {
            saying = null
          })
      }, beatMs).unref()
    },
    canJudge() {
      const now = performance.now()
      const heard = steadySince !== null && now - lastSaid <= 2.5 * beatMs
      return heard && now - (steadySince as number) >= 1000 * deadAfterS(lockS) + beatMs
    },
    at(ledgerId, step) {
      if (step === null) doing.delete(ledgerId)
      else doing.set(ledgerId, step)
    },
    async [Symbol.asyncDispose]() {
      if (timer === null) return
      clearInterval(timer)
      await saying
      // A database that is away cannot be told; the others notice by themselves.
      await forgetWorker(pool, id).catch(() => undefined)
    },
  }
}
