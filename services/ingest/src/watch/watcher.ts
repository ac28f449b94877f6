import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { existsSync } from 'node:fs'
import { refuseOverlap } from '@coro/shared/config/overlap'
import type { SourceConfig } from '@coro/shared/config/sources'
import { noteSweep, saveSource, type SourceRow } from '@coro/shared/database/sources'
import { CoroError, errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { watchFolder } from './folder-events.js'
import { createPlaceFinder } from './place-of-key.js'
import { createSettling, type Settling } from './settling.js'
import { sweep, type SweepResult } from './sweep.js'

interface Watched {
  source: SourceRow
  settling: Settling
  sweepNow: () => Promise<SweepResult>
}

/**
 * Watch every configured source, and sweep at once where the `scan` queue asks for it. New recordings are in the
 * backlog with their row.
 */
export async function startWatcher(platform: Platform): Promise<AsyncDisposable> {
  const { config, database, queues, storages, log: parentLog } = platform
  const log = parentLog.child({ part: 'watch' })
  const stopping = new AbortController()
  const watched = new Map<string, Watched>()
  const loops: Promise<void>[] = []
  const watchers: Disposable[] = []

  // The database is the backlog: the dispatcher of this process looks at once, that of another one within its turn.
  const onRecordings = async () => platform.wake.call()

  async function begin(sourceConfig: SourceConfig): Promise<Watched> {
    const source = await saveSource(database, sourceConfig)
    const storage = storages.open(source.url)
    const isFolder = source.url.startsWith('file:')
    const settling = createSettling(config.watch.settleS, !isFolder)
    const parts = {
      database,
      source,
      storage,
      settling,
      placeOf: createPlaceFinder(database.pool, source),
      onRecordings,
      signal: stopping.signal,
    }
    let running: Promise<SweepResult> | null = null
    // Two sweeps of one source at once would only find the same things.
    const sweepNow = () => {
      running ??= sweepAndNote().finally(() => {
        running = null
      })
      return running
    }
    async function sweepAndNote(): Promise<SweepResult> {
      try {
        const result = await sweep(parts)
        await noteSweep(database.pool, source.id, result.objects, null)
        if (result.found + result.changed > 0) log.info({ ...result }, 'swept')
        return result
      } catch (error) {
        if (!stopping.signal.aborted) {
          const { code, message } = errorFacts(error)
          await noteSweep(database.pool, source.id, 0, `${code}: ${message}`).catch(() => undefined)
        }
        throw error
      }
    }
    const entry: Watched = { source, settling, sweepNow }
    watched.set(source.url, entry)
    loops.push(keepSweeping(entry, isFolder))
    return entry
  }

  /** Sweep, then again after the interval, a folder event, or when a file that was being written may rest. */
  async function keepSweeping({ source, settling, sweepNow }: Watched, isFolder: boolean): Promise<void> {
    let wake = () => {}
    const events = isFolder && existsSync(fileURLToPath(source.url)) ? watchFolder(source.url, () => wake(), log) : null
    if (events) watchers.push(events)
    while (!stopping.signal.aborted) {
      const began = Date.now()
      await sweepNow().catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ source: source.url, err: error }, 'sweep failed')
      })
      settling.forgetUnseen(began)
      const tookMs = Date.now() - began
      const intervalMs = config.watch.sweepIntervalS * 1000
      const woken = new AbortController()
      // Events come in bursts while a file is copied: look a moment later, once, and never spend all time on looking.
      wake = () => {
        setTimeout(() => woken.abort(), 500 + tookMs).unref()
      }
      await sleep(Math.min(intervalMs, settling.nextLookMs(Date.now()) ?? intervalMs) + tookMs, undefined, {
        signal: AbortSignal.any([stopping.signal, woken.signal]),
      }).catch(() => undefined)
    }
  }

  /** One source, or all of them. A folder that is not watched so far is watched from now, on an embedded system only. */
  async function scan(url: string | null): Promise<SweepResult[]> {
    if (url === null) return Promise.all([...watched.values()].map(({ sweepNow }) => sweepNow()))
    const entry = watched.get(url)
    if (entry) return [await entry.sweepNow()]
    if (!config.embedded) {
      throw new CoroError('SOURCE_UNKNOWN', `${url} is not a configured source.`, { disposition: 'reject' })
    }
    refuseOverlap(url, config.storeUrl)
    await storages.open(url).check()
    const added = await begin({ url, deployments: [], sites: [] })
    return [await added.sweepNow()]
  }

  for (const source of config.sources) await begin(source)
  const consumer = queues.consume({
    queue: 'scan',
    handler: async ({ source }) => ({ sweeps: await scan(source) }),
    concurrency: 1,
    lockS: config.jobs.lockS,
    stalledCheckS: config.jobs.stalledCheckS,
    log,
  })
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await consumer[Symbol.asyncDispose]()
      for (const events of watchers) events[Symbol.dispose]()
      await Promise.allSettled(loops)
    },
  }
}
