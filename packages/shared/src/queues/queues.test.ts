import { randomUUID } from 'node:crypto'
import type { Database } from '@coro/shared/database/open'
import { openDatabase } from '@coro/shared/database/open'
import { CoroError } from '@coro/shared/errors'
import { createLogger } from '@coro/shared/log/logger'
import { openQueues, type Queues } from '@coro/shared/queues/open'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Consumer, Handler } from './consumer.js'
import type { Payload, QueueName } from './registry.js'

// BullMQ on its Postgres backend over PGlite: what the embedded system runs on.
let database: Database
let queues: Queues
beforeAll(async () => {
  database = await openDatabase('pglite:memory')
  queues = await openQueues('pglite', database)
})
afterAll(async () => {
  await queues[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const consumers: Consumer[] = []
afterEach(async () => {
  for (const consumer of consumers.splice(0)) await consumer[Symbol.asyncDispose]()
})

const log = createLogger({ level: 'silent' })
function consume<N extends QueueName>(queue: N, handler: Handler<N>, waitS = 0.05): void {
  consumers.push(
    queues.consume({ queue, handler, concurrency: 2, lockS: 10, stalledCheckS: 5, log, waitS, holdS: () => waitS }),
  )
}

/** Something that a handler waits for and the test opens. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

/** Long enough on a busy machine. */
const soon = { timeout: 20_000 }

let recordings = 0
const newRecording = () => (recordings += 1)
const once = { priority: 'new', attempts: 3 } as const
const done = { outcome: 'done' }

describe('a job', () => {
  it('is not added while the same work waits or runs, and again when it has ended', async () => {
    const recordingId = newRecording()
    const { open, opened } = gate()
    const runs: number[] = []
    await Promise.all([1, 2, 3].map(() => queues.prepare.add({ recordingId }, once)))
    consume('prepare', async (payload) => {
      runs.push(payload.recordingId)
      await opened
      return done
    })
    await expect.poll(() => runs.length, soon).toBe(1)
    await queues.prepare.addAll([{ recordingId }, { recordingId }], once)
    expect(await queues.prepare.counts()).toMatchObject({ waiting: 0, active: 1 })
    open()
    await expect.poll(async () => (await queues.prepare.counts()).active, soon).toBe(0)
    expect(runs).toEqual([recordingId])
    await queues.prepare.add({ recordingId }, once)
    await expect.poll(() => runs.length, soon).toBe(2)
  })

  it('may be added again after it has failed for good', async () => {
    const recordingId = newRecording()
    const attempts: number[] = []
    consume('prepare', (_, { attempt }) => {
      attempts.push(attempt)
      return Promise.reject(new CoroError('AUDIO_CORRUPT', 'no', { disposition: 'reject' }))
    })
    await queues.prepare.add({ recordingId }, once)
    await expect.poll(async () => (await queues.prepare.counts()).failed, soon).toBe(1)
    await queues.prepare.add({ recordingId }, once)
    await expect.poll(async () => (await queues.prepare.counts()).failed, soon).toBe(2)
    // `reject` ends at once: one attempt each, of three.
    expect(attempts).toEqual([1, 1])
  })

  it('costs no attempt while the surroundings are at fault, and stays the same work', async () => {
    const recordingId = newRecording()
    const attempts: number[] = []
    consume('prepare', (_, { attempt }) => {
      attempts.push(attempt)
      if (attempts.length <= 4)
        return Promise.reject(new CoroError('STORAGE_UNAVAILABLE', 'away', { disposition: 'wait' }))
      return Promise.resolve(done)
    })
    const before = await queues.prepare.counts()
    await queues.prepare.add({ recordingId }, { ...once, attempts: 2 })
    await expect.poll(() => attempts.length, soon).toBeGreaterThanOrEqual(2)
    await queues.prepare.add({ recordingId }, once)
    await expect.poll(() => attempts.length, soon).toBe(5)
    expect(attempts).toEqual([1, 1, 1, 1, 1])
    await expect.poll(async () => (await queues.prepare.counts()).active, soon).toBe(0)
    expect(await queues.prepare.counts()).toEqual({ ...before, waiting: 0, delayed: 0 })
  })

  it('is not taken while its stage holds; then one at a time, until one gets through', async () => {
    const held: (string | null)[] = []
    let down = true
    let running = 0
    let most = 0
    let runs = 0
    const ended: number[] = []
    consumers.push(
      queues.consume({
        queue: 'prepare',
        handler: async ({ recordingId }) => {
          running++
          if (++runs > 2) most = Math.max(most, running)
          await new Promise((resolve) => {
            setTimeout(resolve, 20)
          })
          running--
          if (down) throw new CoroError('STORAGE_UNAVAILABLE', 'away', { disposition: 'wait' })
          ended.push(recordingId)
          return done
        },
        concurrency: 2,
        lockS: 10,
        stalledCheckS: 5,
        log,
        holdS: () => 0.3,
        onHold: (hold) => held.push(hold?.code ?? null),
      }),
    )
    const ids = Array.from({ length: 6 }, newRecording)
    await queues.prepare.addAll(
      ids.map((recordingId) => ({ recordingId })),
      once,
    )
    await expect.poll(() => held.length, soon).toBeGreaterThanOrEqual(3)
    expect(most).toBe(1)
    expect(held.every((code) => code === 'STORAGE_UNAVAILABLE')).toBe(true)
    down = false
    await expect.poll(() => [...ended].sort((a, b) => a - b), soon).toEqual(ids)
    expect(held.at(-1)).toBeNull()
  })

  it('is tried again after an error that costs an attempt, later', async () => {
    const recordingId = newRecording()
    const attempts: number[] = []
    consume('prepare', (_, { attempt }) => {
      attempts.push(attempt)
      return attempts.length === 1 ? Promise.reject(new Error('bad luck')) : Promise.resolve(done)
    })
    await queues.prepare.add({ recordingId }, { ...once, attempts: 2 })
    await expect.poll(async () => (await queues.prepare.counts()).delayed, soon).toBe(1)
    await queues.prepare.add({ recordingId }, once)
    await expect.poll(() => attempts, soon).toEqual([1, 2])
  })

  it('with a payload that is none never reaches the handler', async () => {
    const handled: unknown[] = []
    consume('embed', (payload) => {
      handled.push(payload)
      return Promise.resolve(done)
    })
    const before = (await queues.embed.counts()).failed
    await queues.embed.add(
      { recordingId: -1, spaceId: 1, alsoSpaceIds: [], firstSegment: 0, count: 1 },
      { ...once, attempts: 1 },
    )
    await expect.poll(async () => (await queues.embed.counts()).failed, soon).toBe(before + 1)
    expect(handled).toEqual([])
  })

  it('goes by its priority, not by its age', async () => {
    const order: Payload<'scan'>['token'][] = []
    for (const priority of ['reembed', 'backlog', 'new', 'query', 'retry'] as const) {
      await queues.scan.add({ source: null, token: priority }, { priority, attempts: 2 })
    }
    expect(await queues.scan.counts()).toMatchObject({ waiting: 5, active: 0 })
    consumers.push(
      queues.consume({
        queue: 'scan',
        handler: ({ token }) => {
          order.push(token)
          return Promise.resolve({ sweeps: [] })
        },
        concurrency: 1,
        lockS: 10,
        stalledCheckS: 5,
        log,
      }),
    )
    await expect.poll(() => order, soon).toEqual(['query', 'retry', 'new', 'backlog', 'reembed'])
  })
})

describe('ask', () => {
  const question = () => ({ source: null, token: randomUUID() })
  const options = { priority: 'query', attempts: 2, timeoutMs: 10_000 } as const

  it('gives each asker its own answer', async () => {
    consume('scan', ({ token }) =>
      Promise.resolve({
        sweeps: [{ source: token, objects: 1, found: 0, changed: 0, unsettled: 0, passedOver: 0 }],
      }),
    )
    const questions = Array.from({ length: 10 }, question)
    const answers = await Promise.all(questions.map((payload) => queues.scan.ask(payload, options)))
    expect(answers.map(({ sweeps }) => sweeps[0]?.source)).toEqual(questions.map(({ token }) => token))
  })

  it('throws the job’s own coded error, line breaks and bars included', async () => {
    consume('scan', () =>
      Promise.reject(new CoroError('SOURCE_UNKNOWN', 'a|b\nc is not a source', { disposition: 'reject' })),
    )
    await expect(queues.scan.ask(question(), options)).rejects.toMatchObject({
      code: 'SOURCE_UNKNOWN',
      message: 'a|b\nc is not a source',
      disposition: 'reject',
    })
  })

  it('ends with QUERY_TIMEOUT where nobody answers', async () => {
    await expect(queues.scan.ask(question(), { ...options, timeoutMs: 200 })).rejects.toMatchObject({
      code: 'QUERY_TIMEOUT',
      disposition: 'wait',
    })
  })
})

it('tells what is in flight, waiting, running or put off, by what it is about', async () => {
  const { open, opened } = gate()
  const ids = [newRecording(), newRecording(), newRecording()].sort((a, b) => a - b)
  let first = true
  consumers.push(
    queues.consume({
      queue: 'prepare',
      handler: async () => {
        if (first) {
          first = false
          throw new Error('bad luck')
        }
        await opened
        return done
      },
      concurrency: 1,
      lockS: 10,
      stalledCheckS: 5,
      log,
    }),
  )
  await queues.prepare.addAll(
    ids.map((recordingId) => ({ recordingId })),
    once,
  )
  await expect.poll(async () => (await queues.prepare.counts()).delayed, soon).toBe(1)
  await expect.poll(async () => (await queues.prepare.inFlight(100)).active, soon).toBe(1)
  const { waiting, subjects } = await queues.prepare.inFlight(100)
  expect(waiting).toBe(1)
  expect([...subjects].sort()).toEqual(ids.map((id) => `prepare-${id}`).sort())
  open()
})

it('counts every queue', async () => {
  expect(Object.keys(await queues.counts()).sort()).toEqual(['embed', 'prepare', 'query', 'scan'])
  await expect(queues.check()).resolves.toBeUndefined()
})
