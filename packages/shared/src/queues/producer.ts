import { randomBytes } from 'node:crypto'
import { Queue, QueueEvents, type Job } from 'bullmq'
import { z } from 'zod'
import { CoroError } from '../errors.js'
import type { QueueConnection } from './connection.js'
import { priorities, queues, type Payload, type Priority, type QueueName, type Result } from './registry.js'

export interface QueueCounts {
  waiting: number
  active: number
  delayed: number
  failed: number
}

export interface AddOptions {
  priority: Priority
  attempts: number
}

/** What a queue has in hand. */
export interface InFlight {
  /** Jobs that wait for a worker: prioritised and paused ones included, delayed ones not. */
  waiting: number
  active: number
  /** What every job is about, delayed ones included: the beginning of its identity (registry.ts, `subject`). */
  subjects: string[]
}

/** The sending side of one queue. Everything throws QUEUE_UNAVAILABLE where its server does not answer. */
export interface Producer<N extends QueueName> extends AsyncDisposable {
  /** Add a job unless the same work is waiting or running already. */
  add(payload: Payload<N>, options: AddOptions): Promise<void>
  addAll(payloads: Payload<N>[], options: AddOptions): Promise<void>
  /** Add a job and wait for its result. Throws QUERY_TIMEOUT, QUEUE_UNAVAILABLE, or the job's own coded error. */
  ask(payload: Payload<N>, options: AddOptions & { timeoutMs: number }): Promise<Result<N>>
  /** `waiting` includes prioritised and paused jobs. */
  counts(): Promise<QueueCounts>
  /**
   * Bring jobs back at once that were put back until later than `latestMs` (milliseconds since 1970): nothing waits for so
   * long, so the clock was ahead where that was done. Resolves to how many.
   */
  recallAstray(latestMs: number): Promise<number>
  /** What is in flight, as far as `limit` jobs of each kind. */
  inFlight(limit: number): Promise<InFlight>
  /** Jobs that wait (also delayed ones), at most `limit`; a job that a worker takes meanwhile cannot be removed, and stays. */
  jobs(limit: number): Promise<{ payload: Payload<N>; remove: () => Promise<void> }[]>
}

/**
 * How many finished jobs stay to be looked at; the ledger keeps the history, not the queue. Work that is done goes at
 * once: nobody asks for its answer, and trimming a list after every job costs the embedded database as much again.
 */
const keep = (name: QueueName) => ({
  removeOnComplete: name === 'prepare' || name === 'embed' ? true : { count: 200 },
  removeOnFail: { count: 1000 },
})

/** What the consumer leaves with a job that it puts back. */
const putBack = z.object({ dueMs: z.number() })

/** Delayed jobs that are looked at at once. */
const mostDelayed = 1000

/** Jobs of one message to the queue server: few enough that nobody waits long behind it. */
const bulk = 100

