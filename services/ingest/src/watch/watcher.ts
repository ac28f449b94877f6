import { setTimeout as sleep } from 'node:timers/promises'
import { refuseOverlap } from '@coro/shared/config/overlap'
import { isAddressAlone, type SourceConfig } from '@coro/shared/config/sources'
import { apiSources } from '@coro/shared/database/source-list'
import { saveSource, type Origin } from '@coro/shared/database/sources'
import { forgetHints, readHints } from '@coro/shared/database/watching/object-hints'
import { sourcesToPlace } from '@coro/shared/database/watching/placing'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { openEventQueue } from '@coro/shared/storage/event-queue'
import { backoffMs } from './backoff.js'
import { receiveEvents, type Look } from './event-receiver.js'
import type { SweepResult } from './sweep.js'
import { watchSource, type WatchedSource } from './watched-source.js'

interface Entry {
  watched: WatchedSource
  /** When its declaration over the API was made; null = from the configuration. */
  declaredAt: number | null
  stopEvents: AbortController
  events: Promise<void> | null
}

/** How often is looked whether events named keys, and every how many times whether sources were declared. */
const hintsMs = 1000
const sourcesEvery = 3

/**
 * Watch every declared source: those of the configuration, and those of the API as they come and go. Sweep at once where
 * the `scan` queue asks for it. New recordings are in the backlog with their row.
 */
export async function startWatcher(platform: Platform): Promise<AsyncDisposable> {
  const { config, database, queues, storages, log: parentLog } = platform
  const log = parentLog.child({ part: 'watch' })
  const stopping = new AbortController()
  const entries = new Map<string, Entry>()

  // The database is the backlog: the dispatcher of this process looks at once, that of another one within its turn.
  const onRecordings = async () => platform.wake.call()

  const look: Look = async (sourceId, keys) => {
    for (const { watched } of entries.values()) if (watched.source.id === sourceId) await watched.look(keys)
  }

  async function begin(sourceConfig: SourceConfig, origin: Origin, declaredAt: number | null): Promise<Entry> {
    const source = await saveSource(database, sourceConfig, origin)
    const stopEvents = new AbortController()
    const watched = watchSource(platform, source, onRecordings, log)
    const entry: Entry = { watched, declaredAt, stopEvents, events: null }
    entries.set(source.url, entry)
    if (source.events) {
      const queue = openEventQueue(source.events.sqs, config.s3, source.access)
      entry.events = receiveEvents(database.pool, queue, look, log, stopEvents.signal).finally(() =>
        queue[Symbol.dispose](),
      )
    }
    return entry
  }

  async function end(url: string): Promise<void> {
    const entry = entries.get(url)
    entries.delete(url)
    entry?.stopEvents.abort()
    await entry?.events
    await entry?.watched[Symbol.asyncDispose]()
  }

  /** One source, or all of them. A folder that is not watched so far is watched from now, on an embedded system only. */
  async function scan(url: string | null, confirmDeletions: boolean): Promise<SweepResult[]> {
    await followApi()
    if (url === null) {
      return Promise.all([...entries.values()].map(({ watched }) => watched.sweepNow({ confirmDeletions })))
    }
    const entry = entries.get(url)
    if (entry) return [await entry.watched.sweepNow({ confirmDeletions })]
    if (!config.embedded) {
      throw new CoroError('SOURCE_UNKNOWN', `${url} is not a declared source.`, { disposition: 'reject' })
    }
    refuseOverlap(url, config.storeUrl)
    await storages.open(url).check()
    const added = await begin({ url, deployments: [], sites: [] }, 'file', null)
    return [await added.watched.sweepNow({ confirmDeletions })]
  }

  let following: Promise<void> | null = null
  /** Begin with what was declared over the API since, end what was removed there, begin anew what was changed. */
  function followApi(): Promise<void> {
    following ??= followOnce().finally(() => {
      following = null
    })
    return following
  }
  async function followOnce(): Promise<void> {
    const declared = await apiSources(database.pool)
    for (const [url, { declaredAt }] of entries) {
      const now = declared.find((source) => source.url === url)
      if (declaredAt !== null && now?.declaredAt.getTime() !== declaredAt) await end(url)
    }
    for (const { url, declaredAt, declared: source } of declared) {
      if (entries.has(url)) continue
      try {
        refuseOverlap(url, config.storeUrl)
        await begin({ ...source, url, sites: [] }, 'api', declaredAt.getTime())
      } catch (error) {
        // The others are watched all the same; it is tried again.
        log.warn({ source: url, err: error }, 'a source cannot be watched')
      }
    }
  }

  /** Sources whose looks failed: how often in sequence, and until when they are left alone. */
  const failing = new Map<number, { failures: number; until: number }>()

  /** Look at the keys that events named. Where a source does not answer, its hints stay, and the others' are taken. */
  async function takeHints(): Promise<void> {
    const ids = [...entries.values()].map(({ watched }) => watched.source.id)
    const hints = await readHints(
      database.pool,
      ids.filter((id) => (failing.get(id)?.until ?? 0) <= Date.now()),
      500,
    )
    for (const id of new Set(hints.map(({ sourceId }) => sourceId))) {
      const own = hints.filter(({ sourceId }) => sourceId === id)
      try {
        await look(
          id,
          own.map(({ key }) => key),
        )
        await forgetHints(database.pool, own)
        failing.delete(id)
      } catch (error) {
        const failures = (failing.get(id)?.failures ?? 0) + 1
        failing.set(id, { failures, until: Date.now() + backoffMs(failures) })
        if (!stopping.signal.aborted) log.warn({ sourceId: id, err: error }, 'looking failed; it is tried again')
      }
    }
  }

  /** Declarations and sites' zones may have changed in any process: known recordings follow. */
  async function placeChanged(): Promise<void> {
    const changed = new Set(await sourcesToPlace(database.pool))
    for (const { watched } of entries.values()) if (changed.has(watched.source.id)) watched.placeAside()
  }

  async function poll(): Promise<void> {
    for (let turn = 1; !stopping.signal.aborted; turn++) {
      await sleep(hintsMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      try {
        if (turn % sourcesEvery === 0) {
          await followApi()
          await placeChanged()
        }
        await takeHints()
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'events and declarations are not read')
      }
    }
  }

  const overApi = new Set((await apiSources(database.pool)).map(({ url }) => url))
  for (const source of config.sources) {
    // An address alone (of `coro scan ADDRESS`, say) declares nothing, and takes no declaration's place.
    if (isAddressAlone(source) && overApi.has(source.url)) continue
    await begin(source, 'file', null)
  }
  await followApi()
  await placeChanged()
  const polling = poll()
  const consumer = queues.consume({
    queue: 'scan',
    handler: async ({ source, confirmDeletions }) => ({ sweeps: await scan(source, confirmDeletions === true) }),
    concurrency: 1,
    lockS: config.jobs.lockS,
    stalledCheckS: config.jobs.stalledCheckS,
    log,
  })
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await consumer[Symbol.asyncDispose]()
      await polling
      await Promise.all([...entries.keys()].map(end))
    },
  }
}
