import { setTimeout as sleep } from 'node:timers/promises'
import {
  closeFinished,
  openAccounts,
  openMissingAccounts,
  recordingsToPrepare,
  recordingsToPrepareAnew,
} from '@coro/shared/database/backlog'
import { inTransaction } from '@coro/shared/database/open'
import { activateFilled } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'
import { enqueueEmbedding } from '@coro/shared/queues/embed-batches'
import { raiseAlerts } from '@coro/shared/alerts/raise-alerts'
import { expirePrepared } from './expire-prepared.js'
import { createEvery, createHourly, keepHouse, sweepOldMarks } from './housekeeping.js'
import { keepIndexes } from './keep-indexes.js'
import { startRecallSampler } from './sample-recall.js'

export interface Reconciliation {
  prepare: number
  embed: number
  closed: number
}

/** How often it is looked for what alerts tell: among a million recordings of 200 recorders that takes seconds. */
const alertIntervalMs = 5 * 60_000

/** How much one pass enqueues at most: the database is the backlog, the queue only what is at hand. */
const perPass = 2000

/**
 * Compare what should exist with what exists, and enqueue the difference. Work that is waiting or running already is
 * not added again (the queue knows its identity), so an emptied queue loses nothing and doubles nothing.
 */
export async function reconcile(platform: Platform): Promise<Reconciliation> {
  const { database, queues, config, log } = platform
  const options = { priority: 'retry', attempts: config.jobs.maxAttempts } as const
  const closed = await closeFinished(database.pool)
  await openMissingAccounts(database.pool, 10 * perPass)
  const ids = await recordingsToPrepare(database.pool, perPass)
  await queues.prepare.addAll(
    ids.map((recordingId) => ({ recordingId })),
    { ...options, priority: 'new' },
  )
  const anew = await recordingsToPrepareAnew(database.pool, perPass)
  await queues.prepare.addAll(
    anew.map((recordingId) => ({ recordingId })),
    { ...options, priority: 'reembed' },
  )
  const accounts = await openAccounts(database.pool, perPass)
  await enqueueEmbedding(queues, accounts, options)
  const activated = await inTransaction(database, activateFilled)
  if (activated !== null) log.info({ space: activated }, 'filled: searches use it from now on')
  return { prepare: ids.length + anew.length, embed: accounts.length, closed }
}

/** Reconcile now, and again after every interval; and sample the index's recall beside it. */
export async function startReconciler(platform: Platform): Promise<AsyncDisposable> {
  const { config } = platform
  const log = platform.log.child({ part: 'reconcile' })
  const stopping = new AbortController()
  const isTime = createHourly()
  const isTimeToAlert = createEvery(alertIntervalMs)
  const sampler = startRecallSampler(platform)
  /** Building an index takes minutes, in which recordings must not wait. */
  let upkeep: Promise<void> | null = null
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const result = await reconcile(platform)
        if (result.prepare + result.embed + result.closed > 0) log.info({ ...result }, 'reconciled')
        upkeep ??= (async () => {
          await keepIndexes({ ...platform, log }, result)
          if (isTimeToAlert()) await raiseAlerts(platform.database, config.alerts, log)
          if (!isTime()) return
          await keepHouse(platform)
          await expirePrepared({ ...platform, log })
          await sweepOldMarks({ ...platform, log })
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
      await sampler[Symbol.asyncDispose]()
      await loop
      await upkeep
    },
  }
}
