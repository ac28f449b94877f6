import { lowPassAt } from './kaiser-filter.js'
import type { ResampleStagePlan } from './resample-plan.js'

/** Filter coefficients by phase. */
export interface PolyphaseTable {
  /** Input samples on each side of an output sample; a row has 2 x reach taps. */
  reach: number
  /**
   * exact: row r belongs to output r, r + up, ... (rows in the order in which they are used); otherwise rows + 1 phases
   * evenly over one input sample, to be interpolated between.
   */
  exact: boolean
  rows: number
  /** [rows (+ 1)][2 x reach]. */
  taps: Float64Array
}

/** 2 MB of coefficients; more (7777 Hz to 32 kHz has 32000 phases) is interpolated instead. */
const maxExactTaps = 1 << 18
/** Linear interpolation between 1024 phases errs by (pi cutoff/rate / 1024)^2 / 8, below -120 dB. */
const interpolatedRows = 1024

/** Tables of the rates met last: they cost as much as seconds of resampling, and a deployment has one rate or two. */
const recent = new Map<string, PolyphaseTable>()
const recentTables = 4

/** The table of a stage, which nobody may change. */
export function polyphaseTable(plan: ResampleStagePlan): PolyphaseTable {
  const key = JSON.stringify(plan)
  const table = recent.get(key) ?? computeTable(plan)
  recent.delete(key)
  recent.set(key, table)
  if (recent.size > recentTables) recent.delete(recent.keys().next().value!)
  return table
}

/** 0 Hz passes unchanged: each row sums to 1, or (unitSum 'whole') all rows do so on average. */
function computeTable(plan: ResampleStagePlan): PolyphaseTable {
  const reach = 2 * Math.ceil((plan.filter.halfWidthS * plan.inputHz) / 2)
  const exact = plan.up * 2 * reach <= maxExactTaps
  const rows = exact ? plan.up : interpolatedRows
  const taps = new Float64Array((exact ? rows : rows + 1) * 2 * reach)
  for (let row = 0; row * 2 * reach < taps.length; row += 1) {
    const fraction = exact ? ((row * plan.down) % plan.up) / plan.up : row / rows
    fillRow(taps.subarray(row * 2 * reach, (row + 1) * 2 * reach), plan, reach, fraction)
  }
  if (plan.unitSum === 'whole') scaleTo(taps, taps.subarray(0, rows * 2 * reach), rows)
  return { reach, exact, rows, taps }
}

/** Tap j weighs the input sample at j - reach + 1 from the one before the output, which lies `fraction` behind that. */
function fillRow(row: Float64Array, plan: ResampleStagePlan, reach: number, fraction: number): void {
  for (let tap = 0; tap < row.length; tap += 1) {
    row[tap] = lowPassAt(plan.filter, (tap - reach + 1 - fraction) / plan.inputHz)
  }
  if (plan.unitSum !== 'whole') scaleTo(row, row, 1)
}

/** Scale coefficients so that those `of` them sum to `target`. */
function scaleTo(taps: Float64Array, of: Float64Array, target: number): void {
  let sum = 0
  for (const value of of) sum += value
  const divisor = sum / target
  for (let tap = 0; tap < taps.length; tap += 1) taps[tap]! /= divisor
}
