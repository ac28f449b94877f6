import { createBlockStream } from '../block-stream.js'
import { designLowPass, lowPassAt, type LowPass, stopHzOf } from '../resample/kaiser-filter.js'
import { type PolyphaseTable, polyphaseTable } from '../resample/polyphase-table.js'
import type { ResampleStagePlan } from '../resample/resample-plan.js'
import { chainStreams, type SampleStream } from '../sample-stream.js'
import { bins, kernelFft, rowBytes, spectraBytes, tableSizes, vectorBytes, writeTables } from './frame-transform.js'
import { createKernelResampleStage } from './kernel-resample-stage.js'
import { openKernel } from './load-kernel.js'

/** What the short filter lets through of the images that the sharp one leaves: far below 16 bits. */
const imageDb = 115
/** From here on the transform has few samples to give for what it costs. */
const longestReach = 200

/** A stage in two: the sharp filter at the input's rate, then a short one between its samples. */
export interface SharpPlan {
  filter: LowPass
  inputHz: number
  /** Taps on each side of a sample of the sharp filter. */
  reach: number
  short: ResampleStagePlan
  table: PolyphaseTable
}

/**
 * How a stage is done by fast convolution, or null where that gains nothing. A sharp filter needs taps in proportion to
 * the rate over its transition; behind it the images are far away, so between the samples a short one does. Together
 * they are the stage's own filter but for what that lets pass beyond half the input's rate (about -100 dB).
 */
export function planSharp(plan: ResampleStagePlan, table: PolyphaseTable): SharpPlan | null {
  if (plan.unitSum === 'whole') return null
  const { filter, inputHz } = plan
  const stopHz = stopHzOf(filter)
  const reach = Math.ceil(filter.halfWidthS * inputHz)
  if (inputHz < 2.5 * stopHz || reach > longestReach) return null
  const short = { ...plan, filter: designLowPass(stopHz, inputHz - stopHz, imageDb) }
  const shortTable = polyphaseTable(short)
  return shortTable.reach > table.reach / 2.5 ? null : { filter, inputHz, reach, short, table: shortTable }
}

/** The two stages, in single precision. */
export function createSharpStages(plan: SharpPlan): SampleStream {
  // What the short filter needs around the recording.
  const around = { before: plan.table.reach - 1, after: plan.table.reach }
  return chainStreams([createSharpFilter(plan, around), createKernelResampleStage(plan.short, plan.table, around)])
}

/**
 * Overlap-save in four lanes: each transforms 1024 samples, of which all but the outer `reach` on both sides are good.
 * The filter has no phase, so its spectrum is real: the gate's masks, with `floor` alone.
 */
function createSharpFilter(plan: SharpPlan, around: { before: number; after: number }): SampleStream {
  const { reach } = plan
  const good = Math.floor((kernelFft - 2 * reach) / 4) * 4
  const kernel = openKernel()
  const { run } = kernel
  const at = kernel.reserve({
    ...tableSizes,
    history: 4 * (3 * good + kernelFft),
    lanes: kernelFft * vectorBytes,
    results: kernelFft * vectorBytes,
    spectra: spectraBytes,
    power: rowBytes,
    noSums: rowBytes,
    response: 4 * bins,
    output: 4 * 4 * good,
  })
  writeTables(kernel, at, () => 1, 1)
  kernel.floats(at.response, bins).set(responseOf(plan))
  const history = kernel.floats(at.history, 3 * good + kernelFft)
  const results = kernel.floats(at.results, 4 * kernelFft)
  const output = kernel.floats(at.output, 4 * good)
  return createBlockStream({
    history,
    lead: reach + around.before,
    step: 4 * good,
    produce() {
      const step = 4 * good
      run.spread(at.history, at.history + step, at.history + 2 * step, at.history + 3 * step, at.lanes, kernelFft)
      run.forward(at.lanes, at.spectra, at.power)
      results.fill(0)
      run.inverse(at.spectra, at.noSums, 0, at.response, at.results, 0)
      run.gather(at.results + reach * vectorBytes, at.output, step, good)
      return output
    },
    outputsOf: (received) => received + around.before + around.after,
  })
}

/** [513]: the transform of the filter's samples around 0, which sum to 1. */
function responseOf({ filter, inputHz, reach }: SharpPlan): Float64Array {
  const taps = Float64Array.from({ length: reach + 1 }, (_, n) => lowPassAt(filter, n / inputHz))
  const sum = taps.reduce((total, tap, n) => total + (n === 0 ? tap : 2 * tap), 0)
  return Float64Array.from({ length: bins }, (_, k) => {
    let response = taps[0]!
    for (let n = 1; n <= reach; n += 1) response += 2 * taps[n]! * Math.cos((2 * Math.PI * k * n) / kernelFft)
    return response / sum
  })
}
