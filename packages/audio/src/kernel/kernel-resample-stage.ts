import type { PolyphaseTable } from '../resample/polyphase-table.js'
import type { ResampleStagePlan } from '../resample/resample-plan.js'
import type { SampleStream } from '../sample-stream.js'
import { openKernel } from './load-kernel.js'

/** Outputs of a lane in one call, at least: fewer would spend their time on calls. */
const leastOutputs = 256

/**
 * A resampling stage in the SIMD kernel, in single precision: as createResampleStage, within -120 dB. Four lanes, a
 * whole number of cycles apart, share their coefficients. table: an exact one.
 */
export function createKernelResampleStage(plan: ResampleStagePlan, table: PolyphaseTable): SampleStream {
  const { up, down } = plan
  const width = 2 * table.reach
  const rowTaps = Math.ceil(width / 8) * 8
  const cycles = Math.ceil(leastOutputs / up)
  const laneInputs = cycles * down
  const laneOutputs = cycles * up
  const needed = 4 * laneInputs + rowTaps
  const kernel = openKernel()
  const at = kernel.reserve({ taps: 4 * up * rowTaps, history: 4 * needed, output: 4 * 4 * laneOutputs })
  const taps = kernel.floats(at.taps, up * rowTaps)
  for (let row = 0; row < up; row += 1) taps.set(table.taps.subarray(row * width, (row + 1) * width), row * rowTaps)
  const history = kernel.floats(at.history, needed)
  const output = kernel.floats(at.output, 4 * laneOutputs)
  /** Samples in `history`, which begins `reach` - 1 before the recording. */
  let filled = table.reach - 1
  let received = 0
  let emitted = 0

  function produce(): Float32Array {
    kernel.run.resample(at.history, laneInputs, at.taps, rowTaps, up, down, at.output, laneOutputs)
    history.copyWithin(0, 4 * laneInputs)
    filled -= 4 * laneInputs
    return output
  }

  return {
    push(block, emit) {
      received += block.length
      for (let from = 0; from < block.length;) {
        const count = Math.min(block.length - from, needed - filled)
        history.set(block.subarray(from, from + count), filled)
        filled += count
        from += count
        if (filled < needed) continue
        emitted += output.length
        emit(produce())
      }
    },
    flush(emit) {
      const limit = Math.ceil((received * up) / down)
      while (emitted < limit) {
        history.fill(0, filled)
        filled = needed
        const count = Math.min(output.length, limit - emitted)
        emitted += count
        emit(produce().subarray(0, count))
      }
    },
  }
}
