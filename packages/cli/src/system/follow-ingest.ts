import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusView } from '@coro/api/schemas'
import type { Progress } from '../print/progress.js'
import type { Client } from './client.js'

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
 * a duplicate, or set aside with a reason. Resolves to the last status.
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
    progress.update(done, open + done, `recordings, ${vectors} embeddings`)
    const unsettled = scan.sweeps.reduce((sum, sweep) => sum + sweep.unsettled, 0)
    if (open === 0 && unsettled === 0) return { scan, status }
    await sleep(open === 0 ? longestPauseMs : pace(open, done), undefined, signal ? { signal } : {})
    if (open === 0) scan = await scanOnce(client, source)
  }
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
