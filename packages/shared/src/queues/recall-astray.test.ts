import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '@coro/shared/database/open'
import { CoroError } from '@coro/shared/errors'
import { createLogger } from '@coro/shared/log/logger'
import { openQueues } from '@coro/shared/queues/open'
import { expect, it } from 'vitest'

/** Long enough on a busy machine. */
const soon = { timeout: 20_000 }
const once = { priority: 'new', attempts: 3 } as const

it('recalls a job that was put back while the clock was ahead, and none that waits as usual', async () => {
  await using database = await openDatabase('pglite:memory')
  await using queues = await openQueues('pglite', database)
  const runs: number[] = []
  await using consumer = queues.consume({
    queue: 'prepare',
    handler({ recordingId }) {
      runs.push(recordingId)
      if (runs.length > 2) return Promise.resolve({ outcome: 'done' })
      throw new CoroError('STORAGE_CHANGED', 'not now', { disposition: 'wait' })
    },
    concurrency: 2,
    lockS: 10,
    stalledCheckS: 5,
    waitS: 30,
    log: createLogger({ level: 'silent' }),
  })
  const rightNow = Date.now
  Date.now = () => rightNow() + 86_400_000
  try {
    await queues.prepare.add({ recordingId: 1 }, once)
    await expect.poll(() => runs.length, soon).toBe(1)
    await sleep(300)
  } finally {
    Date.now = rightNow
  }
  await queues.prepare.add({ recordingId: 2 }, once)
  await expect.poll(() => runs.length, soon).toBe(2)
  expect(await queues.recallAstray(Date.now() + 120_000)).toBe(1)
  await expect.poll(() => runs, soon).toEqual([1, 2, 1])
  void consumer
})
