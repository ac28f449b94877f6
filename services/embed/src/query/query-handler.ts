import { CoroError } from '@coro/shared/errors'
import type { FrontEnd } from '@coro/audio/front-end'
import type { Space } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'
import type { Handler } from '@coro/shared/queues/consumer'
import type { ThreadPool } from '@coro/shared/threads/thread-pool'
import type { ClipWindows } from '@coro/audio/read-clip-windows'
import type { Embedder } from '../model/embedder.js'
import type { ClipTask } from './clip-thread.js'

export interface QueryParts {
  platform: Platform
  /** Threads of its own: a running job of the ingest cannot be overtaken. */
  clips: ThreadPool<ClipTask, ClipWindows>
  embedder: Embedder
  spaces: Space[]
  frontEnd: FrontEnd
}

/** One job a searcher's clip: its windows' embeddings, in the answer itself; nothing is stored. */
export function queryHandler({ platform, clips, embedder, spaces, frontEnd }: QueryParts): Handler<'query'> {
  return async ({ clipKey, spaceId }, { signal }) => {
    const space = spaces.find(({ id }) => id === spaceId)
    if (!space) {
      throw new CoroError('SPACE_FOREIGN', 'No running embed worker has the network of that space.', {
        disposition: 'reject',
      })
    }
    const { store } = platform
    const info = await store.head(clipKey)
    if (!info) throw new CoroError('CLIP_GONE', 'The clip has left the store already.', { disposition: 'reject' })
    await using file = await store.localFile(clipKey, info.version)
    const { windows, starts, durationS } = await clips.run(
      { path: file.path, variant: space.variant, frontEnd, engine: platform.config.engine },
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
