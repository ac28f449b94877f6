import type { SampleStream } from './sample-stream.js'

/** A stage that turns a full buffer of input into a block of output, the same amounts each time. */
export interface BlockStage {
  /** What the next block is made of: filled from the front. */
  history: Float32Array | Float64Array
  /** Samples in `history` before the first input: zeros. */
  lead: number
  /** Input samples that a block uses up: `history` moves on by as many. */
  step: number
  /** Make a block of a full history; its memory is reused. */
  produce: () => Float32Array
  /** Output samples that so much input comes to: the last block is cut there. */
  outputsOf: (received: number) => number
}

/** Feed such a stage with blocks of any length; behind the last come zeros. */
export function createBlockStream({ history, lead, step, produce, outputsOf }: BlockStage): SampleStream {
  let filled = lead
  let received = 0
  let emitted = 0

  function next(): Float32Array {
    const block = produce()
    history.copyWithin(0, step)
    filled = history.length - step
    emitted += block.length
    return block
  }

  return {
    push(samples, emit) {
      received += samples.length
      for (let at = 0; at < samples.length;) {
        const count = Math.min(samples.length - at, history.length - filled)
        history.set(samples.subarray(at, at + count), filled)
        filled += count
        at += count
        if (filled === history.length) emit(next())
      }
    },
    flush(emit) {
      const limit = outputsOf(received)
      while (emitted < limit) {
        history.fill(0, filled)
        const left = limit - emitted
        emit(next().subarray(0, left))
      }
    },
  }
}
