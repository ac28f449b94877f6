import { livingThreads } from '@coro/shared/database/workers'
import type { Platform } from '@coro/shared/process/platform'

/** Jobs that wait in a queue for each thread that works on it: enough that none has to wait for the dispatcher. */
const jobsPerThread = 4

/** How many jobs may wait in each queue. */
export interface Windows {
  prepare: number
  embed: number
}

/**
 * Four jobs for each thread of the workers that live now (as many as this machine would have where there are none yet),
 * or what CORO_QUEUE_WINDOW says.
 */
export async function windowsNow({ database, config }: Platform): Promise<Windows> {
  const fixed = config.jobs.queueWindow
  if (fixed !== null) return { prepare: fixed, embed: fixed }
  const living = await livingThreads(database.pool)
  return {
    prepare: jobsPerThread * (living.prepare || config.threads.prepare),
    embed: jobsPerThread * (living.embed || config.threads.embed),
  }
}
