import { readClipWindows, type ClipWindows, type FrontEnd } from '@coro/audio/prepare-audio'
import { threadTask } from '@coro/shared/threads/thread-task'

export interface ClipTask {
  path: string
  variant: 'raw' | 'denoised'
  frontEnd: FrontEnd
}

/** A searcher's clip through the same front end as the recordings. */
export default threadTask(
  ({ path, variant, frontEnd }: ClipTask): Promise<ClipWindows> => readClipWindows(path, { variant, frontEnd }),
)
