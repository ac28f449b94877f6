import { releaseContent } from '@coro/shared/database/content'
import { holdSource } from '@coro/shared/database/holds'
import { endAttempt } from '@coro/shared/database/ledger'
import { countAttempt, moveState, postpone, type RecordingWork } from '@coro/shared/database/recordings'
import { errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { backoffS, holdS } from '@coro/shared/queues/backoff'
import type { JobContext } from '@coro/shared/queues/consumer'
import { SourceAway } from './fetch-original.js'

/** States in which a recording is being prepared, or waits for it. */
export const toPrepare = ['discovered', 'preparing', 'failed'] as const

export interface Settled {
  outcome: 'quarantined' | 'failed' | 'waiting'
  /** The job ends: the recording is set aside, or the dispatcher brings it again when it is due. */
  isOver: boolean
}

/**
 * Write down how an attempt failed; what is at fault decides whether it counts, and who waits: the source (its storage
 * does not answer), the stage (the store or the database does not: the consumer holds it), or this recording alone.
 */
export async function settleFailure(
  { database: { pool }, config, metrics, log }: Platform,
  work: RecordingWork,
  ledgerId: number,
  error: unknown,
  { log: jobLog }: Pick<JobContext, 'log'>,
): Promise<Settled> {
  const reason = errorFacts(error)
  const { code, message, disposition } = reason
  if (code === 'ABORTED') {
    await moveState(pool, work.id, [...toPrepare], 'discovered')
    await endAttempt(pool, ledgerId, 'waiting', reason)
    return { outcome: 'waiting', isOver: false }
  }
  if (disposition === 'wait') {
    await moveState(pool, work.id, [...toPrepare], 'failed', reason)
    await endAttempt(pool, ledgerId, 'waiting', reason)
    if (error instanceof SourceAway) {
      const hold = await holdSource(pool, work.sourceId, { code, message, seconds: holdS })
      log.warn({ source: work.sourceUrl, code, ...hold }, 'the source is left alone')
      // Another one shows whether the storage is back: it may be this object alone.
      await postpone(pool, work.id, 1.5 * hold.holdS)
      return { outcome: 'waiting', isOver: true }
    }
    if (code !== 'STORAGE_CHANGED') return { outcome: 'waiting', isOver: false }
    await postpone(pool, work.id, backoffS(code, 1))
    return { outcome: 'waiting', isOver: true }
  }
  const attempts = await countAttempt(pool, work.id)
  const ends = disposition === 'reject' || attempts >= config.jobs.maxAttempts
  const outcome = ends ? 'quarantined' : 'failed'
  await moveState(pool, work.id, [...toPrepare], outcome, reason)
  await endAttempt(pool, ledgerId, outcome, reason)
  if (ends) {
    // Another copy of the same bytes may be whole where this one could not be read.
    await releaseContent(pool, work.id)
    jobLog.warn({ recordingId: work.id, key: work.key, code, reason: message }, 'quarantined')
  } else {
    const dueInS = backoffS(code, attempts)
    await postpone(pool, work.id, dueInS)
    metrics.retries.inc({ stage: 'prepare', code })
    jobLog.warn({ recordingId: work.id, key: work.key, code, reason: message, attempts, dueInS }, 'tried again later')
  }
  return { outcome, isOver: true }
}
