import type { GateGrid } from './gate-parameters.js'

/**
 * Smooths rows of 0..1 with the outer product of two triangles, zeros outside, row by row in constant memory. A
 * triangle is a box convolved with itself, so running sums give it: exactly for rows of 0 and 1, and within 1e-12 for
 * others over a chunk.
 */
export interface MaskSmoother {
  /** Take a row of [bins] in; afterwards `sums` belong to the row timeReach pushes ago. */
  push(row: Float64Array): void
  /** [bins]: weighted sums, at most (freqReach + 1)^2 (timeReach + 1)^2. */
  readonly sums: Float64Array
  /** Forget all rows. */
  reset(): void
}

export function createMaskSmoother(grid: GateGrid): MaskSmoother {
  const { bins, freqReach, timeReach } = grid
  const slots = timeReach + 1
  const once = new Float64Array(bins + freqReach)
  const recent = Array.from({ length: slots }, () => new Float64Array(bins))
  const recentBoxes = Array.from({ length: slots }, () => new Float64Array(bins))
  const boxes = new Float64Array(bins)
  const sums = new Float64Array(bins)
  let slot = 0
  return {
    sums,
    push: (row) => {
      boxOverFrequency(row, freqReach, once)
      smoothRow(once, freqReach, recent[slot]!, recentBoxes[slot]!, boxes, sums)
      slot = slot + 1 === slots ? 0 : slot + 1
    },
    reset() {
      for (const array of [...recent, ...recentBoxes, boxes, sums]) array.fill(0)
      slot = 0
    },
  }
}

// On the top level, as in pair-fft.ts.

/** First box over frequency: once[k] = sum of row[k - freqReach .. k]. */
function boxOverFrequency(row: Float64Array, freqReach: number, once: Float64Array): void {
  const bins = row.length
  const width = freqReach + 1
  // What enters less what leaves first: then each sum waits for one addition of the one before, not for two.
  let run = 0
  for (let k = 0; k < width; k += 1) {
    run = run + row[k]!
    once[k] = run
  }
  for (let k = width; k < bins; k += 1) {
    run = run + (row[k]! - row[k - width]!)
    once[k] = run
  }
  for (let k = bins; k < bins + freqReach; k += 1) {
    run = run - row[k - width]!
    once[k] = run
  }
}

/** Second box over frequency, and both boxes over time, each as the last value plus what enters minus what leaves. */
function smoothRow(
  once: Float64Array,
  freqReach: number,
  oldRow: Float64Array,
  oldBox: Float64Array,
  boxes: Float64Array,
  sums: Float64Array,
): void {
  let run = 0
  for (let k = 0; k < freqReach; k += 1) run = run + once[k]!
  let leaves = 0
  for (let k = 0; k < sums.length; k += 1) {
    run = run + (once[k + freqReach]! - leaves)
    leaves = once[k]!
    const box = boxes[k]! + run - oldRow[k]!
    oldRow[k] = run
    boxes[k] = box
    sums[k] = sums[k]! + box - oldBox[k]!
    oldBox[k] = box
  }
}

/** Sum of a triangle of 2 x reach + 1 taps (apex reach + 1) over those taps that fall on 0..length-1 around `center`. */
export function triangleInside(reach: number, center: number, length: number): number {
  let sum = 0
  const last = Math.min(reach, length - 1 - center)
  for (let offset = Math.max(-reach, -center); offset <= last; offset += 1) sum += reach + 1 - Math.abs(offset)
  return sum
}
