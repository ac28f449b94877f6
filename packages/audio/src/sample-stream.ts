/** Receives a block; its memory is reused afterwards. */
export type EmitBlock = (block: Float32Array) => void

/** A stage of the front end: mono blocks of any length in, blocks out, the last after `flush`. */
export interface SampleStream {
  push(block: Float32Array, emit: EmitBlock): void
  flush(emit: EmitBlock): void
}

/** Run one stage after the other. None = blocks pass through. */
export function chainStreams(stages: SampleStream[]): SampleStream {
  return stages.reduceRight<SampleStream>(
    (rest, stage) => ({
      push: (block, emit) => stage.push(block, (next) => rest.push(next, emit)),
      flush: (emit) => {
        stage.flush((next) => rest.push(next, emit))
        rest.flush(emit)
      },
    }),
    { push: (block, emit) => emit(block), flush: () => undefined },
  )
}
