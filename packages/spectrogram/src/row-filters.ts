import type { FrequencyAxis } from './frequency-scale.js'

/** For each row (0 at the bottom) the bins that it gathers: `weights` from `offsets[row]` belong to bin `first[row]` on. */
export interface RowFilters {
  first: Int32Array
  /** [rows + 1] */
  offsets: Int32Array
  weights: Float64Array
}

/**
 * Triangles over the bins of a power spectrum, as in HTK's filter bank: each row's rises from the centre of the row below
 * to its own and falls to the centre of the row above, with peak 1 and no division by area. Rows narrower than a bin
 * would fall between two bins and stay dark: no side is narrower than a bin, which makes them interpolate.
 * binHz: distance of the bins; bins: how many there are.
 */
export function rowFilters(axis: FrequencyAxis, rows: number, binHz: number, bins: number): RowFilters {
  const first = new Int32Array(rows)
  const offsets = new Int32Array(rows + 1)
  const weights: number[] = []
  for (let row = 0; row < rows; row += 1) {
    const centre = axis.hzAt(row + 0.5) / binHz
    const below = Math.max(1, centre - axis.hzAt(row - 0.5) / binHz)
    const above = Math.max(1, axis.hzAt(row + 1.5) / binHz - centre)
    const from = Math.max(0, Math.ceil(centre - below))
    const to = Math.min(bins - 1, Math.floor(centre + above))
    first[row] = from
    for (let bin = from; bin <= to; bin += 1) {
      const distance = bin - centre
      weights.push(1 - (distance < 0 ? -distance / below : distance / above))
    }
    offsets[row + 1] = weights.length
  }
  return { first, offsets, weights: Float64Array.from(weights) }
}

/** Power of each row [rows], written, from the power of each bin. */
export function gatherRows({ first, offsets, weights }: RowFilters, power: Float64Array, rows: Float64Array): void {
  for (let row = 0; row < rows.length; row += 1) {
    let sum = 0
    const from = offsets[row]!
    const to = offsets[row + 1]!
    const shift = first[row]! - from
    for (let index = from; index < to; index += 1) sum += weights[index]! * power[index + shift]!
    rows[row] = sum
  }
}
