import { type ChunkGate, paddedChunkSamples } from '../gate/chunk-gate.js'
import { chunkPadding, type GateParameters, gateGrid } from '../gate/gate-parameters.js'
import { hop, kernelFft, tableSizes, writeTables } from './frame-transform.js'
import { createKernelNonStationary, maskSteps } from './kernel-non-stationary.js'
import { createKernelStationary } from './kernel-stationary.js'
import { openKernel } from './load-kernel.js'

/** Reach of the smoothing over time, in frames, up to which the lanes of the shortest chunk do not run into each other. */
const longestReach = 56

/** Zeros around a chunk, that lanes may read: before its first frame, and behind the last lane's end. */
const guardSamples = (longestReach + 8) * hop + kernelFft

/** Steps of a non-stationary mask at least: coarser ones are heard above -90 dB. */
const leastMaskSteps = 2 ** 16

/** Whether the kernel covers these parameters: frames of 1024 (the default), smoothing that is not extremely wide. */
export function kernelCovers(parameters: GateParameters, sampleRateHz: number): boolean {
  if (parameters.nFft !== kernelFft) return false
  const grid = gateGrid(parameters, sampleRateHz)
  if (grid.timeReach > longestReach) return false
  return parameters.mode !== 'non-stationary' || maskSteps(grid) >= leastMaskSteps
}

/** The gate in the SIMD kernel, in single precision: within -120 dB of the portable one. Errors as gateGrid. */
export function createKernelChunkGate(parameters: GateParameters, sampleRateHz: number): ChunkGate {
  const grid = gateGrid(parameters, sampleRateHz)
  const kernel = openKernel()
  const at = kernel.reserve({ ...tableSizes, guarded: 4 * (paddedChunkSamples + 2 * guardSamples) })
  writeTables(kernel, at)
  const segmentAt = at.guarded + 4 * guardSamples
  const gate =
    parameters.mode === 'non-stationary'
      ? createKernelNonStationary(kernel, grid, parameters, sampleRateHz, segmentAt)
      : createKernelStationary(kernel, grid, parameters, segmentAt)
  // Made last: memory that grows leaves older views without content.
  return {
    segment: kernel.floats(segmentAt, paddedChunkSamples),
    learnNoise: (from, to) => gate.learnNoise(from, to),
    gate: (length, keep) => gate.gate(length, chunkPadding, chunkPadding + keep),
  }
}
