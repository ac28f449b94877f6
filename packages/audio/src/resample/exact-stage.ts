import { createBlockStream } from '../block-stream.js'
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
  return createBlockStream({
    history,
    // It begins `reach` - 1 before the recording.
    lead: table.reach - 1,
    step,
    produce: () => {
      weighCycles(groups, cycles, history, output)
      return output
    },
    outputsOf: (received) => Math.ceil((received * up) / down),
  })
}
