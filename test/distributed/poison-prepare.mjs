// A prepare service as main.js starts it, but for its threads: they kill the whole process over a file whose bytes begin
// with POISON, as a crash in native code or an exhausted memory would, and take a moment over every other file, so that
// others are in hand when it happens.
import { closeSync, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDisposables } from '@coro/shared/process/dispose-all'
import { runService } from '@coro/shared/process/run-service'
import { createThreadPool } from '@coro/shared/threads/thread-pool'
import { prepareHandler } from '@coro/ingest/prepare/prepare-handler'

const isPoison = (path) => {
  const file = openSync(path)
  const bytes = Buffer.alloc(6)
  readSync(file, bytes)
  closeSync(file)
  return bytes.toString('latin1') === 'POISON'
}

await runService('prepare', async (platform) => {
  const { config, queues, log, presence } = platform
  const threads = createThreadPool(import.meta.resolve('@coro/ingest/prepare/prepare-thread'), config.threads.prepare)
  const pool = {
    async run(task, options) {
      if (task.kind === 'inspect') {
        await sleep(300)
        if (isPoison(task.path)) process.kill(process.pid, 'SIGKILL')
      }
      return threads.run(task, options)
    },
  }
  await presence.join('prepare', config.threads.prepare)
  const stack = createDisposables()
  stack.use(threads)
  stack.use(
    queues.consume({
      queue: 'prepare',
      handler: prepareHandler({ platform, pool }),
      concurrency: config.threads.prepare,
      lockS: config.jobs.lockS,
      stalledCheckS: config.jobs.stalledCheckS,
      log,
    }),
  )
  return stack
})
