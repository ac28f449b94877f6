import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { AudioError } from '@coro/audio/audio-error'
import { inspectAudio, type InspectedAudio } from '@coro/audio/inspect-audio'
import { prepareAudio, type PreparedAudio } from '@coro/audio/prepare-audio'
import { CoroError, errorFacts, type ErrorFacts } from '@coro/shared/errors'
import { threadTask } from '@coro/shared/threads/thread-task'
import type { FrontEnd } from '@coro/audio/front-end'
import type { ChannelChoice } from '@coro/audio/read/audio-reader'
import type { Engine } from '@coro/audio/kernel/load-kernel'

/** What the prepare threads do: look at a file cheaply, or take it through the whole front end. */
export type PrepareTask =
  | { kind: 'inspect'; path: string; fileName: string }
  | {
      kind: 'prepare'
      path: string
      fileName: string
      outputs: { raw?: string; denoised?: string }
      frontEnd: FrontEnd
      channel: ChannelChoice
      engine: Engine
    }

export type PrepareResult =
  | { kind: 'inspect'; sha256: string; inspected: InspectedAudio | { refused: ErrorFacts } }
  | {
      kind: 'prepare'
      prepared: PreparedAudio
      elapsedS: number
      /** Of each written file: a store can be verified against it. */
      files: Record<string, { sha256: string; bytes: number }>
    }

export default threadTask(async (task: PrepareTask): Promise<PrepareResult> => {
  if (task.kind === 'inspect') {
    const sha256 = await hashFile(task.path).catch((error: NodeJS.ErrnoException) => {
      throw unreadable(error)
    })
    const inspected = await inspectAudio(task.path, task.fileName).catch((error: unknown) => ({
      refused: errorFacts(error),
    }))
    return { kind: 'inspect', sha256, inspected }
  }
  const { path, fileName, outputs, frontEnd, channel, engine } = task
  const began = performance.now()
  const prepared = await prepareAudio({ path, fileName, outputs, frontEnd, channel, engine })
  const files: Record<string, { sha256: string; bytes: number }> = {}
  for (const [variant, written] of Object.entries(outputs)) {
    files[variant] = { sha256: await hashFile(written), bytes: (await stat(written)).size }
  }
  return { kind: 'prepare', prepared, files, elapsedS: (performance.now() - began) / 1000 }
})

/** The original went since it was fetched, or may not be read, or its disk fails. */
function unreadable(cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'ENOENT') {
    return new CoroError('STORAGE_GONE', 'the file went while it was to be read', { disposition: 'retry', cause })
  }
  const why = cause.code === 'EACCES' || cause.code === 'EPERM' ? "it may not be read by Coro's user" : cause.message
  return new AudioError('AUDIO_IO', `the file cannot be read: ${why}`, { cause })
}

/** sha256 of a file's bytes, hex. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer)
  return hash.digest('hex')
}
