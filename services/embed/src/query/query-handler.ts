import { CoroError } from '@coro/shared/errors'
import { spaceById } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'
import type { Handler } from '@coro/shared/queues/consumer'
import type { Payload } from '@coro/shared/queues/registry'
import type { LocalFile, Storage } from '@coro/shared/storage/store'
import type { ThreadPool } from '@coro/shared/threads/thread-pool'
import type { ClipWindows } from '@coro/audio/read-clip-windows'
import { frontEndOfSpace } from '../embed/spaces-of-model.js'
import type { ResolvedModel } from '../model/resolve-model.js'
import type { Embedder } from '../model/embedder.js'
import type { ClipTask } from './clip-thread.js'

export interface QueryParts {
  platform: Platform
  /** Threads of its own: a running job of the ingest cannot be overtaken. */
  clips: ThreadPool<ClipTask, ClipWindows>
  embedder: Embedder
  model: ResolvedModel
}

/** One job a searcher's clip: its windows' embeddings, in the answer itself; nothing is stored. */
export function queryHandler({ platform, clips, embedder, model }: QueryParts): Handler<'query'> {
  return async ({ clipKey, spaceId, part, noise }, { signal }) => {
    // Any space that this network has ever filled, and not only those that it fills now.
    const space = await spaceById(platform.database.pool, spaceId)
    const frontEnd = space === null ? null : frontEndOfSpace(model, space)
    if (space === null || frontEnd === null) {
      throw new CoroError(
        'SPACE_FOREIGN',
        'No running embed worker has the network of that space: search in one of the running network (GET /v1/spaces).',
        {
          disposition: 'reject',
        },
      )
    }
    const { store } = platform
    await using file = await openClip(store, clipKey)
    await using profile = await openNoise(store, noise, frontEnd.sampleRateHz)
    const { windows, starts, durationS } = await clips.run(
      {
        path: file.path,
        variant: space.variant,
        frontEnd,
        engine: platform.config.engine,
        part,
        noise: profile.noise,
      },
      { signal },
    )
    const { embeddings, silent } = await embedder.embed(windows, { signal })
    return {
      durationS,
      windows: starts.map((startS, i) => {
        const row = embeddings.subarray(i * space.dimension, (i + 1) * space.dimension)
        const bytes = Buffer.from(row.buffer, row.byteOffset, row.byteLength)
        return { startS, silent: silent[i] !== 0, embedding: bytes.toString('base64') }
      }),
    }
  }
}

async function openClip(store: Storage, key: string): Promise<LocalFile> {
  const info = await store.head(key)
  if (!info) throw new CoroError('CLIP_GONE', 'The clip has left the store already.', { disposition: 'reject' })
  return store.localFile(key, info.version)
}

/** The noise that a clip brings: a file as it was sent, or the beginning of a recording's prepared raw audio. */
async function openNoise(
  store: Storage,
  noise: Payload<'query'>['noise'],
  sampleRateHz: number,
): Promise<AsyncDisposable & { noise: ClipTask['noise'] }> {
  const none = async (): Promise<void> => undefined
  if (noise === undefined) return { noise: undefined, [Symbol.asyncDispose]: none }
  if ('key' in noise) {
    const file = await openClip(store, noise.key)
    return { noise: { path: file.path }, [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() }
  }
  const bytes = await store.readRange(
    noise.preparedKey,
    noise.offsetBytes,
    2 * Math.floor(noise.seconds * sampleRateHz),
  )
  const samples = new Float32Array(bytes.length >> 1)
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(2 * i) / 32_768
  return { noise: { samples, sampleRateHz }, [Symbol.asyncDispose]: none }
}
