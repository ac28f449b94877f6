import { setTimeout as sleep } from 'node:timers/promises'
import { closeFinished } from '@coro/shared/database/background'
import { backlogSize } from '@coro/shared/database/dispatch'
import { inTransaction } from '@coro/shared/database/open'
import { activateFilled } from '@coro/shared/database/spaces'
import { bury } from '@coro/shared/process/attempt'
import type { Platform } from '@coro/shared/process/platform'
import { raiseAlerts } from '@coro/shared/alerts/raise-alerts'
import { startDispatcher } from '../dispatch/dispatcher.js'
import { expirePrepared } from './expire-prepared.js'
import { createEvery, createHourly, forgetHistory, keepHouse, sweepOldMarks } from './housekeeping.js'
import { keepIndexes } from './keep-indexes.js'
import { startRecallSampler } from './sample-recall.js'

export interface Reconciliation {
  /** Embedded: recordings that are to be prepared, and accounts that are open; counted up to 1,000. */
  prepare: number
  embed: number
  closed: number
}

/** How many of the recordings that are being embedded one pass looks at; the next one goes on behind them. */
const perPass = 20_000
/** No job is put back for longer: holds grow to a minute (queues/backoff.ts). */
const longestWaitMs = 120_000
/** From where on a count of the backlog makes no difference. */
const manyOpen = 1000
/** How often it is looked for what alerts tell: among a million recordings of 200 recorders that takes seconds. */
const alertIntervalMs = 5 * 60_000

/** Where the next pass goes on. */
interface Place {
  after: number
}

/**
 * Close what is finished but does not say so, end what dead workers had in hand, and let a space that is full take over.
 * What is missing and not in flight is the dispatcher's: it fills the queues from the database, whatever they lost.
 */
export async function reconcile(platform: Platform, place: Place = { after: 0 }): Promise<Reconciliation> {
  const { database, queues, log } = platform
  await bury(platform)
  const recalled = await queues.recallAstray(Date.now() + longestWaitMs)
  if (recalled > 0) log.warn({ jobs: recalled }, 'jobs that a wrong clock had put off were recalled')
  const { closed, next } = await closeFinished(database.pool, { after: place.after, limit: perPass })
  place.after = next ?? 0
  const activated = await inTransaction(database, activateFilled)
  if (activated !== null) log.info({ space: activated }, 'filled: searches use it from now on')
  // Only an embedded system goes by it (keepIndexes).
  const open = database.kind === 'pglite' ? await backlogSize(database.pool, manyOpen) : { prepare: 0, embed: 0 }
  return { ...open, closed }
}

/** Reconcile now, and again after every interval; beside it give out work, and sample the index's recall. */
export async function startReconciler(platform: Platform): Promise<AsyncDisposable> {
  const { config } = platform
  const log = platform.log.child({ part: 'reconcile' })
  const stopping = new AbortController()
  const isTime = createHourly()
  const place: Place = { after: 0 }
  const isTimeToAlert = createEvery(alertIntervalMs)
  const sampler = startRecallSampler(platform)
  const dispatcher = await startDispatcher(platform)
  /** Building an index takes minutes, in which recordings must not wait. */
  let upkeep: Promise<void> | null = null
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const result = await reconcile(platform, place)
        if (result.closed > 0) log.info({ ...result }, 'reconciled')
        upkeep ??= (async () => {
          await keepIndexes({ ...platform, log }, result)
          if (isTimeToAlert()) await raiseAlerts(platform.database, config.alerts, log)
          if (!isTime()) return
          await keepHouse(platform)
          await expirePrepared({ ...platform, log })
          await sweepOldMarks({ ...platform, log })
          await forgetHistory({ ...platform, log })
        })()
          .catch((error: unknown) => {
            if (!stopping.signal.aborted) log.warn({ err: error }, 'upkeep failed')
          })
          .finally(() => {
            upkeep = null
          })
        // The embedded database has one session: there is nothing to do beside it.
        if (platform.database.kind === 'pglite') await upkeep
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'reconciling failed')
      }
      await sleep(config.jobs.reconcileIntervalS * 1000, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await dispatcher[Symbol.asyncDispose]()
      await sampler[Symbol.asyncDispose]()
      await loop
      await upkeep
    },
  }
}
