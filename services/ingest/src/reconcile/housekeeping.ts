import { sweepDeleted, unsweptMarks } from '@coro/shared/database/deletions'
import { forgetOldEntries } from '@coro/shared/database/ledger'
import { forgetOldWorkers } from '@coro/shared/database/workers'
import type { Platform } from '@coro/shared/process/platform'
import { clipPrefix } from '@coro/shared/storage/prepared-keys'

const hourMs = 3_600_000
/** Longer than any recording takes to be prepared. */
const stagingAgeMs = 24 * hourMs

/** Searches pass over marked segments one by one until they are swept. */
const markAgeMs = 24 * hourMs

/** Delete for good what has been marked as deleted for a day (coro index sweep does it at once). */
export async function sweepOldMarks({ database, log }: Pick<Platform, 'database' | 'log'>): Promise<void> {
  const { oldest } = await unsweptMarks(database.pool)
  if (oldest === null || Date.now() - oldest.getTime() < markAgeMs) return
  log.info({ ...(await sweepDeleted(database)) }, 'swept what was marked as deleted')
}

/** Remove what processes that ended in the middle have left behind: half-written files, and searchers' clips. */
export async function keepHouse({ store }: Pick<Platform, 'store'>): Promise<void> {
  await store.cleanStaging(stagingAgeMs)
  for await (const page of store.list({ prefix: clipPrefix })) {
    for (const { key, modifiedAt } of page) {
      if (Date.now() - modifiedAt.getTime() > hourMs) await store.delete(key)
    }
  }
}

/** Delete ledger entries beyond their age (CORO_LEDGER_DAYS), and workers that have long gone. */
export async function forgetHistory({ database, config, log }: Platform): Promise<void> {
  const entries = await forgetOldEntries(database.pool, config.jobs.ledgerDays)
  if (entries > 0) log.info({ entries, olderThanDays: config.jobs.ledgerDays }, 'forgot old ledger entries')
  await forgetOldWorkers(database.pool)
}

/** Whether an hour has gone by since it last was time; the first time is at the start. */
export const createHourly = (): (() => boolean) => createEvery(hourMs)

/** Whether it is time again; the first time is at the start. */
export function createEvery(intervalMs: number): () => boolean {
  let last = -Infinity
  return () => {
    const now = performance.now()
    if (now - last < intervalMs) return false
    last = now
    return true
  }
}
