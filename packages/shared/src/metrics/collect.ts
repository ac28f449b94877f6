import { countAll } from '../database/status.js'
import type { Platform } from '../process/platform.js'

/** The text of /metrics: this process's counters, and the system's state read now. */
export async function collectMetrics({ database, queues, metrics }: Platform): Promise<string> {
  const [counts, jobs] = await Promise.all([countAll(database.pool), queues.counts()])
  for (const [state, n] of Object.entries(counts.recordings)) metrics.recordings.set({ state }, n)
  for (const [queue, states] of Object.entries(jobs)) {
    for (const [state, n] of Object.entries(states)) metrics.queueJobs.set({ queue, state }, n)
  }
  return metrics.registry.metrics()
}
