import { FFT } from '../load-fft.js'

/**
 * Two real frames in one complex transform: z = a + ib, Z = A + iB, so A[k] = (Z[k] + conj Z[n-k]) / 2 and
 * B[k] = (Z[k] - conj Z[n-k]) / 2i. Float64Array throughout: fft.js loses half its speed when array types mix.
 */
export interface PairFft {
  readonly nFft: number
  /**
   * Transform the windowed frames that begin at `position` and `position` + hop of `samples`; outside [from, to) the
   * samples count as zero. spectrum: [2 x nFft] complex, written.
   */
  forward(samples: Float32Array, from: number, to: number, position: number, spectrum: Float64Array): void
  /**
   * Weigh the two spectra with real masks [nFft/2 + 1] x scale + offset each, transform back, window, and add:
   * frame a at accumulator[0...], frame b at accumulator[hop...]. The accumulator has nFft + hop samples.
   */
  inverse(spectrum: Float64Array, maskA: Float64Array, maskB: Float64Array, accumulator: Float64Array): void
}

/** Make the transform of one frame length (a power of two) with a periodic Hann window and hop nFft / 4. */
export function createPairFft(nFft: number): PairFft {
  const fft = new FFT(nFft)
  const hop = nFft / 4
  const input = new Float64Array(2 * nFft)
  const output = new Float64Array(2 * nFft)
  const window = Float64Array.from({ length: nFft }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / nFft))
  // Inverse transform: 1/nFft; overlap-add of squared Hann windows at a quarter hop: 1.5; masks below weigh with 1/2.
  const synthesis = window.map((value) => value / (nFft * 1.5 * 2))

  return {
    nFft,
    forward: (samples, from, to, position, spectrum) => {
      if (position >= from && position + hop + nFft <= to) windowPair(samples, position, hop, window, input)
      else windowEdgePair(samples, from, to, position, hop, window, input)
      fft.transform(spectrum, input)
    },
    inverse: (spectrum, maskA, maskB, accumulator) => {
      weighPair(spectrum, maskA, maskB, input)
      fft.transform(output, input)
      addPair(output, synthesis, hop, accumulator)
    },
  }
}

// The loops stand on the top level, and see arrays by their arguments only: V8 compiles them once for all recordings.
// Within closures they would be compiled for the arrays of one recording, thrown away, and come back slower.

function windowPair(
  samples: Float32Array,
  position: number,
  hop: number,
  window: Float64Array,
  input: Float64Array,
): void {
  const a = position | 0
  const b = (position + hop) | 0
  for (let index = 0; index < window.length; index += 1) {
    const weight = window[index]!
    input[2 * index] = samples[(a + index) | 0]! * weight
    input[2 * index + 1] = samples[(b + index) | 0]! * weight
  }
}

/** Where a frame reaches beyond [from, to). */
function windowEdgePair(
  samples: Float32Array,
  from: number,
  to: number,
  position: number,
  hop: number,
  window: Float64Array,
  input: Float64Array,
): void {
  for (let index = 0; index < window.length; index += 1) {
    const a = position + index
    const b = a + hop
    input[2 * index] = a >= from && a < to ? samples[a]! * window[index]! : 0
    input[2 * index + 1] = b >= from && b < to ? samples[b]! * window[index]! : 0
  }
}

/**
 * Y = mA A + i mB B; with real masks Y[k] = Z[k] (mA + mB)/2 + conj Z[n-k] (mA - mB)/2. Real and imaginary parts are
 * written swapped: the forward transform of swapped numbers is the swapped inverse transform.
 */
function weighPair(spectrum: Float64Array, maskA: Float64Array, maskB: Float64Array, input: Float64Array): void {
  const half = maskA.length - 1
  const nFft = 2 * half
  input[0] = 2 * maskB[0]! * spectrum[1]!
  input[1] = 2 * maskA[0]! * spectrum[0]!
  for (let k = 1; k < half; k += 1) {
    const low = 2 * k
    const high = 2 * (nFft - k)
    const sum = maskA[k]! + maskB[k]!
    const difference = maskA[k]! - maskB[k]!
    const lowRe = spectrum[low]!
    const lowIm = spectrum[low + 1]!
    const highRe = spectrum[high]!
    const highIm = spectrum[high + 1]!
    input[low] = lowIm * sum - highIm * difference
    input[low + 1] = lowRe * sum + highRe * difference
    input[high] = highIm * sum - lowIm * difference
    input[high + 1] = highRe * sum + lowRe * difference
  }
  input[nFft] = 2 * maskB[half]! * spectrum[nFft + 1]!
  input[nFft + 1] = 2 * maskA[half]! * spectrum[nFft]!
}

/** output: of a transform of swapped numbers. */
function addPair(output: Float64Array, synthesis: Float64Array, hop: number, accumulator: Float64Array): void {
  for (let index = 0; index < synthesis.length; index += 1) {
    const weight = synthesis[index]!
    accumulator[index]! += output[2 * index + 1]! * weight
    accumulator[index + hop]! += output[2 * index]! * weight
  }
}

/**
 * Power of both frames per bin, times (nFft)^2: |A[k] / (nFft/2)|^2 = power / nFft^2, where the reference scales its
 * transform by the window's sum, nFft/2. powerA, powerB: [nFft/2 + 1], written.
 */
export function pairPower(spectrum: Float64Array, powerA: Float64Array, powerB: Float64Array): void {
  const half = powerA.length - 1
  const nFft = 2 * half
  powerA[0] = 4 * spectrum[0]! * spectrum[0]!
  powerB[0] = 4 * spectrum[1]! * spectrum[1]!
  for (let k = 1; k < half; k += 1) {
    const low = 2 * k
    const high = 2 * (nFft - k)
    const aRe = spectrum[low]! + spectrum[high]!
    const aIm = spectrum[low + 1]! - spectrum[high + 1]!
    const bRe = spectrum[low + 1]! + spectrum[high + 1]!
    const bIm = spectrum[high]! - spectrum[low]!
    powerA[k] = aRe * aRe + aIm * aIm
    powerB[k] = bRe * bRe + bIm * bIm
  }
  powerA[half] = 4 * spectrum[nFft]! * spectrum[nFft]!
  powerB[half] = 4 * spectrum[nFft + 1]! * spectrum[nFft + 1]!
}
