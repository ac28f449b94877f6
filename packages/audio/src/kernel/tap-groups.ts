import type { PolyphaseTable } from '../resample/polyphase-table.js'
import type { ResampleStagePlan } from '../resample/resample-plan.js'

/** Coefficients for four outputs in a row at a time, as the kernel's `resample` takes them. */
export interface TapGroups {
  /** Samples that any group of four outputs needs. */
  width: number
  /** First sample of each group, from the cycle's first; a cycle is as many groups as give whole cycles of `up`. */
  starts: number[]
  /** [group][width][4]; zero where an output does not need a sample. */
  taps: Float32Array
}

/** table: an exact one of the plan. */
export function groupTaps(plan: ResampleStagePlan, table: PolyphaseTable): TapGroups {
  const { up, down } = plan
  const rowWidth = 2 * table.reach
  const startOf = (output: number): number => Math.floor((output * down) / up)
  const count = up % 4 === 0 ? up / 4 : up % 2 === 0 ? up / 2 : up
  const starts = Array.from({ length: count }, (_, group) => startOf(4 * group))
  const width = rowWidth + Math.max(...starts.map((start, group) => startOf(4 * group + 3) - start))
  const taps = new Float32Array(count * width * 4)
  for (let output = 0; output < 4 * count; output += 1) {
    const group = output >> 2
    const skipped = startOf(output) - starts[group]!
    const row = (output % up) * rowWidth
    for (let tap = 0; tap < rowWidth; tap += 1) {
      taps[(group * width + skipped + tap) * 4 + (output & 3)] = table.taps[row + tap]!
    }
  }
  return { width, starts, taps }
}
