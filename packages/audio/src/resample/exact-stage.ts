import type { SampleStream } from '../sample-stream.js'
import { groupTable, weighCycles } from './group-table.js'
import type { PolyphaseTable } from './polyphase-table.js'
import type { ResampleStagePlan } from './resample-plan.js'

/** Input samples for one call of the loop, at least: fewer would spend their time on moving samples. */
const leastInputs = 4096

/** A resampling stage in plain JavaScript and double precision, as createResampleStage. table: an exact one. */
export function createExactStage(plan: ResampleStagePlan, table: PolyphaseTable): SampleStream {
  const { up, down } = plan
  const groups = groupTable(plan, table)
  const cycles = 2 * Math.ceil(leastInputs / (2 * groups.cycleInputs))
  const step = cycles * groups.cycleInputs
  const history = new Float64Array(step + groups.span)
  const output = new Float32Array(cycles * groups.cycleOutputs)
  /** Samples in `history`, which begins `reach` - 1 before the recording. */
  let filled = table.reach - 1
  let received = 0
  let emitted = 0

  function produce(): Float32Array {
    weighCycles(groups, cycles, history, output)
    history.copyWithin(0, step)
    filled -= step
    return output
  }

  return {
    push(block, emit) {
      received += block.length
      for (let from = 0; from < block.length;) {
        const count = Math.min(block.length - from, history.length - filled)
        history.set(block.subarray(from, from + count), filled)
        filled += count
        from += count
        if (filled < history.length) continue
        emitted += output.length
        emit(produce())
      }
    },
    flush(emit) {
      const limit = Math.ceil((received * up) / down)
      while (emitted < limit) {
        history.fill(0, filled)
        filled = history.length
        const count = Math.min(output.length, limit - emitted)
        emitted += count
        emit(produce().subarray(0, count))
      }
    },
  }
}
