import { noteStageHold } from '../database/holds.js'
import type { Held } from '../queues/breaker.js'
import type { Platform } from './platform.js'

/** Tells a stage's holds: as a metric at once, and in the database (for `coro status`) as soon as that answers. */
export function holdTeller({ database, metrics, worker, log }: Platform, stage: string): (held: Held | null) => void {
  metrics.held.set({ stage }, 0)
  let telling = Promise.resolve()
  return (held) => {
    metrics.held.set({ stage }, held ? 1 : 0)
    telling = telling
      .then(() => noteStageHold(database.pool, stage, worker, held))
      .catch((error: unknown) => log.debug({ err: error }, 'a hold could not be written down'))
  }
}
