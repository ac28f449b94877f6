import { FFT } from '../load-fft.js'
import { AudioError } from '../audio-error.js'
import { createBlockStream } from '../block-stream.js'
import { designLowPass, type LowPass, lowPassAt } from '../resample/kaiser-filter.js'
import type { SampleStream } from '../sample-stream.js'

/** The part of the spectrum that is kept. */
export interface BandPass {
  /** 0 = everything below highHz; otherwise at least 20. */
  lowHz: number
  /** Half the sample rate = everything above lowHz; otherwise at least 10 below it. */
  highHz: number
}

/** An edge is this wide where there is room: 1,561 taps at 32 kHz. */
const widestEdgeHz = 100
const narrowestEdgeHz = 10

/**
 * Keep a band, as a stream: linear phase without delay, as many samples out as in, zeros outside the recording. Flat
 * within 0.1 dB from lowHz to highHz and below -75 dB from an edge's width outside of them: 100 Hz, or as much as
 * lies between highHz and half the rate, or half of lowHz, where that is less. A Kaiser FIR (resample/kaiser-filter.ts)
 * by overlap-save, two segments in one complex transform, in float64 whatever the engine. Errors: AUDIO_BAD_PARAMETER.
 */
export function createBandPass(bandPass: BandPass, sampleRateHz: number): SampleStream {
  const taps = bandPassTaps(bandPass, sampleRateHz)
  const reach = (taps.length - 1) / 2
  const size = Math.max(4096, 2 ** Math.ceil(Math.log2(4 * taps.length)))
  const step = size - 2 * reach
  const fft = new FFT(size)
  const gains = gainsOf(taps, reach, fft, size)
  const history = new Float64Array(2 * step + 2 * reach)
  const input = new Float64Array(2 * size)
  const output = new Float64Array(2 * size)
  const block = new Float32Array(2 * step)

  function produce(): Float32Array {
    for (let index = 0; index < size; index += 1) {
      input[2 * index] = history[index]!
      input[2 * index + 1] = history[step + index]!
    }
    fft.transform(output, input)
    // Real gains keep the two segments apart. Swapped real and imaginary parts make the forward transform the inverse.
    for (let k = 0; k < size; k += 1) {
      input[2 * k] = output[2 * k + 1]! * gains[k]!
      input[2 * k + 1] = output[2 * k]! * gains[k]!
    }
    fft.transform(output, input)
    for (let index = 0; index < step; index += 1) {
      block[index] = output[2 * (reach + index) + 1]!
      block[step + index] = output[2 * (reach + index)]!
    }
    return block
  }

  // `history` begins `reach` before the next output.
  return createBlockStream({ history, lead: reach, step: 2 * step, produce, outputsOf: (received) => received })
}

/** The filter's 2 x reach + 1 symmetric coefficients: what is below highHz, less what is below lowHz. */
function bandPassTaps({ lowHz, highHz }: BandPass, sampleRateHz: number): Float64Array {
  const nyquistHz = sampleRateHz / 2
  const isLowOpen = lowHz === 0
  const isHighOpen = highHz === nyquistHz
  const edgeHz = Math.min(
    widestEdgeHz,
    isLowOpen ? widestEdgeHz : lowHz / 2,
    isHighOpen ? widestEdgeHz : nyquistHz - highHz,
  )
  if (!(edgeHz >= narrowestEdgeHz) || !(highHz > lowHz) || (isLowOpen && isHighOpen)) {
    throw new AudioError(
      'AUDIO_BAD_PARAMETER',
      `a band-pass from ${lowHz} to ${highHz} Hz at ${sampleRateHz} Hz is impossible: give 0 or 20 Hz and more, and up to ${nyquistHz - narrowestEdgeHz} Hz (or ${nyquistHz}, with a lower limit)`,
    )
  }
  const upper = designLowPass(highHz, highHz + edgeHz)
  const lower = designLowPass(lowHz - edgeHz, lowHz)
  const reach = Math.ceil(upper.halfWidthS * sampleRateHz)
  const taps = isHighOpen ? new Float64Array(2 * reach + 1) : sampled(upper, reach, sampleRateHz)
  if (isHighOpen) taps[reach] = 1
  if (isLowOpen) return taps
  const below = sampled(lower, reach, sampleRateHz)
  return taps.map((value, index) => value - below[index]!)
}

/** The prototype at 2 x reach + 1 samples; their sum is 1, so that a constant passes a low-pass unchanged. */
function sampled(filter: LowPass, reach: number, sampleRateHz: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, n) => lowPassAt(filter, (n - reach) / sampleRateHz))
  const sum = taps.reduce((total, value) => total + value, 0)
  return taps.map((value) => value / sum)
}

/** The filter's real transfer function [size], divided by size: around sample 0, symmetric taps have no phase. */
function gainsOf(taps: Float64Array, reach: number, fft: InstanceType<typeof FFT>, size: number): Float64Array {
  const impulse = new Float64Array(2 * size)
  for (let n = -reach; n <= reach; n += 1) impulse[2 * ((n + size) % size)] = taps[n + reach]!
  const spectrum = new Float64Array(2 * size)
  fft.transform(spectrum, impulse)
  return Float64Array.from({ length: size }, (_, k) => spectrum[2 * k]! / size)
}
