import type { PolyphaseTable } from './polyphase-table.js'
import type { ResampleStagePlan } from './resample-plan.js'

/** Outputs of a group: they share each sample that is loaded; loads and their checks are what a plain loop costs. */
const groupOutputs = 4

/** An exact table, arranged for four outputs at a time: outputs 4 g ... 4 g + 3 are group g mod `groups`. */
export interface GroupTable {
  groups: number
  /** Input samples that a group weighs. */
  span: number
  /** [groups]: a group's first input sample, counted from that of group 0. */
  starts: Int32Array
  /** Input samples, and outputs, from a group to the same group of the next cycle. */
  cycleInputs: number
  cycleOutputs: number
  /** [groups][span][groupOutputs]: rows of the table, with zeros before or behind, so that a group begins at one sample. */
  taps: Float64Array
}

/** table: an exact one of the plan. */
export function groupTable(plan: ResampleStagePlan, table: PolyphaseTable): GroupTable {
  const { up, down } = plan
  const width = 2 * table.reach
  const groups = up % 4 === 0 ? up / 4 : up % 2 === 0 ? up / 2 : up
  const cycleOutputs = groups * groupOutputs
  const startOf = (output: number): number => Math.floor((output * down) / up)
  const starts = Int32Array.from({ length: groups }, (_, group) => startOf(group * groupOutputs))
  const span = width + Math.max(...starts.map((start, group) => startOf(group * groupOutputs + 3) - start))
  const taps = new Float64Array(cycleOutputs * span)
  for (let output = 0; output < cycleOutputs; output += 1) {
    const group = Math.floor(output / groupOutputs)
    const late = startOf(output) - starts[group]!
    for (let tap = 0; tap < width; tap += 1) {
      const at = (group * span + late + tap) * groupOutputs + (output % groupOutputs)
      taps[at] = table.taps[(output % up) * width + tap]!
    }
  }
  return { groups, span, starts, cycleInputs: (cycleOutputs * down) / up, cycleOutputs, taps }
}

/**
 * Weigh the samples of an even number of cycles: output = [cycles x cycleOutputs], history = [cycles x cycleInputs +
 * span] or longer. Four outputs of each of two neighbouring cycles at once, which share samples or coefficients: six
 * loads for eight products. One sum for each output, in the order of its samples.
 */
export function weighCycles(table: GroupTable, cycles: number, history: Float64Array, output: Float32Array): void {
  const { groups, span, starts, cycleInputs, cycleOutputs, taps } = table
  for (let group = 0; group < groups; group += 1) {
    for (let cycle = 0; cycle < cycles; cycle += 2) {
      const from = (cycle * cycleInputs + starts[group]!) | 0
      const end = (from + span) | 0
      let tap = (group * span * groupOutputs) | 0
      let a0 = 0
      let a1 = 0
      let a2 = 0
      let a3 = 0
      let b0 = 0
      let b1 = 0
      let b2 = 0
      let b3 = 0
      for (let at = from; at < end; at = (at + 1) | 0) {
        const a = history[at]!
        const b = history[(at + cycleInputs) | 0]!
        const weight0 = taps[tap]!
        a0 += a * weight0
        b0 += b * weight0
        const weight1 = taps[(tap + 1) | 0]!
        a1 += a * weight1
        b1 += b * weight1
        const weight2 = taps[(tap + 2) | 0]!
        a2 += a * weight2
        b2 += b * weight2
        const weight3 = taps[(tap + 3) | 0]!
        a3 += a * weight3
        b3 += b * weight3
        tap = (tap + 4) | 0
      }
      const first = cycle * cycleOutputs + group * groupOutputs
      output[first] = a0
      output[first + 1] = a1
      output[first + 2] = a2
      output[first + 3] = a3
      const second = first + cycleOutputs
      output[second] = b0
      output[second + 1] = b1
      output[second + 2] = b2
      output[second + 3] = b3
    }
  }
}
