import type { EmitBlock, SampleStream } from '../sample-stream.js'
import { createKernelChunkGate, kernelCovers } from '../kernel/kernel-chunk-gate.js'
import { type Engine, hasKernel } from '../kernel/load-kernel.js'
import { type ChunkGate, paddedChunkSamples as longest } from './chunk-gate.js'
import { chunkPadding, chunkSamples, type GateParameters } from './gate-parameters.js'
import { createPortableChunkGate } from './portable-chunk-gate.js'

export interface GateStreamOptions {
  /** Stationary: noise to take the statistics from, instead of the beginning of the recording. Mono, at the gate's
   *  rate; of more than 600000 samples the first count, as in the reference. */
  noise?: Float32Array
  /** Default: the kernel where this machine has SIMD and it covers the parameters. Results agree within -120 dB. */
  engine?: Engine | undefined
}

/**
 * The noise gate as a stream in constant memory: as many samples out as in, in the same place. Chunks of 600000 samples
 * with 30000 around them, always 660000 long when the recording is longer than one chunk; noise statistics of the
 * stationary mode from the first 600000 samples. Digital silence stays silence. sampleRateHz: at most 256 kHz (see
 * gateDecimation). Mode 'off' passes blocks on. Errors: as gateGrid.
 */
export function createGateStream(
  parameters: GateParameters,
  sampleRateHz: number,
  options: GateStreamOptions = {},
): SampleStream {
  if (parameters.mode === 'off') return { push: (block, emit) => emit(block), flush: () => undefined }
  const chunks = createChunkGate(parameters, sampleRateHz, options.engine)
  const { segment } = chunks
  let filled = chunkPadding
  let chunksDone = 0
  let noiseKnown = false
  if (options.noise !== undefined) {
    const noise = options.noise.subarray(0, chunkSamples)
    segment.set(noise)
    chunks.learnNoise(0, noise.length)
    segment.fill(0)
    noiseKnown = true
  }

  function gateChunk(length: number, keep: number, emit: EmitBlock): void {
    if (!noiseKnown) chunks.learnNoise(chunkPadding, Math.min(chunkPadding + chunkSamples, filled))
    noiseKnown = true
    chunksDone += 1
    emit(chunks.gate(length, keep))
  }

  return {
    push(block, emit) {
      for (let at = 0; at < block.length;) {
        const count = Math.min(block.length - at, longest - filled)
        segment.set(block.subarray(at, at + count), filled)
        filled += count
        at += count
        if (filled < longest) continue
        gateChunk(longest, chunkSamples, emit)
        segment.copyWithin(0, chunkSamples)
        filled = longest - chunkSamples
      }
    },
    flush(emit) {
      // In the buffer: padding (zeros, or the end of the chunk before), then samples not yet given out.
      let left = filled - chunkPadding
      segment.fill(0, filled)
      if (chunksDone === 0 && left > 0 && left <= chunkSamples) {
        // The reference shortens its frames for less than one; here silence fills the frame.
        const length = Math.max(left, parameters.nFft) + 2 * chunkPadding
        gateChunk(length, left, emit)
        return
      }
      while (left > 0) {
        gateChunk(longest, Math.min(left, chunkSamples), emit)
        segment.copyWithin(0, chunkSamples)
        left -= chunkSamples
        segment.fill(0, chunkPadding + Math.max(0, left))
      }
    },
  }
}

function createChunkGate(parameters: GateParameters, sampleRateHz: number, engine?: Engine): ChunkGate {
  const covered = kernelCovers(parameters, sampleRateHz)
  return engine !== 'portable' && covered && hasKernel()
    ? createKernelChunkGate(parameters, sampleRateHz)
    : createPortableChunkGate(parameters, sampleRateHz)
}
