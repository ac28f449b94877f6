import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { CoroError } from '../errors.js'
import type { TaskOutcome } from './thread-task.js'

/** Worker threads for CPU work: it never runs on an event loop that renews job locks. */
export interface ThreadPool<T, R> extends AsyncDisposable {
  /**
   * Run one task. Throws the task's coded error, THREAD_DIED where its thread ended, ABORTED where the signal fired,
   * THREAD_TIMEOUT where it was a timeout's: a file that holds a thread for ever costs attempts, and ends.
   */
  run(task: T, options?: { signal?: AbortSignal; transfer?: ArrayBuffer[] }): Promise<R>
}

/** A pool of `threads` threads that each run `module` (compiled; its default export made by threadTask). */
export function createThreadPool<T, R>(module: URL, threads: number): ThreadPool<T, R> {
  const pool = new Piscina<T, TaskOutcome<R>>({
    filename: fileURLToPath(module),
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 30_000,
    concurrentTasksPerWorker: 1,
  })
  return {
    async run(task, { signal, transfer = [] } = {}) {
      let outcome: TaskOutcome<R>
      try {
        outcome = await pool.run(task, { ...(signal ? { signal } : {}), transferList: transfer })
      } catch (error) {
        if (signal?.aborted && signal.reason instanceof Error && signal.reason.name === 'TimeoutError') {
          throw new CoroError('THREAD_TIMEOUT', 'it took longer than it may', { disposition: 'retry', cause: error })
        }
        if (signal?.aborted) {
          throw new CoroError('ABORTED', 'stopped in the middle; it is taken up again', {
            disposition: 'wait',
            cause: error,
          })
        }
        const reason = error instanceof Error ? error.message : String(error)
        throw new CoroError('THREAD_DIED', `the working thread ended: ${reason}`, {
          disposition: 'retry',
          cause: error,
        })
      }
      if (outcome.ok) return outcome.result
      const { code, message, disposition, stack } = outcome.error
      throw Object.assign(new CoroError(code, message, { disposition }), stack === undefined ? {} : { stack })
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  }
}
