import { AudioError } from './audio-error.js'
import { createVariantStream, gateRateHz, type FrontEnd, type Variant } from './front-end.js'
import type { Engine } from './kernel/load-kernel.js'
import type { AudioWarning, ChannelChoice } from './read/audio-reader.js'
import { type NoiseProfile, readNoiseProfile } from './noise-profile.js'
import { openAudio } from './read/open-audio.js'
import { pumpSamples } from './read/pump-samples.js'
import { leadingPad, windowSamples } from './window/plan-segments.js'
import { quantizeInt16 } from './write/quantize.js'

export interface ReadClipOptions {
  variant: Variant
  frontEnd: FrontEnd
  channel?: ChannelChoice
  /** Default: the SIMD kernel wherever it runs. */
  engine?: Engine
  /** A longer clip is refused: it is held in memory. Default: 600. */
  maxDurationS?: number
  /** Only windows of this part, in seconds; the rest is the surrounding that the gate learns from. Default: all. */
  part?: ClipPart
  /** Noise to take the gate's statistics from, as a file or as samples. Default: the clip's own beginning. */
  noise?: { path: string } | NoiseProfile
}

/** [startS, endS) of a clip; to its end without endS. */
export interface ClipPart {
  startS: number
  endS?: number | undefined
}

export interface ClipWindows {
  /** [n x window] samples at frontEnd.sampleRateHz, 16 bit as a prepared file's. */
  windows: Int16Array
  /** Start of each window in the clip (not in its part), s. */
  starts: number[]
  durationS: number
  warnings: AudioWarning[]
}

/**
 * A searcher's clip through the same front end as recordings, in memory: consecutive windows, and where a tail is left
 * one more that ends with the clip, so that no sound of it is lost. A clip shorter than a window is centre-padded. The
 * same holds for a part of a clip. Errors: as openAudio and createVariantStream; AUDIO_TOO_LONG, AUDIO_NO_PART.
 */
export async function readClipWindows(path: string, options: ReadClipOptions): Promise<ClipWindows> {
  const { frontEnd, maxDurationS = 600 } = options
  await using reader = await openAudio(path, options.channel === undefined ? {} : { channel: options.channel })
  const rateHz = reader.header.sampleRateHz
  const stream = createVariantStream(
    frontEnd,
    options.variant,
    rateHz,
    options.engine,
    await noiseProfile(options.noise, gateRateHz(frontEnd, rateHz)),
  )
  const blocks: Int16Array[] = []
  let length = 0
  const keep = (block: Float32Array): void => {
    const quantized = new Int16Array(block.length)
    quantizeInt16(block, quantized, 0)
    blocks.push(quantized)
    length += block.length
  }
  let received = 0
  const frames = await pumpSamples(reader, (block) => {
    received += block.length
    if (received > maxDurationS * rateHz) {
      throw new AudioError('AUDIO_TOO_LONG', `the clip is longer than ${maxDurationS} s: search by a part of it`)
    }
    stream.push(block, keep)
  })
  stream.flush(keep)
  const samples = new Int16Array(length)
  let at = 0
  for (const block of blocks) {
    samples.set(block, at)
    at += block.length
  }
  const durationS = frames / rateHz
  const { startS, endS } = partOf(options.part, durationS)
  const sampleAt = (seconds: number): number => Math.round(seconds * frontEnd.sampleRateHz)
  const part = samples.subarray(sampleAt(startS), sampleAt(endS))
  const { windows, starts } = cutWindows(part, windowSamples(frontEnd), frontEnd.sampleRateHz)
  return { windows, starts: starts.map((start) => startS + start), durationS, warnings: reader.warnings }
}

async function noiseProfile(noise: ReadClipOptions['noise'], gateHz: number): Promise<NoiseProfile | undefined> {
  if (noise === undefined || 'samples' in noise) return noise
  return readNoiseProfile(noise.path, gateHz)
}

function partOf(part: ClipPart = { startS: 0 }, durationS: number): { startS: number; endS: number } {
  const { startS, endS = durationS } = part
  if (startS >= 0 && startS < endS && startS < durationS) return { startS, endS: Math.min(endS, durationS) }
  throw new AudioError(
    'AUDIO_NO_PART',
    `the clip of ${durationS.toFixed(2)} s has no part from ${startS} s to ${endS} s: give a start before its end`,
  )
}

/** samples: [n] -> windows [m x window] and their starts. */
function cutWindows(
  samples: Int16Array,
  window: number,
  sampleRateHz: number,
): Pick<ClipWindows, 'windows' | 'starts'> {
  if (samples.length < window) {
    const windows = new Int16Array(window)
    windows.set(samples, leadingPad(samples.length, window))
    return { windows, starts: [0] }
  }
  const whole = Math.floor(samples.length / window)
  const tail = samples.length % window > 0
  const windows = new Int16Array((whole + (tail ? 1 : 0)) * window)
  windows.set(samples.subarray(0, whole * window))
  const starts = Array.from({ length: whole }, (_, index) => (index * window) / sampleRateHz)
  if (tail) {
    windows.set(samples.subarray(samples.length - window), whole * window)
    starts.push((samples.length - window) / sampleRateHz)
  }
  return { windows, starts }
}
