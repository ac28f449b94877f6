import { setImmediate } from 'node:timers/promises'
import { AudioError } from '../audio-error.js'
import type { AudioReader } from './audio-reader.js'
import { levelMeter } from './measure-levels.js'

export interface ReadProgress {
  /** Samples per channel read so far, and claimed by the header. */
  frames: number
  totalFrames: number | null
}

export interface PumpOptions {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: ReadProgress) => void) | undefined
}

/** Between these many frames the event loop gets a turn, so that an abort or a message can arrive. */
const framesPerTurn = 1 << 20

/**
 * Read a recording to its end, block by block; warns of sound that is silent, constant or clipped. Returns the frames
 * read. Errors: those of the reader, AUDIO_ABORTED,
 * AUDIO_NO_SAMPLES when nothing came.
 */
export async function pumpSamples(
  reader: AudioReader,
  each: (block: Float32Array) => void,
  options: PumpOptions = {},
): Promise<number> {
  let frames = 0
  let nextTurn = framesPerTurn
  const levels = levelMeter(reader.header.bitsPerSample)
  for await (const block of reader.samples()) {
    levels.add(block)
    each(block)
    frames += block.length
    if (frames < nextTurn) continue
    nextTurn = frames + framesPerTurn
    options.onProgress?.({ frames, totalFrames: reader.header.frames })
    await setImmediate()
    if (options.signal?.aborted === true) {
      throw new AudioError('AUDIO_ABORTED', `stopped by the caller after ${frames} frames`, {
        cause: options.signal.reason,
      })
    }
  }
  if (frames === 0) throw new AudioError('AUDIO_NO_SAMPLES', 'the file holds no sample: nothing was recorded')
  levels.finish(reader.warnings)
  options.onProgress?.({ frames, totalFrames: reader.header.frames })
  return frames
}
