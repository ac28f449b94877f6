import { type ChunkGate, paddedChunkSamples } from './chunk-gate.js'
import { chunkPadding, chunkSamples, type GateParameters, gateGrid } from './gate-parameters.js'
import { createNonStationaryGate } from './non-stationary-gate.js'
import { type NoiseThresholds, noiseThresholds } from './noise-thresholds.js'
import { createPairFft } from './pair-fft.js'
import { createStationaryGate } from './stationary-gate.js'

/** The gate in plain JavaScript and double precision: runs everywhere, and is the tests' measure. Errors as gateGrid. */
export function createPortableChunkGate(parameters: GateParameters, sampleRateHz: number): ChunkGate {
  const grid = gateGrid(parameters, sampleRateHz)
  const fft = createPairFft(grid.nFft)
  const segment = new Float32Array(paddedChunkSamples)
  const target = new Float32Array(chunkSamples)
  if (parameters.mode === 'non-stationary') {
    const gate = createNonStationaryGate(fft, grid, parameters, sampleRateHz)
    return {
      segment,
      learnNoise: () => undefined,
      gate(length, keep) {
        gate(segment, length, chunkPadding, chunkPadding + keep, target)
        return target.subarray(0, keep)
      },
    }
  }
  const gate = createStationaryGate(fft, grid, parameters)
  let thresholds: NoiseThresholds | null = null
  return {
    segment,
    learnNoise(from, to) {
      thresholds = noiseThresholds(fft, grid, parameters.nStd, segment, from, to)
    },
    gate(length, keep) {
      if (thresholds === null) throw new Error('learnNoise comes before gate')
      gate(segment, length, chunkPadding, chunkPadding + keep, thresholds, target)
      return target.subarray(0, keep)
    },
  }
}
