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
    push(row) {
      // First box over frequency: once[k] = sum of row[k - freqReach .. k].
      let run = 0
      for (let k = 0; k < freqReach; k += 1) {
        run = run + row[k]!
        once[k] = run
      }
      for (let k = freqReach; k < bins; k += 1) {
        run = run + row[k]!
        once[k] = run
        run = run - row[k - freqReach]!
      }
      for (let k = bins; k < bins + freqReach; k += 1) {
        once[k] = run
        run = run - row[k - freqReach]!
      }
      // Second box over frequency, and both boxes over time, each as the last value plus what enters minus what leaves.
      run = 0
      for (let k = 0; k < freqReach; k += 1) run = run + once[k]!
      const oldRow = recent[slot]!
      const oldBox = recentBoxes[slot]!
      for (let k = 0; k < bins; k += 1) {
        run = run + once[k + freqReach]!
        const box = boxes[k]! + run - oldRow[k]!
        oldRow[k] = run
        boxes[k] = box
        sums[k] = sums[k]! + box - oldBox[k]!
        oldBox[k] = box
        run = run - once[k]!
      }
      slot = slot + 1 === slots ? 0 : slot + 1
    },
    reset() {
      for (const array of [...recent, ...recentBoxes, boxes, sums]) array.fill(0)
      slot = 0
    },
  }
}

/** Sum of a triangle of 2 x reach + 1 taps (apex reach + 1) over those taps that fall on 0..length-1 around `center`. */
export function triangleInside(reach: number, center: number, length: number): number {
  let sum = 0
  const last = Math.min(reach, length - 1 - center)
  for (let offset = Math.max(-reach, -center); offset <= last; offset += 1) sum += reach + 1 - Math.abs(offset)
  return sum
}
