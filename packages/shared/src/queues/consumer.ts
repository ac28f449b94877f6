import { setMaxListeners } from 'node:events'
import { DelayedError, UnrecoverableError, Worker } from 'bullmq'
import { CoroError, errorFacts } from '../errors.js'
import type { Logger } from '../log/logger.js'
import type { QueueConnection } from './connection.js'
import { queues, type Payload, type QueueName, type Result } from './registry.js'

export interface JobContext {
  jobId: string
  /** 1 for the first. */
  attempt: number
  log: Logger
  signal: AbortSignal
}

export type Handler<N extends QueueName> = (payload: Payload<N>, context: JobContext) => Promise<Result<N>>

export interface ConsumerOptions<N extends QueueName> {
  queue: N
  handler: Handler<N>
  concurrency: number
  lockS: number
  stalledCheckS: number
  log: Logger
  /** How long the stage waits when the surroundings are at fault, seconds. */
  waitS?: number
}

/** A running consumer; disposing lets the jobs in hand finish. */
export interface Consumer extends AsyncDisposable {
  readonly running: boolean
}

/** A payload that this version cannot read will not become readable by trying again. Throws JOB_INVALID. */
function readPayload<N extends QueueName>(name: N, data: unknown): Payload<N> {
  const parsed = queues[name].payload.safeParse(data)
  if (parsed.success) return parsed.data as Payload<N>
  const fields = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new CoroError('JOB_INVALID', `a ${name} job with a payload of another version: ${fields}`, {
    disposition: 'reject',
  })
}

/**
 * Handle one queue's jobs. Handlers never do CPU work on this thread: the job's lock is renewed from its event loop.
 * By the disposition of what a handler throws: `wait` puts the job back without costing an attempt, `retry` costs one,
 * `reject` and `crash` end it.
 */
export function startConsumer<N extends QueueName>(
  options: ConsumerOptions<N>,
  { connection, backend }: QueueConnection,
): Consumer {
  const { queue: name, handler, concurrency, lockS, stalledCheckS, log, waitS = 5 } = options
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal) // every job in hand listens to it
  const worker = new Worker<unknown, unknown>(
    name,
    async (job, token) => {
      const context: JobContext = {
        jobId: job.id ?? '',
        attempt: job.attemptsMade + 1,
        log: log.child({ queue: name, jobId: job.id }),
        signal: stopping.signal,
      }
      try {
        return await handler(readPayload(name, job.data), context)
      } catch (error) {
        const { code, message, disposition } = errorFacts(error)
        context.log.warn({ code, disposition, err: error, attempt: context.attempt }, 'job failed')
        if (disposition === 'wait') {
          // Whole milliseconds: the Postgres backend takes no others, and the job would lose an attempt over it.
          const delayMs = Math.round(waitS * 1000 * (0.5 + Math.random()))
          await job.moveToDelayed(Date.now() + delayMs, token)
          throw new DelayedError(`${code}|${disposition}|${message}`)
        }
        const text = `${code}|${disposition}|${message}`
        throw disposition === 'retry' ? new Error(text, { cause: error }) : new UnrecoverableError(text)
      }
    },
    {
      connection,
      concurrency,
      lockDuration: lockS * 1000,
      stalledInterval: stalledCheckS * 1000,
      // Deaths are counted per recording in the database, with their evidence.
      maxStalledCount: 1_000_000,
    },
    backend,
  )
  worker.on('error', (error) => log.warn({ queue: name, err: error }, 'queue connection'))
  return {
    get running() {
      return worker.isRunning()
    },
    async [Symbol.asyncDispose]() {
      // What a handler that heeds the signal throws: the job goes back and costs no attempt.
      stopping.abort(new CoroError('ABORTED', 'stopped in the middle; it is taken up again', { disposition: 'wait' }))
      await worker.close()
    },
  }
}
