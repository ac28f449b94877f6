import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { noteSweep, type SourceRow } from '@coro/shared/database/sources'
import { errorFacts } from '@coro/shared/errors'
import type { Logger } from '@coro/shared/log/logger'
import type { Platform } from '@coro/shared/process/platform'
import { backoffMs } from './backoff.js'
import { watchFolder } from './folder-events.js'
import { lookAtKeys, mostKeys } from './look-at-keys.js'
import { placeAgain } from './place-again.js'
import { createPlaceFinder } from './place-of-key.js'
import { createSettling } from './settling.js'
import { sweep, type SweepResult } from './sweep.js'
import type { TakeParts } from './take-page.js'

/** A source that is watched in this process. Disposing ends it, behind what it has in hand. */
export interface WatchedSource extends AsyncDisposable {
  readonly source: SourceRow
  /** Sweep now, or join the sweep that runs. */
  sweepNow(options?: { confirmDeletions?: boolean }): Promise<SweepResult>
  /** Look at some keys now; resolves when what they came to is committed. */
  look(keys: string[]): Promise<void>
  /** Place its known recordings again in the background, where its declaration has changed. */
  placeAside(): void
}

/** Watchers of other processes look for declarations every three seconds (watcher.ts). */
const othersFollowS = 10

/** Events come in bursts while files are copied: look a moment later, once. */
const gatherMs = 500

