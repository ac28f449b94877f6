import { holdTeller } from '@coro/shared/process/hold-teller'
import type { Platform } from '@coro/shared/process/platform'
import { createThreadPool } from '@coro/shared/threads/thread-pool'
import { prepareHandler } from './prepare-handler.js'
import type { PrepareResult, PrepareTask } from './prepare-thread.js'

/** Start preparing recordings, one a thread. Disposing stops the threads; what they had in hand is taken up again. */
export async function startPrepare(platform: Platform): Promise<AsyncDisposable> {
  const { config, queues, log, store } = platform
  // What an earlier process on this machine left half written; a day is longer than any recording takes.
  await store.cleanStaging(24 * 3_600_000)
  const pool = createThreadPool<PrepareTask, PrepareResult>(
    new URL('./prepare-thread.js', import.meta.url),
    config.threads.prepare,
  )
  await platform.presence.join('prepare', config.threads.prepare)
  const consumer = queues.consume({
    queue: 'prepare',
    handler: prepareHandler({ platform, pool }),
    concurrency: config.threads.prepare,
    lockS: config.jobs.lockS,
    stalledCheckS: config.jobs.stalledCheckS,
    log: log.child({ part: 'prepare' }),
    onHold: holdTeller(platform, 'prepare'),
  })
  return {
    async [Symbol.asyncDispose]() {
      await consumer[Symbol.asyncDispose]()
      await pool[Symbol.asyncDispose]()
    },
  }
}
