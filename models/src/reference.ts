import {
  autocorrelationFloor,
  autocorrelationLags,
  bandCount,
  blocks,
  frameCount,
  frameSamples,
  highestHz,
  hopSamples,
  logFloor,
  lowestHz,
  modulationEdges,
  modulationFloor,
  padSamples,
  sampleRateHz,
  targetPeak,
} from './spec.js'

/**
 * The embedding of logmel-stats-1280 as plain float64 arithmetic, written from the formulas and sharing only their numbers
 * with the graph, so that the two check each other.
 */

const mean = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let index = 0; index < values.length; index += 1) sum += values[index]!
  return sum / values.length
}

/** Power spectrum of one real frame by a recursive radix-2 transform. frame: [n], n a power of two; out: [n / 2 + 1]. */
function powerSpectrum(frame: Float64Array): Float64Array {
  const transform = (real: Float64Array): { real: Float64Array; imaginary: Float64Array } => {
    const n = real.length
    if (n === 1) return { real, imaginary: new Float64Array(1) }
    const even = transform(real.filter((_, index) => index % 2 === 0))
    const odd = transform(real.filter((_, index) => index % 2 === 1))
    const out = { real: new Float64Array(n), imaginary: new Float64Array(n) }
    for (let k = 0; k < n / 2; k += 1) {
      const cos = Math.cos((2 * Math.PI * k) / n)
      const sin = -Math.sin((2 * Math.PI * k) / n)
      const re = odd.real[k]! * cos - odd.imaginary[k]! * sin
      const im = odd.real[k]! * sin + odd.imaginary[k]! * cos
      out.real[k] = even.real[k]! + re
      out.imaginary[k] = even.imaginary[k]! + im
      out.real[k + n / 2] = even.real[k]! - re
      out.imaginary[k + n / 2] = even.imaginary[k]! - im
    }
    return out
  }
  const { real, imaginary } = transform(frame)
  return Float64Array.from({ length: frame.length / 2 + 1 }, (_, k) => real[k]! ** 2 + imaginary[k]! ** 2)
}

/** Subtract the mean, scale the peak to `targetPeak`; silence stays zeros. */
function normalise(window: ArrayLike<number>): Float64Array {
  const offset = mean(window)
  const centred = Float64Array.from(window, (sample) => sample - offset)
  const peak = centred.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  return peak === 0 ? centred : centred.map((sample) => (sample * targetPeak) / peak)
}

/** Mel power M[band][frame] of a normalised window. */
function melPower(window: Float64Array): Float64Array[] {
  const padded = new Float64Array(window.length + 2 * padSamples)
  padded.set(window, padSamples)
  const hann = Float64Array.from(
    { length: frameSamples },
    (_, n) => (1 - Math.cos((2 * Math.PI * n) / (frameSamples - 1))) / 2,
  )
  const hannSum = mean(hann) * frameSamples
  const mel = (frequencyHz: number): number => 1127 * Math.log(1 + frequencyHz / 700)
  const edge = (index: number): number => mel(lowestHz) + ((mel(highestHz) - mel(lowestHz)) * index) / (bandCount + 1)
  const triangle = (band: number, bin: number): number => {
    const at = mel((bin * sampleRateHz) / frameSamples)
    const rising = (at - edge(band)) / (edge(band + 1) - edge(band))
    const falling = (edge(band + 2) - at) / (edge(band + 2) - edge(band + 1))
    return bin === 0 ? 0 : Math.max(0, Math.min(rising, falling))
  }
  const filters = Array.from({ length: bandCount }, (_, band) =>
    Float64Array.from({ length: frameSamples / 2 + 1 }, (_unused, bin) => triangle(band, bin)),
  )
  const power = filters.map(() => new Float64Array(frameCount))
  for (let frame = 0; frame < frameCount; frame += 1) {
    const start = frame * hopSamples
    const samples = padded.subarray(start, start + frameSamples).map((sample, n) => (sample * hann[n]!) / hannSum)
    const spectrum = powerSpectrum(samples)
    filters.forEach((filter, band) => {
      power[band]![frame] = filter.reduce((sum, weight, bin) => sum + weight * spectrum[bin]!, 0)
    })
  }
  return power
}

/** Strength of the modulation bins from `from` to `to` (exclusive) of one band's deviation. */
function modulation(deviation: Float64Array, from: number, to: number): number {
  let power = 0
  for (let bin = from; bin < to; bin += 1) {
    let real = 0
    let imaginary = 0
    deviation.forEach((value, frame) => {
      const angle = (2 * Math.PI * ((bin * frame) % frameCount)) / frameCount
      real += value * Math.cos(angle)
      imaginary += value * Math.sin(angle)
    })
    power += (real / frameCount) ** 2 + (imaginary / frameCount) ** 2
  }
  return Math.sqrt(power)
}

const meanChange = (level: Float64Array, lag: number): number =>
  mean(level.subarray(lag).map((value, frame) => Math.abs(value - level[frame]!)))

const centred = (values: readonly number[]): number[] => values.map((value) => value - mean(values))

/** The embedding of one window. window: mono [160000] at 32 kHz; out: [1280], length 1. */
export function referenceEmbedding(window: ArrayLike<number>): Float64Array {
  const power = melPower(normalise(window))
  const levels = power.map((band) => band.map((value) => Math.log(value + logFloor)))
  const means = levels.map(mean)
  const deviations = levels.map((level, band) => level.map((value) => value - means[band]!))
  const variances = deviations.map((deviation) => mean(deviation.map((value) => value * value)))
  const statistics: Record<string, number[]> = {
    meanc: centred(means),
    lmec: centred(power.map((band) => Math.log(mean(band) + logFloor))),
    peakc: centred(power.map((band) => Math.log(Math.max(...band) + logFloor))),
    std: variances.map(Math.sqrt),
    dl: levels.map((level) => meanChange(level, 1)),
    dl4: levels.map((level) => meanChange(level, 4)),
    modrel: deviations.flatMap((deviation, band) =>
      modulationEdges
        .slice(1)
        .map(
          (end, index) =>
            modulation(deviation, modulationEdges[index]!, end) / (Math.sqrt(variances[band]!) + modulationFloor),
        ),
    ),
    ac: deviations.flatMap((deviation, band) =>
      autocorrelationLags.map((lag) => {
        const products = deviation.subarray(lag).map((value, frame) => value * deviation[frame]!)
        return (mean(products) * products.length) / frameCount / (variances[band]! + autocorrelationFloor)
      }),
    ),
  }
  const embedding = Float64Array.from(
    blocks.flatMap((block) => {
      const values = statistics[block.name]!
      return values.map((value) => (value - block.mean) / block.deviation / Math.sqrt(values.length))
    }),
  )
  const length = Math.sqrt(embedding.reduce((sum, value) => sum + value * value, 0))
  return embedding.map((value) => value / length)
}
