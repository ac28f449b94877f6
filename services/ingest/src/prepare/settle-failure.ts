import { failuresAlone, readableNeighbour } from '@coro/shared/database/alone'
import { releaseContent } from '@coro/shared/database/content'
import { holdSource } from '@coro/shared/database/holds'
import { endAttempt } from '@coro/shared/database/ledger'
import { countAttempt, moveState, postpone, type RecordingWork } from '@coro/shared/database/recording-work'
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
  platform: Platform,
  work: RecordingWork,
  ledgerId: number,
  error: unknown,
  { log: jobLog }: Pick<JobContext, 'log'>,
): Promise<Settled> {
  const {
    database: { pool },
    config,
    metrics,
    log,
  } = platform
  const reason = errorFacts(error)
  const { code, message, disposition } = reason
  if (code === 'ABORTED') {
    await moveState(pool, work.id, [...toPrepare], 'discovered')
    await endAttempt(pool, ledgerId, 'waiting', reason)
    return { outcome: 'waiting', isOver: false }
  }
  if (error instanceof SourceAway && (await othersAnswer(platform, work))) {
    return settleAlone(platform, work, ledgerId, reason, jobLog)
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

/** Failures in a row of one object, while others of its source can be read, after which it is set aside: some ten minutes. */
const mostAlone = 8

/** Whether the storage that failed for one recording gives out another one: then that one object is at fault. */
async function othersAnswer({ database, storages }: Platform, work: RecordingWork): Promise<boolean> {
  const key = await readableNeighbour(database.pool, work.sourceId, work.id)
  if (key === null) return false
  try {
    const bytes = await storages.open(work.sourceUrl, work.sourceAccess).readRange(key, 0, 1)
    return bytes.length === 1
  } catch {
    return false
  }
}

/** One object that its storage fails at: other recordings go on, this one waits longer each time, and not for ever. */
async function settleAlone(
  { database: { pool }, metrics }: Platform,
  work: RecordingWork,
  ledgerId: number,
  reason: { code: string; message: string },
  log: JobContext['log'],
): Promise<Settled> {
  const { code } = reason
  const failures = 1 + (await failuresAlone(pool, work.id))
  if (failures < mostAlone) {
    await moveState(pool, work.id, [...toPrepare], 'failed', reason)
    await endAttempt(pool, ledgerId, 'waiting', { ...reason, details: { alone: true } })
    await postpone(pool, work.id, backoffS(code, failures))
    metrics.retries.inc({ stage: 'prepare', code })
    return { outcome: 'waiting', isOver: true }
  }
  const message = `${reason.message} (${failures} times in a row, while others of its source could be read)`
  await moveState(pool, work.id, [...toPrepare], 'quarantined', { code, message })
  await endAttempt(pool, ledgerId, 'quarantined', { code, message })
  await releaseContent(pool, work.id)
  log.warn({ recordingId: work.id, key: work.key, code, reason: message }, 'quarantined')
  return { outcome: 'quarantined', isOver: true }
}
