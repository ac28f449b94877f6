import { expire, leastUsed, preparedBytes } from '@coro/shared/database/retention'
import type { Platform } from '@coro/shared/process/platform'
import { preparedKey } from '@coro/shared/storage/prepared-keys'

const page = 200

/**
 * Let prepared audio expire that nobody has asked for in so many days, and then what was not asked for the longest until
 * the rest fits (CORO_PREPARED_DAYS, CORO_PREPARED_GB). Only of recordings that owe nothing. The row first, the files
 * after: ended in between, `coro doctor --repair` deletes them. Recordings themselves are never touched.
 */
export async function expirePrepared(platform: Pick<Platform, 'database' | 'store' | 'config' | 'log'>): Promise<void> {
  const { preparedDays, preparedGb } = platform.config.retention
  let count = 0
  if (preparedDays > 0) count += await expireSome(platform, preparedDays, () => true)
  if (preparedGb > 0) {
    let left = (await preparedBytes(platform.database.pool)) - preparedGb * 1e9
    count += await expireSome(platform, null, (bytes) => {
      const needed = left > 0
      if (needed) left -= bytes
      return needed
    })
  }
  if (count > 0) platform.log.info({ recordings: count }, 'prepared audio expired')
}

/** In order of use, as long as it is needed. */
async function expireSome(
  { database, store }: Pick<Platform, 'database' | 'store'>,
  olderThanDays: number | null,
  isNeeded: (bytes: number) => boolean,
): Promise<number> {
  let count = 0
  for (;;) {
    let expired = 0
    for (const { id, prefix, bytes } of await leastUsed(database.pool, page, olderThanDays)) {
      if (!isNeeded(bytes)) return count
      if (!(await expire(database.pool, id))) continue
      for (const variant of ['raw', 'denoised'] as const) await store.delete(preparedKey(prefix, variant))
      expired += 1
    }
    count += expired
    if (expired === 0) return count
  }
}
