import type { GateGrid } from './gate-parameters.js'
import { pairPower, type PairFft } from './pair-fft.js'

/** Levels per bin, as powers in the units of pairPower. */
export interface NoiseThresholds {
  /** A frame's bin above this passes. */
  pass: Float64Array
  /** A bin that anywhere in a chunk lies above this passes in the whole chunk: the reference raises levels to at least
   *  80 dB below the maximum of their row, which then lies above the threshold. */
  loud: Float64Array
}

/** 20 log10 x = dbPerNeper ln x. */
export const dbPerNeper = 20 / Math.LN10
export const dynamicRangeDb = 80

/**
 * Noise statistics of noisereduce's stationary mode: D = 20 log10(|X| + eps), raised per bin to at least its maximum -
 * 80 dB, threshold = mean + nStd x population standard deviation. samples: [to) from `from`, of which noise is taken
 * with nFft/2 zeros on each side (a part shorter than nFft counts as followed by zeros).
 */
export function noiseThresholds(
  fft: PairFft,
  grid: GateGrid,
  nStd: number,
  samples: Float32Array,
  from: number,
  to: number,
): NoiseThresholds {
  const { bins, nFft } = grid
  const length = Math.max(nFft, to - from)
  const frames = Math.floor(length / grid.hop) + 1
  const statistics = {
    reference: new Float64Array(bins),
    sum: new Float64Array(bins),
    squares: new Float64Array(bins),
    max: new Float64Array(bins).fill(-Infinity),
    min: new Float64Array(bins).fill(Infinity),
  }
  const levels = levelReader(fft, grid, samples, from, to)
  levels(frames, (frame, level) => {
    const { reference, sum, squares, max, min } = statistics
    if (frame === 0) reference.set(level)
    for (let k = 0; k < bins; k += 1) {
      const value = level[k]!
      const offset = value - reference[k]!
      sum[k]! += offset
      squares[k]! += offset * offset
      if (value > max[k]!) max[k] = value
      if (value < min[k]!) min[k] = value
    }
  })
  const floor = statistics.max.map((value) => value - dynamicRangeDb)
  // Rarely needed: some level lies below its row's floor, so the sums must be taken again over the raised levels.
  if (statistics.min.some((value, k) => value < floor[k]!)) {
    statistics.sum.fill(0)
    statistics.squares.fill(0)
    levels(frames, (_, level) => {
      for (let k = 0; k < bins; k += 1) {
        const offset = Math.max(level[k]!, floor[k]!) - statistics.reference[k]!
        statistics.sum[k]! += offset
        statistics.squares[k]! += offset * offset
      }
    })
  }
  const mean = statistics.sum.map((value) => value / frames)
  const deviation = statistics.squares.map((value, k) => Math.sqrt(Math.max(0, value / frames - mean[k]! * mean[k]!)))
  return thresholdsAt(
    mean.map((value, k) => statistics.reference[k]! + value + nStd * deviation[k]!),
    nFft,
  )
}

/** Thresholds from levels (dB) per bin. */
export function thresholdsAt(thresholdDb: Float64Array, nFft: number): NoiseThresholds {
  return {
    pass: thresholdDb.map((levelDb) => levelPower(levelDb, nFft)),
    loud: thresholdDb.map((levelDb) => levelPower(levelDb + dynamicRangeDb, nFft)),
  }
}

/** Power, in pairPower's units, whose level is `levelDb`: (nFft (10^(D/20) - eps))^2. */
function levelPower(levelDb: number, nFft: number): number {
  const amplitude = Math.max(0, Math.exp(levelDb / dbPerNeper) - Number.EPSILON)
  return (nFft * amplitude) ** 2
}

/** Calls back with the level of each frame per bin, in dB; the row is reused. */
function levelReader(fft: PairFft, grid: GateGrid, samples: Float32Array, from: number, to: number) {
  const { bins, hop, nFft } = grid
  const spectrum = new Float64Array(2 * nFft)
  const rows = [new Float64Array(bins), new Float64Array(bins)] as const
  const toLevels = (row: Float64Array): void => {
    for (let k = 0; k < bins; k += 1) row[k] = dbPerNeper * Math.log(Math.sqrt(row[k]!) / nFft + Number.EPSILON)
  }
  return (frames: number, each: (frame: number, level: Float64Array) => void): void => {
    for (let frame = 0; frame < frames; frame += 2) {
      fft.forward(samples, from, to, from - nFft / 2 + frame * hop, spectrum)
      pairPower(spectrum, rows[0], rows[1])
      for (let index = 0; index < 2 && frame + index < frames; index += 1) {
        toLevels(rows[index]!)
        each(frame + index, rows[index]!)
      }
    }
  }
}
