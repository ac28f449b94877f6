import { createApp } from '@coro/api/app'
import { createPainter } from '@coro/api/spectrogram/painter'
import { startApi } from '@coro/api/start-api'
import { startEmbed } from '@coro/embed/start-embed'
import { startPrepare } from '@coro/ingest/prepare/start-prepare'
import { startReconciler } from '@coro/ingest/reconcile/reconciler'
import { startWatcher } from '@coro/ingest/watch/watcher'
import { lockDataDir } from '@coro/shared/config/data-lock'
import type { Config } from '@coro/shared/config/read-config'
import type { Logger } from '@coro/shared/log/logger'
import { createDisposables } from '@coro/shared/process/dispose-all'
import { openPlatform } from '@coro/shared/process/platform'

/** What runs in this process. `http` listens; without it the API answers inside the process only. */
export type Role = 'http' | 'watch' | 'prepare' | 'embed' | 'query' | 'reconcile'
export const allRoles: Role[] = ['http', 'watch', 'prepare', 'embed', 'reconcile']

export interface System extends AsyncDisposable {
  /** Where the API listens, or null without `http`. */
  readonly url: string | null
  /** Ask the API, without a network in between. */
  fetch(request: Request): Promise<Response>
}

/**
 * Coro in this one process: the services of the distributed system, wired over one platform. An embedded database is
 * locked for this process first. Throws DATA_LOCKED, and what the services throw.
 */
export async function startSystem(config: Config, log: Logger, roles: Role[]): Promise<System> {
  const own = createDisposables()
  const has = (role: Role) => roles.includes(role)
  try {
    const lock = config.embedded ? own.use(lockDataDir(config.dataDir)) : null
    const platform = own.use(await openPlatform(config, log))
    // Spaces first: what is prepared owes its segments to them.
    if (has('embed') || has('query')) own.use(await startEmbed(platform, { queriesOnly: !has('embed') }))
    if (has('prepare')) own.use(await startPrepare(platform))
    if (has('reconcile')) own.use(await startReconciler(platform))
    if (has('watch')) own.use(await startWatcher(platform))
    const api = has('http') ? own.use(await startApi(platform, { fallBack: config.embedded })) : null
    if (api) lock?.publish(api.url)
    const app = api ?? createApp(platform, own.use(createPainter()))
    return {
      url: api?.url ?? null,
      fetch: async (request) => app.fetch(request),
      [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
    }
  } catch (error) {
    await own[Symbol.asyncDispose]()
    throw error
  }
}
