import { chunkPadding, chunkSamples } from './gate-parameters.js'

/** Samples of a whole padded chunk. */
export const paddedChunkSamples = chunkSamples + 2 * chunkPadding

/** Gates the padded chunks of one recording, one after the other. */
export interface ChunkGate {
  /** [paddedChunkSamples]: where a chunk is put before `gate`, and noise before `learnNoise`. */
  readonly segment: Float32Array
  /** Take the noise statistics from segment[from..to), with silence around it. Only the stationary mode needs them. */
  learnNoise(from: number, to: number): void
  /**
   * Gate the chunk in segment[0..length): `keep` samples from chunkPadding on come out, in memory that is reused.
   * segment[chunkSamples...] stays as it is.
   */
  gate(length: number, keep: number): Float32Array
}
