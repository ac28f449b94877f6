import type { FrontEnd } from '@coro/audio/front-end'
import type { Engine } from '@coro/audio/kernel/load-kernel'
import { readClipWindows, type ClipWindows, type ReadClipOptions } from '@coro/audio/read-clip-windows'
import { threadTask } from '@coro/shared/threads/thread-task'

export interface ClipTask {
  path: string
  variant: 'raw' | 'denoised'
  frontEnd: FrontEnd
  engine: Engine
  part: ReadClipOptions['part'] | undefined
  noise: ReadClipOptions['noise'] | undefined
}

/** A searcher's clip through the same front end as the recordings. */
export default threadTask(({ path, part, noise, ...how }: ClipTask): Promise<ClipWindows> =>
  readClipWindows(path, { ...how, ...(part === undefined ? {} : { part }), ...(noise === undefined ? {} : { noise }) }),
)
