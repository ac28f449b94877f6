import { openAttempt, type Stage } from '../database/ledger.js'
import { loadWork, type RecordingWork } from '../database/recording-work.js'
import { buryDead, closeLost } from '../database/workers.js'
import type { Platform } from './platform.js'
import { deadAfterS } from './presence.js'

/** An attempt that has been let in: its ledger row is open. Disposing leaves the gate. */
export interface Attempt extends Disposable {
  readonly ledgerId: number
  /** Say what it is at, for the evidence of a death. */
  at: (step: string) => void
}

/** Whether a recording is worked on by itself from now on: a worker died over it, alone or in company. */
const isSuspect = ({ deaths, sharedDeaths }: RecordingWork): boolean => deaths + sharedDeaths > 0

/**
 * What is known of a recording, after attempts of workers that died are counted; null where there is no such recording.
 */
export async function loadAfterDeaths(platform: Platform, recordingId: number): Promise<RecordingWork | null> {
  const { database } = platform
  const work = await loadWork(database.pool, recordingId)
  if (!work?.unended) return work
  await bury(platform)
  return loadWork(database.pool, recordingId)
}

/** End what dead workers had in hand (buryDead), and tell of it. Resolves to how many recordings it was. */
export async function bury({ database, config, log, metrics, presence }: Platform): Promise<number> {
  const { lockS, maxDeaths } = config.jobs
  await closeLost(database.pool)
  if (!config.embedded && !presence.canJudge()) return 0
  const burials = await buryDead(database, { deadAfterS: deadAfterS(lockS), maxDeaths })
  for (const { recordingId, alone, deaths, sharedDeaths, quarantined } of burials) {
    metrics.deaths.inc({ kind: alone ? 'alone' : 'shared' })
    log.warn({ recordingId, alone, deaths, sharedDeaths }, 'its worker died')
    if (quarantined) log.error({ recordingId, deaths }, 'set aside')
  }
  return burials.length
}

/**
 * Begin an attempt: wait until it is let in (a suspect has the process to itself), then open its ledger row. Throws
 * DATABASE_FULL.
 */
export async function beginAttempt(
  { database, gate, presence, worker }: Platform,
  work: RecordingWork,
  stage: Stage,
  { details = {}, signal }: { details?: Record<string, unknown>; signal: AbortSignal },
): Promise<Attempt> {
  await database.requireRoom()
  const alone = isSuspect(work)
  const pass = await gate.enter(alone, signal)
  try {
    const ledgerId = await openAttempt(
      database.pool,
      work.id,
      stage,
      worker,
      alone ? { ...details, solo: true } : details,
    )
    presence.at(ledgerId, 'begun')
    return {
      ledgerId,
      at: (step) => presence.at(ledgerId, step),
      [Symbol.dispose]() {
        presence.at(ledgerId, null)
        pass[Symbol.dispose]()
      },
    }
  } catch (error) {
    pass[Symbol.dispose]()
    throw error
  }
}

/** Whether a person has paused this stage for a recording: its job ends, and the dispatcher brings it again. */
export const isPaused = ({ paused }: RecordingWork, stage: Stage): boolean =>
  paused.includes('*') || paused.includes(stage)