/** Sweep a source at once, then again after every interval; look at single files when an event or their rest asks for it. */
export function watchSource(
  platform: Platform,
  source: SourceRow,
  onRecordings: TakeParts['onRecordings'],
  log: Logger,
): WatchedSource {
  const { config, database, storages, worker } = platform
  const stopping = new AbortController()
  const isFolder = source.url.startsWith('file:')
  const settling = createSettling(config.watch.settleS, !isFolder)
  const parts = {
    database,
    source,
    storage: storages.open(source.url, source.access),
    settling,
    placeOf: createPlaceFinder(database.pool, source),
    onRecordings,
    worker,
    parallel: config.watch.parallel,
    othersFollowS: database.kind === 'postgres' ? othersFollowS : 0,
    signal: stopping.signal,
  }
  let { lastObjects } = source
  /** What the last sweep held back: it is said once, not after each sweep. */
  let lastHeld = 0
  let running: Promise<SweepResult> | null = null
  let woken = new AbortController()
  const wake = () => woken.abort()
  const looks = new Set<Promise<void>>()

  // Two sweeps of one source at once in a process would only find the same things.
  function sweepNow({ confirmDeletions = false } = {}): Promise<SweepResult> {
    if (running && confirmDeletions) return running.catch(() => null).then(() => sweepNow({ confirmDeletions }))
    running ??= sweepAndNote(confirmDeletions).finally(() => {
      running = null
    })
    return running
  }

  async function sweepAndNote(confirmDeletions: boolean): Promise<SweepResult> {
    const began = Date.now()
    try {
      const result = await sweep({ ...parts, lastObjects, confirmDeletions })
      lastObjects = result.objects
      await noteSweep(database.pool, source.id, result, faultOf(source, result))
      const { found, changed, restored, deleted, moved, held } = result
      if (held > 0 && held !== lastHeld) {
        log.warn({ ...result }, 'most of the source has gone: nothing is deleted until it is confirmed')
      } else if (found + changed + restored + deleted + moved > 0) log.info({ ...result }, 'swept')
      lastHeld = held
      settling.forgetUnseen(began)
      lookWhenRested()
      return result
    } catch (error) {
      if (!stopping.signal.aborted) {
        const { code, message } = errorFacts(error)
        await noteSweep(database.pool, source.id, null, `${code}: ${message}`).catch(() => undefined)
      }
      throw error
    }
  }

  async function look(keys: string[]): Promise<void> {
    const { found, changed, restored } = await lookAtKeys(parts, keys)
    if (found + changed + restored > 0) log.info({ source: source.url, found, changed, restored }, 'looked')
    settling.forgetDue(keys, Date.now())
    lookWhenRested()
  }

  /** A look that nobody waits for. What fails is found by a sweep. */
  function lookAside(keys: string[]): void {
    if (stopping.signal.aborted || keys.length === 0) return
    const looking = look(keys).catch((error: unknown) => {
      if (!stopping.signal.aborted) log.warn({ source: source.url, err: error }, 'looking failed; a sweep will find it')
    })
    looks.add(looking)
    void looking.finally(() => looks.delete(looking))
  }

  async function placeAndTell(): Promise<void> {
    try {
      const changed = await placeAgain(parts)
      if (changed > 0) log.info({ source: source.url, changed }, 'placed known recordings again')
    } catch (error) {
      if (!stopping.signal.aborted) log.warn({ source: source.url, err: error }, 'placing failed; it is tried again')
    }
  }
  let placing: Promise<void> | null = null
  function placeAside(): void {
    if (stopping.signal.aborted) return
    placing ??= placeAndTell().finally(() => {
      placing = null
    })
  }

  const hinted = new Set<string>()
  let gathering: NodeJS.Timeout | null = null
  function gather(): void {
    gathering ??= setTimeout(() => {
      gathering = null
      const keys = [...hinted]
      hinted.clear()
      if (keys.length > mostKeys) wake()
      else lookAside(keys)
    }, gatherMs).unref()
  }

  let resting: NodeJS.Timeout | null = null
  /** Files that were being written are looked at again when they may rest, the others left alone. */
  function lookWhenRested(): void {
    const waitMs = settling.nextLookMs(Date.now())
    if (resting) clearTimeout(resting)
    resting = waitMs === null ? null : setTimeout(() => lookAside(settling.due(Date.now(), mostKeys)), waitMs).unref()
  }

  const events =
    isFolder && existsSync(fileURLToPath(source.url))
      ? watchFolder(
          source.url,
          {
            onKey(key) {
              hinted.add(key)
              gather()
            },
            onFolder: () => setTimeout(() => wake(), gatherMs).unref(),
          },
          log,
        )
      : null

  async function keepSweeping(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      const began = Date.now()
      woken = new AbortController()
      let pauseMs = config.watch.sweepIntervalS * 1000
      try {
        await sweepNow()
        failures = 0
      } catch (error) {
        if (stopping.signal.aborted) return
        log.warn({ source: source.url, err: error }, 'sweep failed')
        failures++
        // What the sweep has come to is kept: it goes on from there.
        pauseMs = Math.min(Math.max(pauseMs, backoffMs(failures)), backoffMs(20))
        woken = new AbortController()
      }
      // Never spend all time on looking, however often something happens.
      const tookMs = Date.now() - began
      await sleep(Math.min(gatherMs, pauseMs) + tookMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      await sleep(Math.max(0, pauseMs - gatherMs), undefined, {
        signal: AbortSignal.any([stopping.signal, woken.signal]),
      }).catch(() => undefined)
    }
  }
  const loop = keepSweeping()

  return {
    source,
    sweepNow,
    look,
    placeAside,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      events?.[Symbol.dispose]()
      if (gathering) clearTimeout(gathering)
      if (resting) clearTimeout(resting)
      await Promise.allSettled([loop, running, placing, ...looks])
    },
  }
}

/** What a person has to see to, though the sweep came to its end. */
function faultOf(source: SourceRow, result: SweepResult): string | null {
  if (result.held > 0) return heldMessage(source, result)
  const { unreadable } = result
  if (unreadable === null) return null
  return `SOURCE_UNREADABLE: ${unreadable.key}: ${unreadable.message}. The others were swept (coro source show ${source.id}).`
}

function heldMessage({ url }: SourceRow, { held, objects }: SweepResult): string {
  return (
    `SOURCE_EMPTIED: ${held} recordings are not there any more, and ${objects} are. Is everything mounted? Nothing was ` +
    `taken away. If they are really gone: coro scan ${url} --confirm-deletions`
  )
}
