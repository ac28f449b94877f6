import { frontEndOf } from '@coro/audio/front-end-settings'
import type { ClipWindows } from '@coro/audio/read-clip-windows'
import { createDisposables } from '@coro/shared/process/dispose-all'
import { holdTeller } from '@coro/shared/process/hold-teller'
import type { Platform } from '@coro/shared/process/platform'
import { createThreadPool } from '@coro/shared/threads/thread-pool'
import { join } from 'node:path'
import { embedHandler } from './embed/embed-handler.js'
import { spacesOfModel } from './embed/spaces-of-model.js'
import { createEmbedder } from './model/embedder.js'
import { resolveModel } from './model/resolve-model.js'
import type { ClipTask } from './query/clip-thread.js'
import { queryHandler } from './query/query-handler.js'

export interface EmbedOptions {
  /** Answer searchers' clips only, embed no recordings: for a command that opens the store by itself. */
  queriesOnly?: boolean
}

/**
 * Start the embed workers: batches of recordings on their threads, searchers' clips on a reserved one.
 * Throws MODEL_* where the network cannot be used.
 */
export async function startEmbed(
  platform: Platform,
  { queriesOnly = false }: EmbedOptions = {},
): Promise<AsyncDisposable> {
  const { config, queues, log } = platform
  const model = await resolveModel({ model: config.model.name, cacheDir: join(config.dataDir, 'models') })
  // A command that only asks leaves the spaces as they are.
  const spaces = queriesOnly ? [] : await spacesOfModel(platform, model, frontEndOf(config.frontEnd))
  const windowSamples = Math.round(model.manifest.windowS * model.manifest.sampleRateHz)
  const own = createDisposables()
  const common = { lockS: config.jobs.lockS, stalledCheckS: config.jobs.stalledCheckS }
  const queryEmbedder = own.use(await createEmbedder({ model, threads: 1, warm: !queriesOnly }))
  const clips = own.use(createThreadPool<ClipTask, ClipWindows>(new URL('./query/clip-thread.js', import.meta.url), 1))
  own.use(
    queues.consume({
      ...common,
      queue: 'query',
      handler: queryHandler({ platform, clips, embedder: queryEmbedder, model }),
      concurrency: 1,
      log: log.child({ part: 'query' }),
    }),
  )
  if (queriesOnly) return own
  const embedder = own.use(await createEmbedder({ model, threads: config.threads.embed, warm: true }))
  await platform.presence.join('embed', config.threads.embed)
  own.use(
    queues.consume({
      ...common,
      queue: 'embed',
      handler: embedHandler({ platform, embedder, spaces, windowSamples }),
      // One batch is read and written while another is computed.
      concurrency: config.threads.embed + 1,
      log: log.child({ part: 'embed' }),
      onHold: holdTeller(platform, 'embed'),
    }),
  )
  return own
}
