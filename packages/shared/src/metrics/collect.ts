import { lastSweeps } from '../database/source-list.js'
import { countAll } from '../database/status.js'
import { waitingLately } from '../database/waiting-lately.js'
import type { Platform } from '../process/platform.js'

/** The text of /metrics: this process's counters, and the system's state read now. */
export async function collectMetrics({ database, queues, metrics }: Platform): Promise<string> {
  const { pool } = database
  const [counts, jobs, waiting, sources] = await Promise.all([
    countAll(pool),
    queues.counts(),
    waitingLately(pool),
    lastSweeps(pool),
  ])
  metrics.backlog.reset()
  metrics.backlogOldest.reset()
  for (const { stage, source, count, oldest } of waiting) {
    metrics.backlog.set({ stage, source }, count)
    if (oldest) metrics.backlogOldest.set({ stage, source }, (Date.now() - oldest.getTime()) / 1000)
  }
  metrics.sourcesHeld.set(sources.filter(({ held }) => held !== null).length)
  for (const [state, n] of Object.entries(counts.recordings)) metrics.recordings.set({ state }, n)
  for (const [queue, states] of Object.entries(jobs)) {
    for (const [state, n] of Object.entries(states)) metrics.queueJobs.set({ queue, state }, n)
  }
  return metrics.registry.metrics()
}
