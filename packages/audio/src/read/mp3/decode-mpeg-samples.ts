import { AudioError } from '../../audio-error.js'
import type { AudioHeader, AudioWarning } from '../audio-reader.js'
import { sampleLimiter } from '../limit-samples.js'
import { mixPlanar } from '../mix-planar.js'
import { tellSamples, tellSeconds } from '../tell-amount.js'
import type { ReadSource } from '../read-source.js'
import { createMpegDecoder } from './mpeg-decoder.js'
import { type MpegFrameHeader, sameMpegStream } from './mpeg-frame-header.js'
import { mpegFrames } from './mpeg-frames.js'

export interface MpegStream {
  position: number
  first: MpegFrameHeader
  /** The first frame holds Xing's header instead of sound. */
  hasXing: boolean
  /** Samples that encoder and decoder put in front. */
  skipFrames: number
  /** Samples per channel by Xing's header, without what the encoder added; null = not said. */
  claimedFrames: number | null
}

/** Samples handed on at a time. */
const blockCapacity = 16384

/**
 * Decode an MP3 frame by frame to mono blocks. A frame that cannot be decoded becomes silence; damage between frames is
 * passed over (nothing in an MP3 tells how long it was). Appends its warnings at the end. Errors: AUDIO_NO_SAMPLES.
 */
export async function* decodeMpegSamples(
  source: ReadSource,
  stream: MpegStream,
  header: AudioHeader,
  warnings: AudioWarning[],
): AsyncGenerator<Float32Array> {
  using decoder = await createMpegDecoder()
  const limiter = sampleLimiter(header.sampleRateHz, true)
  const most = stream.claimedFrames ?? Infinity
  const { blockFrames, channels } = stream.first
  const frameSound = new Float32Array(blockFrames)
  const block = new Float32Array(blockCapacity)
  const state = { done: 0, silenced: 0, skippedBytes: 0, firstLost: null as number | null, toSkip: stream.skipFrames }
  let filled = 0
  let index = stream.hasXing ? -1 : 0
  const end = { isCut: false }
  for (const frame of mpegFrames(source.file, stream.position, end)) {
    if (!sameMpegStream(frame.header, stream.first)) {
      warnings.push({
        code: 'AUDIO_FORMAT_CHANGED',
        message: `rate or channels change after ${tellSamples(state.done, header.sampleRateHz)}; what comes before is used`,
      })
      break
    }
    if (index >= 0) {
      if (index > 0) state.skippedBytes += frame.skippedBytes
      const decoded = decoder.decode(frame.bytes)
      const length = Math.min(blockFrames, decoded[0]?.length ?? 0)
      if (length < blockFrames || (index > 0 && frame.skippedBytes > 0)) state.firstLost ??= state.done
      state.silenced += blockFrames - length
      mixPlanar(channels === 1 ? decoded.slice(0, 1) : decoded, 0, length, source.channel, frameSound)
      frameSound.fill(0, length)
      const from = Math.min(state.toSkip, blockFrames)
      state.toSkip -= from
      const count = Math.max(0, Math.min(blockFrames - from, most - state.done))
      if (filled + count > blockCapacity) {
        limiter.limit(block.subarray(0, filled))
        yield block.subarray(0, filled)
        filled = 0
      }
      block.set(frameSound.subarray(from, from + count), filled)
      filled += count
      state.done += count
    }
    index += 1
  }
  if (filled > 0) {
    limiter.limit(block.subarray(0, filled))
    yield block.subarray(0, filled)
  }
  limiter.finish(warnings)
  reportEnd({ ...state, ...end }, header, warnings)
}

function reportEnd(
  state: { done: number; silenced: number; skippedBytes: number; firstLost: number | null; isCut: boolean },
  header: AudioHeader,
  warnings: AudioWarning[],
): void {
  if (state.done === 0 || state.silenced >= state.done) {
    throw new AudioError('AUDIO_NO_SAMPLES', 'the MP3 file holds no sound that can be decoded')
  }
  // The first frames of a stream that was cut out of a longer one need data that is not there: no damage.
  if (state.skippedBytes > 0 || state.silenced > 4 * 1152) {
    warnings.push({
      code: 'AUDIO_CORRUPT_FRAMES',
      message:
        `${state.skippedBytes} bytes could not be decoded and are left out, the first at ` +
        `${tellSeconds(state.firstLost ?? 0, header.sampleRateHz)}; ${tellSamples(state.silenced, header.sampleRateHz)} became silence`,
    })
  }
  if (header.frames === null ? state.isCut : state.done < header.frames) {
    const claim =
      header.frames === null
        ? 'the file ends inside a frame'
        : `the header claims ${tellSamples(header.frames, header.sampleRateHz)}`
    warnings.push({
      code: 'AUDIO_TRUNCATED',
      message: `${claim}; the ${tellSamples(state.done, header.sampleRateHz)} that are there are used`,
    })
  }
}
