import { setTimeout as sleep } from 'node:timers/promises'
import type { Output } from '../print/output.js'
import { createProgress } from '../print/progress.js'
import type { Client } from './client.js'

export interface IndexChoice {
  space?: string | undefined
  variant?: string | undefined
}

/** Build a space's HNSW index, and show how far it is; unless it is there. */
export async function buildWithProgress(
  client: Client,
  output: Output,
  { space, variant }: IndexChoice,
): Promise<{ space: string; built: boolean; seconds: number }> {
  const choice = { ...(space === undefined ? {} : { space }), ...(variant === undefined ? {} : { variant }) }
  using progress = createProgress(output, 'index')
  const ended = new AbortController()
  const watching = (async () => {
    while (!ended.signal.aborted) {
      await sleep(2000, undefined, { signal: ended.signal }).catch(() => undefined)
      if (ended.signal.aborted) return
      const now = await client
        .get<{ progress: { phase: string; done: number; total: number } | null }>('/v1/index/progress', choice)
        .catch(() => null)
      if (now?.progress) progress.update(now.progress.done, now.progress.total, now.progress.phase)
    }
  })()
  try {
    return await client.post('/v1/index/build', choice)
  } finally {
    ended.abort()
    await watching
  }
}
