import { createBlockStream } from '../block-stream.js'
import type { PolyphaseTable } from '../resample/polyphase-table.js'
import type { ResampleStagePlan } from '../resample/resample-plan.js'
import type { SampleStream } from '../sample-stream.js'
import { vectorBytes } from './frame-transform.js'
import { openKernel } from './load-kernel.js'
import { groupTaps } from './tap-groups.js'

/** Places of a recording that are resampled at once, in two vectors. */
const places = 8
/** Outputs of a place in one call, at least: fewer would spend their time on the samples that places share. */
const leastOutputs = 512

/**
 * A resampling stage in the SIMD kernel, in single precision: as createResampleStage, within -120 dB. Eight places, a
 * whole number of cycles apart, share their coefficients. table: an exact one. around: samples of the input that come
 * before and behind the recording (see sharpStages); without, zeros are taken.
 */
export function createKernelResampleStage(
  plan: ResampleStagePlan,
  table: PolyphaseTable,
  around: { before: number; after: number } = { before: 0, after: 0 },
): SampleStream {
  const { up, down } = plan
  const { width, starts, taps } = groupTaps(plan, table)
  const cycle = starts.length
  const cycles = Math.ceil(leastOutputs / (4 * cycle))
  const placeOutputs = cycles * 4 * cycle
  const placeInputs = (placeOutputs / up) * down
  // `spread` and `gather` work on four samples at a time.
  const reached = Math.ceil((placeInputs + width) / 4) * 4
  const needed = (places - 1) * placeInputs + reached
  const kernel = openKernel()
  const { run } = kernel
  const at = kernel.reserve({
    groups: 4 * cycle,
    taps: 4 * taps.length,
    history: 4 * needed,
    first: reached * vectorBytes,
    second: reached * vectorBytes,
    results: placeOutputs * vectorBytes,
    moreResults: placeOutputs * vectorBytes,
    output: 4 * places * placeOutputs,
  })
  const offsets = new Int32Array(run.memory.buffer, at.groups, cycle)
  offsets.set(starts.map((start) => start * vectorBytes))
  kernel.floats(at.taps, taps.length).set(taps)
  const history = kernel.floats(at.history, needed)
  const output = kernel.floats(at.output, places * placeOutputs)
  const cycleBytes = (placeInputs / cycles) * vectorBytes
  function produce(): Float32Array {
    const step = 4 * placeInputs
    for (const [half, to] of [at.first, at.second].entries()) {
      const from = at.history + 4 * half * step
      run.spread(from, from + step, from + 2 * step, from + 3 * step, to, reached)
    }
    run.resample(
      at.first,
      at.second,
      at.groups,
      at.taps,
      width,
      cycle,
      cycleBytes,
      at.results,
      at.moreResults,
      placeOutputs,
    )
    run.gather(at.results, at.output, 4 * placeOutputs, placeOutputs)
    run.gather(at.moreResults, at.output + 16 * placeOutputs, 4 * placeOutputs, placeOutputs)
    return output
  }

  return createBlockStream({
    history,
    // It begins `reach` - 1 before the recording.
    lead: table.reach - 1 - around.before,
    step: places * placeInputs,
    produce,
    outputsOf: (received) => Math.ceil(((received - around.before - around.after) * up) / down),
  })
}
