import { errorFacts, type ErrorFacts } from '../errors.js'

/** What a thread sends back: errors cross threads without their own fields, so code and disposition go as data. */
export type TaskOutcome<R> = { ok: true; result: R } | { ok: false; error: ErrorFacts & { stack: string | undefined } }

/** Wrap a thread's function so that a coded error arrives as one. */
export function threadTask<T, R>(work: (task: T) => Promise<R>): (task: T) => Promise<TaskOutcome<R>> {
  return async (task) => {
    try {
      return { ok: true, result: await work(task) }
    } catch (error) {
      return { ok: false, error: { ...errorFacts(error), stack: error instanceof Error ? error.stack : undefined } }
    }
  }
}
