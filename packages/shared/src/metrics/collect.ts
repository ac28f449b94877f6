import { backlogBySource, type Waiting } from '../database/dispatch.js'
import type { Queryable } from '../database/open.js'
import { lastSweeps } from '../database/source-list.js'
import { countAll } from '../database/status.js'
import type { Platform } from '../process/platform.js'

/** Counting a million takes about a second: once in this time is enough for what changes slowly. */
const backlogAgeMs = 30_000
const backlogs = new WeakMap<Queryable, { countedAt: number; waiting: Promise<Waiting[]> }>()

function backlogOf(pool: Queryable): Promise<Waiting[]> {
  const before = backlogs.get(pool)
  if (before && performance.now() - before.countedAt < backlogAgeMs) return before.waiting
  const waiting = backlogBySource(pool)
  backlogs.set(pool, { countedAt: performance.now(), waiting })
  waiting.catch(() => backlogs.delete(pool))
  return waiting
}

/** The text of /metrics: this process's counters, and the system's state read now. */
export async function collectMetrics({ database, queues, metrics }: Platform): Promise<string> {
  const { pool } = database
  const [counts, jobs, waiting, sources] = await Promise.all([
    countAll(pool),
    queues.counts(),
    backlogOf(pool),
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
