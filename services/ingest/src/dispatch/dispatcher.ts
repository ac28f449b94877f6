import { setTimeout as sleep } from 'node:timers/promises'
import { bury } from '@coro/shared/process/attempt'
import type { Platform } from '@coro/shared/process/platform'
import { deadAfterS } from '@coro/shared/process/presence'
import { createBackgroundFill, type BackgroundFill } from './fill-in-background.js'
import { topUp } from './top-up.js'
import { windowsNow, type Windows } from './windows.js'

/**
 * How long until the dispatcher looks by itself, where nobody in this process calls it. On servers, workers and other
 * watchers are processes of their own: a look (two indexed statements and the queue's lists of ids) is cheaper, and fails
 * less, than a LISTEN connection, which poolers and failovers cut without a word. An embedded system calls for all that
 * happens in it; there it only looks for what has become due.
 */
const looksMs = { postgres: 500, pglite: 5000 }

/**
 * Never more often than this: a burst of jobs that end is one call. A look costs PGlite some 10 ms, which is the time of
 * everything else in the process.
 */
const restsMs = { postgres: 100, pglite: 250 }

export interface Dispatcher extends AsyncDisposable {
  /** Look now. */
  wake(): void
}

/** One look: fill the queues, then give what is left to spaces that fill in the background. Resolves to what was given out. */
export async function dispatch(
  platform: Platform,
  windows: Windows,
  background: BackgroundFill,
): Promise<{ prepare: number; embed: number; background: number }> {
  const topped = await topUp(platform, windows)
  const filled = await background(platform, topped)
  return { prepare: topped.prepare, embed: topped.embed, background: filled }
}

/**
 * Keep every queue filled up to its window from the backlog in the database, so that a backlog of any length neither fills
 * the queue server nor delays what came in today. Several at once do no harm.
 */
export async function startDispatcher(platform: Platform): Promise<Dispatcher> {
  const { config, database, wake } = platform
  const log = platform.log.child({ part: 'dispatch' })
  const restMs = restsMs[database.kind]
  const stopping = new AbortController()
  const background = createBackgroundFill(config.jobs.reconcileIntervalS)
  let called = () => {}
  let calls = 0
  const ear = wake.on(() => {
    calls++
    called()
  })
  await platform.presence.join()
  const buryEveryMs = deadAfterS(config.jobs.lockS) * 1000
  let buriedAt = -Infinity

  const pause = (ms: number, woken?: AbortSignal): Promise<void> =>
    sleep(ms, undefined, {
      signal: woken ? AbortSignal.any([stopping.signal, woken]) : stopping.signal,
    }).catch(() => undefined)

  async function look(): Promise<number> {
    if (performance.now() - buriedAt > buryEveryMs) {
      await bury(platform)
      buriedAt = performance.now()
    }
    const given = await dispatch(platform, await windowsNow(platform), background)
    if (given.prepare + given.embed + given.background > 0) log.debug({ ...given }, 'dispatched')
    return given.prepare + given.embed + given.background
  }

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const before = calls
      let given = 0
      try {
        given = await look()
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'dispatching failed')
      }
      await pause(restMs)
      if (calls !== before) continue
      // Workers elsewhere that were given something may be done with it soon.
      const until = given > 0 && database.kind === 'postgres' ? restMs : looksMs[database.kind]
      const woken = new AbortController()
      called = () => woken.abort()
      await pause(until, woken.signal)
      called = () => {}
    }
  })()

  return {
    wake: () => wake.call(),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      ear[Symbol.dispose]()
      await loop
    },
  }
}
