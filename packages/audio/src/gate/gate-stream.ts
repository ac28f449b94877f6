import type { EmitBlock, SampleStream } from '../sample-stream.js'
import { chunkPadding, chunkSamples, type GateParameters, gateGrid } from './gate-parameters.js'
import { createSegmentGate } from './gate-segment.js'
import { type NoiseThresholds, noiseThresholds } from './noise-thresholds.js'
import { createPairFft } from './pair-fft.js'

/** Noise to take the statistics from, instead of the beginning of the recording: mono, at the gate's rate. */
export interface GateStreamOptions {
  noise?: Float32Array
}

/**
 * The stationary gate as a stream in constant memory (about 9 MB): as many samples out as in, in the same place.
 * Chunks of 600000 samples with 30000 around them, always 660000 long when the recording is longer than one chunk;
 * noise statistics from the first 600000 samples. Digital silence stays silence. sampleRateHz: at most 256 kHz (see
 * gateDecimation). Mode 'off' passes blocks on. Errors: as gateGrid.
 */
export function createGateStream(
  parameters: GateParameters,
  sampleRateHz: number,
  options: GateStreamOptions = {},
): SampleStream {
  if (parameters.mode === 'off') return { push: (block, emit) => emit(block), flush: () => undefined }
  const grid = gateGrid(parameters, sampleRateHz)
  const fft = createPairFft(grid.nFft)
  const gate = createSegmentGate(fft, grid, parameters)
  const longest = chunkSamples + 2 * chunkPadding
  const segment = new Float32Array(longest)
  const target = new Float32Array(chunkSamples)
  let filled = chunkPadding
  let chunksDone = 0
  let thresholds: NoiseThresholds | null =
    options.noise === undefined
      ? null
      : noiseThresholds(fft, grid, parameters.nStd, options.noise, 0, options.noise.length)

  function gateChunk(length: number, keep: number, emit: EmitBlock): void {
    const noiseEnd = Math.min(chunkPadding + chunkSamples, Math.max(filled, chunkPadding + grid.nFft))
    thresholds ??= noiseThresholds(fft, grid, parameters.nStd, segment, chunkPadding, noiseEnd)
    gate(segment, length, chunkPadding, chunkPadding + keep, thresholds, target)
    chunksDone += 1
    emit(target.subarray(0, keep))
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
        const length = Math.max(left, grid.nFft) + 2 * chunkPadding
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
