import { AudioError } from './audio-error.js'
import { createVariantStream, gateRateHz, type FrontEnd, type Variant } from './front-end.js'
import type { Engine } from './kernel/load-kernel.js'
import type { AudioWarning, ChannelChoice } from './read/audio-reader.js'
import { type NoiseProfile, readNoiseProfile } from './noise-profile.js'
import { openAudio } from './read/open-audio.js'
import { pumpSamples } from './read/pump-samples.js'
import { resampledLength } from './resample/resample-plan.js'
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
  const window = windowSamples(frontEnd)
  const expected = resampledLength(reader.header.frames ?? 0, rateHz, frontEnd.sampleRateHz)
  const samples = createSampleStore(Math.min(expected, maxDurationS * frontEnd.sampleRateHz), window)
  let received = 0
  const frames = await pumpSamples(reader, (block) => {
    received += block.length
    if (received > maxDurationS * rateHz) {
      throw new AudioError('AUDIO_TOO_LONG', `the clip is longer than ${maxDurationS} s: search by a part of it`)
    }
    stream.push(block, samples.add)
  })
  stream.flush(samples.add)
  const durationS = frames / rateHz
  const { startS, endS } = partOf(options.part, durationS)
  const sampleAt = (seconds: number): number => Math.round(seconds * frontEnd.sampleRateHz)
  const from = Math.min(sampleAt(startS), samples.length)
  const to = Math.min(sampleAt(endS), samples.length)
  const { windows, starts } = cutWindows(samples.room(), { from, to, window, sampleRateHz: frontEnd.sampleRateHz })
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

/** Samples as they come, in one array that has room for a window more behind the last one. */
function createSampleStore(expected: number, window: number) {
  let samples = new Int16Array(expected + window)
  let length = 0
  return {
    get length() {
      return length
    },
    add: (block: Float32Array): void => {
      if (length + block.length + window > samples.length) {
        const larger = new Int16Array(2 * (length + block.length) + window)
        larger.set(samples.subarray(0, length))
        samples = larger
      }
      quantizeInt16(block, samples, length)
      length += block.length
    },
    room: (): Int16Array => samples,
  }
}

interface Cut {
  /** [from, to) of the samples. */
  from: number
  to: number
  window: number
  sampleRateHz: number
}

/** samples: with room for a window behind `to`, which is written to -> windows [m x window], in place, and their starts. */
function cutWindows(samples: Int16Array, cut: Cut): Pick<ClipWindows, 'windows' | 'starts'> {
  const { from, to, window, sampleRateHz } = cut
  const length = to - from
  if (length < window) {
    const windows = new Int16Array(window)
    windows.set(samples.subarray(from, to), leadingPad(length, window))
    return { windows, starts: [0] }
  }
  const whole = Math.floor(length / window)
  const starts = Array.from({ length: whole }, (_, index) => (index * window) / sampleRateHz)
  const wholeEnd = from + whole * window
  if (wholeEnd === to) return { windows: samples.subarray(from, to), starts }
  samples.set(samples.slice(to - window, to), wholeEnd)
  starts.push((length - window) / sampleRateHz)
  return { windows: samples.subarray(from, wholeEnd + window), starts }
}
