import FFT from 'fft.js'

/**
 * Power spectra of the two Hann-windowed frames that begin at samples `startA` and `startB`; beyond the sound's end there
 * are zeros. powerA, powerB: [nFft / 2 + 1], written; 1 is a full-scale sine in the middle of a bin.
 */
export type FramePairPower = (
  samples: Float32Array,
  starts: { startA: number; startB: number },
  powerA: Float64Array,
  powerB: Float64Array,
) => void

/**
 * Two real frames go through one complex transform, which costs less than two real ones: z = a + ib, Z = A + iB, so
 * A[k] = (Z[k] + conj Z[n-k]) / 2 and B[k] = (Z[k] - conj Z[n-k]) / 2i.
 */
export function createFramePairPower(nFft: number): FramePairPower {
  const fft = new FFT(nFft)
  // The window's mean is 1/2, and half of a sine's amplitude lies at the negative frequency: nFft / 4 in all. The 1/2 of
  // the two sums above is in it too.
  const window = Float64Array.from(
    { length: nFft },
    (_, index) => (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / nFft)) * (2 / nFft),
  )
  // fft.js loses half its speed when array types mix.
  const input = new Float64Array(2 * nFft)
  const z = new Float64Array(2 * nFft + 2) // with Z[n] = Z[0] at the end

  return (samples, { startA, startB }, powerA, powerB) => {
    const count = Math.min(nFft, samples.length - Math.max(startA, startB))
    for (let index = 0; index < count; index += 1) {
      const weight = window[index]!
      input[2 * index] = samples[startA + index]! * weight
      input[2 * index + 1] = samples[startB + index]! * weight
    }
    input.fill(0, 2 * count)
    fft.transform(z, input)
    z.copyWithin(2 * nFft, 0, 2)
    for (let bin = 0; bin < powerA.length; bin += 1) {
      const low = 2 * bin
      const high = 2 * (nFft - bin)
      const aRe = z[low]! + z[high]!
      const aIm = z[low + 1]! - z[high + 1]!
      const bRe = z[low + 1]! + z[high + 1]!
      const bIm = z[high]! - z[low]!
      powerA[bin] = aRe * aRe + aIm * aIm
      powerB[bin] = bRe * bRe + bIm * bIm
    }
  }
}
