import type { Platform } from '@coro/shared/process/platform'
import { clipPrefix } from '@coro/shared/storage/prepared-keys'

const hourMs = 3_600_000
/** Longer than any recording takes to be prepared. */
const stagingAgeMs = 24 * hourMs

/** Remove what processes that ended in the middle have left behind: half-written files, and searchers' clips. */
export async function keepHouse({ store }: Pick<Platform, 'store'>): Promise<void> {
  await store.cleanStaging(stagingAgeMs)
  for await (const page of store.list({ prefix: clipPrefix })) {
    for (const { key, modifiedAt } of page) {
      if (Date.now() - modifiedAt.getTime() > hourMs) await store.delete(key)
    }
  }
}

/** Whether it is time again; the first time is at the start. */
export function createHourly(): () => boolean {
  let last = -Infinity
  return () => {
    const now = performance.now()
    if (now - last < hourMs) return false
    last = now
    return true
  }
}
