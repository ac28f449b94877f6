import type { SampleStream } from '../sample-stream.js'
import type { PolyphaseTable } from './polyphase-table.js'
import type { ResampleStagePlan } from './resample-plan.js'

const outputSamples = 8192
const inputSamples = 16384

/**
 * The stage for rates of too many phases to keep (see polyphaseTable): coefficients between those of two neighbouring
 * phases of the table. As createResampleStage.
 */
export function createInterpolatedStage(plan: ResampleStagePlan, table: PolyphaseTable): SampleStream {
  const { up, down } = plan
  const { reach, rows, taps } = table
  const width = 2 * reach
  const history = new Float64Array(width + inputSamples)
  const output = new Float32Array(outputSamples)
  /** Samples in `history`, which begins `reach` - 1 before the recording. */
  let filled = reach - 1
  /** Of the next output: first tap's place in `history`, and numerator of its fraction. */
  let start = 0
  let fraction = 0
  let received = 0
  let emitted = 0

  const wholeStep = Math.floor(down / up)
  const restStep = down % up

  function produce(limit: number, emit: (block: Float32Array) => void): void {
    let count = 0
    while (start + width <= filled && emitted + count < limit) {
      output[count] = weighBetween(history, start, taps, (fraction / up) * rows, width)
      count += 1
      start += wholeStep
      fraction += restStep
      if (fraction >= up) {
        fraction -= up
        start += 1
      }
      if (count === outputSamples) {
        emit(output)
        emitted += count
        count = 0
      }
    }
    if (count > 0) emit(output.subarray(0, count))
    emitted += count
    const shift = Math.min(start, filled)
    history.copyWithin(0, shift, filled)
    filled -= shift
    start -= shift
  }

  return {
    push(block, emit) {
      received += block.length
      for (let at = 0; at < block.length;) {
        const count = Math.min(block.length - at, history.length - filled)
        history.set(block.subarray(at, at + count), filled)
        filled += count
        at += count
        produce(Infinity, emit)
      }
    },
    flush(emit) {
      const limit = Math.ceil((received * up) / down)
      while (emitted < limit) {
        history.fill(0, filled)
        filled = history.length
        produce(limit, emit)
      }
    },
  }
}

/** Sum of width products with coefficients between those of two neighbouring phases; position: in rows. */
function weighBetween(
  history: Float64Array,
  start: number,
  taps: Float64Array,
  position: number,
  width: number,
): number {
  const lower = Math.floor(position)
  const at = lower * width
  let below = 0
  let above = 0
  for (let tap = 0; tap < width; tap += 1) {
    const sample = history[start + tap]!
    below += sample * taps[at + tap]!
    above += sample * taps[at + width + tap]!
  }
  return below + (position - lower) * (above - below)
}
