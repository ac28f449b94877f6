import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusView } from '@coro/api/schemas'
import type { CoroError } from '@coro/shared/errors'
import type { Progress } from '../print/progress.js'
import type { Client } from './client.js'
import { tellHolds, whyPaused } from './obstacles.js'

export interface ScanAnswer {
  sweeps: {
    source: string
    objects: number
    found: number
    changed: number
    restored?: number
    deleted?: number
    moved?: number
    held?: number
    unsettled: number
    passedOver?: number
    obstacles?: number
  }[]
}

/** Sweep once: a source, or all. */
export function scanOnce(
  client: Client,
  source: string | undefined,
  { confirmDeletions = false } = {},
): Promise<ScanAnswer> {
  return client.post('/v1/scan', { ...(source === undefined ? {} : { source }), confirmDeletions })
}

/**
 * Sweep, and follow the ingest until nothing is left to do: no file still being written, every recording searchable,
 * a duplicate, or set aside with a reason, and known ones at the place that their source's declaration means. Resolves to
 * the last status. Throws PAUSED where all that is left waits for what a person has paused.
 */
export async function followIngest(
  client: Client,
  source: string | undefined,
  progress: Progress,
  signal?: AbortSignal,
): Promise<{ scan: ScanAnswer; status: StatusView }> {
  let scan = await scanOnce(client, source)
  const pace = createPace()
  for (;;) {
    const status = await client.get<StatusView>('/v1/status', { source })
    const { recordings } = status
    const of = (state: string) => recordings[state] ?? 0
    const open = of('discovered') + of('preparing') + of('embedding') + of('failed')
    const done = of('searchable') + of('quarantined') + of('duplicate')
    const vectors = Object.values(status.embeddings).reduce((sum, n) => sum + n, 0)
    const swept = new Set(scan.sweeps.map((sweep) => sweep.source))
    const isPlacing = status.sources.some(({ url, placingFrom }) => swept.has(url) && placingFrom !== null)
    const placing = isPlacing ? ['known recordings are placed again'] : []
    const note = [`recordings, ${vectors} embeddings`, ...placing, ...tellHolds(status, source)].join('; ')
    progress.update(done, open + done, note)
    const unsettled = scan.sweeps.reduce((sum, sweep) => sum + sweep.unsettled, 0)
    if (open === 0 && unsettled === 0 && !isPlacing) return { scan, status }
    const paused = await pausedNow(client, status, source)
    if (paused) throw paused
    await sleep(open === 0 ? longestPauseMs : pace(open, done), undefined, signal ? { signal } : {})
    if (open === 0 && unsettled > 0) scan = await scanOnce(client, source)
  }
}

/** The counts in the status may be some seconds old: where they say that all is paused, it is asked for again. */
async function pausedNow(client: Client, status: StatusView, source: string | undefined): Promise<CoroError | null> {
  const { queues, waiting, pauses } = status
  // What was in hand when it was paused is finished.
  const inHand = (queues['prepare']?.active ?? 0) + (queues['embed']?.active ?? 0)
  if (inHand > 0 || !whyPaused(waiting, pauses, source)) return null
  const now = await client.get<Pick<StatusView, 'waiting'>>('/v1/backlog')
  return whyPaused(now.waiting, pauses, source)
}

const shortestPauseMs = 100
const longestPauseMs = 1000

/**
 * How long to wait until the next look: half of what the rest will take at the pace so far. Each look costs the embedded
 * database some statements, and one that comes late makes the whole run seem longer.
 */
function createPace(): (open: number, done: number) => number {
  const began = performance.now()
  let doneBefore: number | null = null
  return (open, done) => {
    doneBefore ??= done
    const eachMs = (performance.now() - began) / Math.max(1, done - doneBefore)
    return Math.min(longestPauseMs, Math.max(shortestPauseMs, (open * eachMs) / 2))
  }
}
