import { randomBytes, randomUUID } from 'node:crypto'
import { openDatabase, type Database } from '@coro/shared/database/open'
import { CoroError } from '@coro/shared/errors'
import { createLogger } from '@coro/shared/log/logger'
import type { Consumer, Handler } from '@coro/shared/queues/consumer'
import { openQueues, type Queues } from '@coro/shared/queues/open'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { emptyQueues, queueUrl } from './servers.js'
import { waitUntil } from './wait-until.js'

let database: Database
let queues: Queues
const consumers: Consumer[] = []

beforeAll(async () => {
  database = await openDatabase(`${inject('stack').postgres.url}/coro`)
  queues = await openQueues(queueUrl(), database)
})
afterEach(async () => {
  for (const consumer of consumers.splice(0)) await consumer[Symbol.asyncDispose]()
})
afterAll(async () => {
  await queues[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(() => emptyQueues())

const onPrepare = (handler: Handler<'prepare'>, { concurrency = 1, waitS = 0.2 } = {}): void => {
  const log = createLogger({ level: 'silent' })
  consumers.push(
    queues.consume({
      queue: 'prepare',
      handler,
      concurrency,
      lockS: 10,
      stalledCheckS: 5,
      log,
      waitS,
      holdS: () => waitS,
    }),
  )
}
const add = (recordingId: number, priority: 'new' | 'retry' = 'new', attempts = 3) =>
  queues.prepare.add({ recordingId }, { priority, attempts })
const counts = async () => (await queues.counts()).prepare
const idle = () =>
  waitUntil('an idle queue', 20_000, async () => {
    const { waiting, active, delayed } = await counts()
    return waiting + active + delayed === 0
  })

test('work that waits or runs is not added again; work that has ended is', async () => {
  const done: number[] = []
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await add(1)
  await add(1)
  expect((await counts()).waiting).toBe(1)
  onPrepare(async ({ recordingId }) => {
    await held
    done.push(recordingId)
    return { outcome: 'done' }
  })
  await waitUntil('the job running', 10_000, async () => (await counts()).active === 1)
  await add(1)
  expect(await counts()).toMatchObject({ waiting: 0, active: 1 })
  release()
  await idle()
  expect(done).toEqual([1])
  await add(1)
  await waitUntil('the second run', 10_000, async () => done.length === 2)
})

test('work that failed for good can be added again', async () => {
  let runs = 0
  onPrepare(() => {
    runs++
    throw new CoroError('AUDIO_BROKEN', 'broken', { disposition: 'reject' })
  })
  await add(2)
  await idle()
  expect(await counts()).toMatchObject({ failed: 1 })
  await add(2)
  await waitUntil('the second run', 10_000, async () => runs === 2)
})

test('`wait` costs no attempt, `retry` costs one', async () => {
  const attempts: number[] = []
  onPrepare(({ recordingId }, { attempt }) => {
    attempts.push(attempt)
    if (attempts.length <= 4) throw new CoroError('STORAGE_UNAVAILABLE', 'not now', { disposition: 'wait' })
    if (attempts.length === 5) throw new CoroError('THREAD_DIED', 'it died', { disposition: 'retry' })
    return Promise.resolve({ outcome: `done ${recordingId}` })
  })
  await add(3, 'new', 2)
  await add(3, 'new', 2)
  await waitUntil('the sixth run', 20_000, async () => attempts.length === 6)
  await idle()
  expect(attempts).toEqual([1, 1, 1, 1, 1, 2])
  expect(await counts()).toMatchObject({ failed: 0 })
})

test('the more urgent goes first, in the order of arrival among equals', async () => {
  const order: number[] = []
  for (const id of [10, 11]) await add(id, 'new')
  for (const id of [12, 13]) await add(id, 'retry')
  expect((await counts()).waiting).toBe(4)
  onPrepare(({ recordingId }) => {
    order.push(recordingId)
    return Promise.resolve({ outcome: 'done' })
  })
  await idle()
  expect(order).toEqual([12, 13, 10, 11])
})

test('a question gets its answer, or its coded error, or a timeout', async () => {
  const ask = (timeoutMs: number) =>
    queues.scan.ask({ source: null, token: randomUUID() }, { priority: 'query', attempts: 2, timeoutMs })
  await expect(ask(300)).rejects.toMatchObject({ code: 'QUERY_TIMEOUT', disposition: 'wait' })
  const sweeps = [{ source: 's3://a', objects: 1, found: 0, changed: 0, unsettled: 0, passedOver: 0 }]
  let refuse = false
  const log = createLogger({ level: 'silent' })
  consumers.push(
    queues.consume({
      queue: 'scan',
      handler: () => {
        if (refuse) throw new CoroError('SOURCE_UNKNOWN', 'no such | source', { disposition: 'reject' })
        return Promise.resolve({ sweeps })
      },
      concurrency: 1,
      lockS: 10,
      stalledCheckS: 5,
      log,
    }),
  )
  expect(await ask(10_000)).toEqual({ sweeps })
  refuse = true
  await expect(ask(10_000)).rejects.toMatchObject({ code: 'SOURCE_UNKNOWN', message: 'no such | source' })
})

test('jobs in hand when a consumer ends go back without costing an attempt', async () => {
  const attempts: number[] = []
  onPrepare(async (_payload, { attempt, signal }) => {
    attempts.push(attempt)
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
    return { outcome: 'never' }
  })
  await add(20, 'new', 2)
  await waitUntil('the job running', 10_000, async () => attempts.length === 1)
  await consumers.pop()?.[Symbol.asyncDispose]()
  expect(await counts()).toMatchObject({ active: 0, delayed: 1, failed: 0 })
  onPrepare((_payload, { attempt }) => {
    attempts.push(attempt)
    return Promise.resolve({ outcome: 'done' })
  })
  await waitUntil('the second run', 10_000, async () => attempts.length === 2)
  expect(attempts).toEqual([1, 1])
})

test('emptying the queue server under a running worker leaves both usable', async () => {
  const done: number[] = []
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  onPrepare(async ({ recordingId }) => {
    if (recordingId === 30) await held
    done.push(recordingId)
    return { outcome: randomBytes(2).toString('hex') }
  })
  await add(30)
  await waitUntil('the job running', 10_000, async () => (await counts()).active === 1)
  await emptyQueues()
  release()
  await waitUntil('the first run', 10_000, async () => done.length === 1)
  await add(31)
  await waitUntil('the second job', 10_000, async () => done.includes(31))
  await idle()
  expect(done).toEqual([30, 31])
})