export function createProducer<N extends QueueName>(
  name: N,
  { connection, backend, ...server }: QueueConnection,
): Producer<N> {
  const queue = new Queue(name, { connection }, backend)
  queue.setMaxListeners(0)
  queue.on('error', () => undefined) // each call that fails says so itself
  const { identity, result } = queues[name]
  const identify = identity as (payload: Payload<N>) => string
  let events: QueueEvents | null = null

  const jobOf = (payload: Payload<N>, { priority, attempts }: AddOptions) => ({
    name,
    data: payload,
    opts: {
      ...keep(name),
      priority: priorities[priority],
      attempts,
      backoff: { type: 'exponential', delay: 2000, jitter: 0.5 },
      deduplication: { id: identify(payload) },
      // The same work may come again while an ended job is kept; what is in flight is read off the ids.
      jobId: `${identify(payload)}.${randomBytes(6).toString('hex')}`,
    },
  })

  async function add(payload: Payload<N>, options: AddOptions): Promise<Job> {
    const job = jobOf(payload, options)
    return server.answer(queue.add(job.name, job.data, job.opts))
  }

  return {
    async add(payload, options) {
      await add(payload, options)
    },
    async addAll(payloads, options) {
      for (let from = 0; from < payloads.length; from += bulk) {
        const jobs = payloads.slice(from, from + bulk).map((payload) => jobOf(payload, options))
        await server.answer(queue.addBulk(jobs))
      }
    },
    async ask(payload, { timeoutMs, ...options }) {
      events ??= listen(name, { connection, backend })
      await server.answer(events.waitUntilReady())
      const job = await add(payload, options)
      return result.parse(await answerOf(name, job, events, timeoutMs)) as Result<N>
    },
    async counts() {
      const counts = await server.answer(queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed'))
      const of = (state: string) => counts[state] ?? 0
      return {
        waiting: of('waiting') + of('prioritized'),
        active: of('active'),
        delayed: of('delayed'),
        failed: of('failed'),
      }
    },
    async recallAstray(latestMs) {
      let recalled = 0
      for (const job of await server.answer(queue.getDelayed(0, mostDelayed - 1))) {
        const { data } = putBack.safeParse(job?.progress)
        if (!data || data.dueMs <= latestMs) continue
        // It may have come back by itself meanwhile.
        recalled += await server.answer(job.promote()).then(
          () => 1,
          () => 0,
        )
      }
      return recalled
    },
    async inFlight(limit) {
      const idsOf = (...states: ('waiting' | 'prioritized' | 'active' | 'delayed')[]) =>
        server.answer(queue.getRanges(states, 0, limit - 1, true))
      // Active ones last: a job that is taken meanwhile is seen twice, not missed.
      const waiting = await idsOf('waiting', 'prioritized')
      const delayed = await idsOf('delayed')
      const active = await idsOf('active')
      const subjects = [...waiting, ...delayed, ...active].map((id) => id.slice(0, id.lastIndexOf('.')))
      return { waiting: waiting.length, active: active.length, subjects }
    },
    async jobs(limit) {
      const jobs = await server.answer(queue.getJobs(['waiting', 'prioritized', 'delayed'], 0, limit - 1))
      return jobs.flatMap((job) => {
        const payload = queues[name].payload.safeParse(job.data)
        if (!payload.success) return []
        const remove = () => server.answer(job.remove()).catch(() => undefined)
        return [{ payload: payload.data as Payload<N>, remove }]
      })
    },
    async [Symbol.asyncDispose]() {
      await events?.close()
      await queue.close()
    },
  }
}

function listen(name: string, { connection, backend }: Pick<QueueConnection, 'connection' | 'backend'>): QueueEvents {
  const events = new QueueEvents(name, { connection }, backend)
  events.on('error', () => undefined)
  return events
}

/** Whom an unanswered question points at. */
const unanswered: Partial<Record<QueueName, string>> = {
  query: 'The clip was not answered within %s s: is an embed worker running?',
  scan: 'The sweep did not come to its end within %s s (it goes on): is a watcher running?',
}

/** Codes and dispositions cross the queue in the failure's text: `CODE|disposition|message`. */
async function answerOf(name: QueueName, job: Job, events: QueueEvents, timeoutMs: number): Promise<unknown> {
  try {
    return await job.waitUntilFinished(events, timeoutMs)
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const coded = /^([A-Z0-9][A-Z0-9_]+)\|(reject|retry|wait|crash)\|(.*)$/s.exec(text)
    if (coded) {
      const [, code = '', disposition = 'reject', message = ''] = coded
      throw new CoroError(code, message, { disposition: disposition as 'reject', cause: error })
    }
    throw new CoroError(
      'QUERY_TIMEOUT',
      `${(unanswered[name] ?? 'No answer within %s s').replace('%s', String(Math.round(timeoutMs / 1000)))} (${text})`,
      { disposition: 'wait', cause: error },
    )
  }
}
