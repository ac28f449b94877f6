import type { NoiseThresholds } from '../gate/noise-thresholds.js'
import { bins } from './frame-transform.js'
import type { Kernel } from './load-kernel.js'

/**
 * Largest error of an amplitude in single precision, over the root of the frame's mean power: five times its standard
 * deviation (measured on noise under the loudest of bins: 1.2e-7).
 */
export const amplitudeError = 6e-7
/** Frames up to this many times the thresholds' mean power are sure by the table; louder ones are looked at. */
const sureUpTo = 4

/** Bytes of the tables. */
export const markThresholdSizes = { below: 4 * bins, above: 4 * bins, exact: 8 * bins }

/** Thresholds as the kernel's `forwardMarked` and `refineMarks` take them. */
export interface MarkThresholds {
  /** Take new thresholds; `write` puts them in force. */
  learn(thresholds: NoiseThresholds): void
  /** Power of a frame, over all bins, beyond which it has to be looked at. */
  readonly alarm: number
  /** Write the tables; rows of `pass` below 0 are open throughout. */
  write(pass: Float32Array): void
}

/** at: addresses of markThresholdSizes. */
export function createMarkThresholds(
  kernel: Kernel,
  at: Record<keyof typeof markThresholdSizes, number>,
): MarkThresholds {
  const { buffer } = kernel.run.memory
  const below = kernel.floats(at.below, bins)
  const above = kernel.floats(at.above, bins)
  const exact = new Float64Array(buffer, at.exact, bins)
  let learned: NoiseThresholds = { pass: new Float64Array(bins), loud: new Float64Array(bins) }
  let meanPower = 0
  let leastLoud = Infinity
  return {
    learn(thresholds) {
      learned = thresholds
      meanPower = thresholds.pass.reduce((sum, power) => sum + power, 0) / bins
      leastLoud = thresholds.loud.reduce((least, power) => Math.min(least, power), Infinity)
    },
    get alarm() {
      return Math.min(leastLoud, sureUpTo * meanPower * (bins + 1))
    },
    write(pass) {
      const error = amplitudeError * Math.sqrt(sureUpTo * meanPower)
      for (let k = 0; k < bins; k += 1) {
        const power = pass[k]! < 0 ? -1 : learned.pass[k]!
        const within = power < 0 ? 0 : 2 * Math.sqrt(power) * error
        const worth = within < 0.02 * power ? within : 0
        exact[k] = power
        below[k] = power - worth
        above[k] = power + worth
      }
    },
  }
}
