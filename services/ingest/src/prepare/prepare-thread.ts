import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { inspectAudio, type InspectedAudio } from '@coro/audio/inspect-audio'
import { prepareAudio, type PreparedAudio } from '@coro/audio/prepare-audio'
import { threadTask } from '@coro/shared/threads/thread-task'
import type { FrontEnd } from '@coro/audio/front-end'

/** What the prepare threads do: look at a file cheaply, or take it through the whole front end. */
export type PrepareTask =
  | { kind: 'inspect'; path: string; fileName: string }
  | {
      kind: 'prepare'
      path: string
      fileName: string
      outputs: { raw?: string; denoised?: string }
      frontEnd: FrontEnd
    }

export type PrepareResult =
  | { kind: 'inspect'; inspected: InspectedAudio; sha256: string }
  | { kind: 'prepare'; prepared: PreparedAudio; cpuS: number }

export default threadTask(async (task: PrepareTask): Promise<PrepareResult> => {
  if (task.kind === 'inspect') {
    const inspected = await inspectAudio(task.path, task.fileName)
    return { kind: 'inspect', inspected, sha256: await hashFile(task.path) }
  }
  const { path, fileName, outputs, frontEnd } = task
  const began = performance.now()
  const prepared = await prepareAudio({ path, fileName, outputs, frontEnd })
  return { kind: 'prepare', prepared, cpuS: (performance.now() - began) / 1000 }
})

/** sha256 of a file's bytes, hex. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer)
  return hash.digest('hex')
}
