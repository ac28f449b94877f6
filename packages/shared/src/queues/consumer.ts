import { setMaxListeners } from 'node:events'
import { DelayedError, UnrecoverableError, Worker } from 'bullmq'
import { CoroError, errorFacts } from '../errors.js'
import type { Logger } from '../log/logger.js'
import { createBreaker, type Breaker, type Held } from './breaker.js'
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
  /** How long a job waits whose own surroundings are at fault, or that comes back to a stage that holds, seconds. */
  waitS?: number
  /** How long the stage takes no jobs, seconds, by the number of failures in a row; up to a minute without. */
  holdS?: (failures: number) => number
  /** Told when the stage stops taking jobs because its surroundings are at fault, and (null) when all is well again. */
  onHold?: (held: Held | null) => void
}

/** Codes of disposition `wait` that tell of one job's circumstances, not of what all jobs need: they hold nobody up. */
const ofTheJob = new Set(['ABORTED', 'RECORDING_CHANGED', 'STORAGE_CHANGED', 'SPACE_FOREIGN'])

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
 * By the disposition of what a handler throws: `wait` puts the job back without costing an attempt, and the whole stage
 * holds for a growing time up to a minute, then lets one job probe; `retry` costs an attempt, `reject` and `crash` end it.
 */
export function startConsumer<N extends QueueName>(
  options: ConsumerOptions<N>,
  { connection, backend }: QueueConnection,
): Consumer {
  const { queue: name, handler, concurrency, lockS, stalledCheckS, log, waitS = 5, onHold, holdS } = options
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
        const result = await handler(readPayload(name, job.data), context)
        breaker.passed()
        return result
      } catch (error) {
        const { code, message, disposition } = errorFacts(error)
        context.log.warn({ code, disposition, err: error, attempt: context.attempt }, 'job failed')
        if (disposition === 'wait') {
          const heldMs = ofTheJob.has(code) ? 0 : breaker.failed(code, message)
          // Back soon after the stage takes jobs again, which then find one of them to probe with.
          // Whole milliseconds: the Postgres backend takes no others, and the job would lose an attempt over it.
          const delayMs = Math.round(heldMs > 0 ? heldMs + 100 * Math.random() : waitS * 1000 * (0.5 + Math.random()))
          const dueMs = Date.now() + delayMs
          // For recallAstray: this clock may be wrong.
          await job.updateProgress({ dueMs })
          await job.moveToDelayed(dueMs, token)
          throw new DelayedError(`${code}|${disposition}|${message}`)
        }
        // Whatever is wrong with this job, its surroundings were there.
        breaker.passed()
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
  const breaker: Breaker = createBreaker({
    ...(holdS ? { holdS } : {}),
    stop: () => void worker.pause(true),
    go(oneAtATime) {
      if (stopping.signal.aborted) return
      worker.concurrency = oneAtATime ? 1 : concurrency
      if (worker.isPaused()) void worker.resume()
    },
    onChange(held) {
      if (held) log.warn({ queue: name, ...held }, 'the stage holds')
      else log.info({ queue: name }, 'the stage goes on')
      onHold?.(held)
    },
  })
  worker.on('error', (error) => log.warn({ queue: name, err: error }, 'queue connection'))
  return {
    get running() {
      return worker.isRunning()
    },
    async [Symbol.asyncDispose]() {
      // What a handler that heeds the signal throws: the job goes back and costs no attempt.
      stopping.abort(new CoroError('ABORTED', 'stopped in the middle; it is taken up again', { disposition: 'wait' }))
      breaker[Symbol.dispose]()
      await worker.close()
    },
  }
}
