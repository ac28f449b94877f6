import { availableParallelism } from 'node:os'
import { createThreadPool, type ThreadPool } from '@coro/shared/threads/thread-pool'
import type { SpectrogramTask } from './spectrogram-thread.js'

/** Draws pictures in threads, so that a page of them leaves the API's event loop to other requests. */
export type Painter = ThreadPool<SpectrogramTask, Uint8Array>

/** Half the cores, at most four; threads begin with the first picture and end when none was wanted for a while. */
export function createPainter(): Painter {
  const threads = Math.min(4, Math.max(1, Math.floor(availableParallelism() / 2)))
  // Compiled also where this file is not: threads run JavaScript.
  return createThreadPool(new URL(import.meta.resolve('@coro/api/spectrogram/spectrogram-thread')), threads)
}
