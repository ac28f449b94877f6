import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Ask `look` until it answers something other than null, false or undefined; errors count as "not yet". Throws when
 * `timeoutMs` is over, with `what` was waited for and the last that was seen.
 */
export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const end = Date.now() + timeoutMs
  let last = 'nothing'
  for (;;) {
    try {
      const found = await look()
      if (found !== null && found !== undefined && found !== false) return found
      last = String(found)
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    if (Date.now() > end) throw new Error(`not within ${timeoutMs / 1000} s: ${what} (last: ${last})`)
    await sleep(100)
  }
}
