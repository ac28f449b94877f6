import { dbPerNeper, dynamicRangeDb, type NoiseThresholds, thresholdsAt } from '../gate/noise-thresholds.js'
import { bins, hop, kernelFft, vectorBytes } from './frame-transform.js'
import { laneSamples, laneStart, planLanes, validLanes } from './lane-plan.js'
import type { Kernel } from './load-kernel.js'

/** Bytes that the statistics need. */
export const noiseSizes = {
  cosines: 8 * kernelFft,
  exactPoints: 32 * kernelFft,
  levelFloor: 8 * bins,
  statistics: 64 * bins,
}

export interface NoiseRange {
  segmentAt: number
  /** Room for a quarter of the noise, as vectors. */
  lanesAt: number
  /** Samples of the segment. */
  from: number
  to: number
  nStd: number
}

/** Tables for what is computed in double precision; once for a kernel. */
export function writeExactTables(kernel: Kernel, at: Record<keyof typeof noiseSizes, number>): void {
  const cosines = new Float64Array(kernel.run.memory.buffer, at.cosines, kernelFft)
  for (let n = 0; n < kernelFft; n += 1) cosines[n] = Math.cos((2 * Math.PI * n) / kernelFft)
  kernel.run.useExactTables(at.cosines, at.exactPoints)
}

/**
 * noiseThresholds in the kernel, in double precision: in single precision the loudest bins leave traces in the quietest
 * ones, whose thresholds would be off by up to 1e-4.
 */
export function learnKernelNoise(
  kernel: Kernel,
  at: Record<keyof typeof noiseSizes, number>,
  range: NoiseRange,
): NoiseThresholds {
  const { run } = kernel
  const { segmentAt, lanesAt, from, to } = range
  const frames = Math.floor(Math.max(kernelFft, to - from) / hop) + 1
  const plan = planLanes(0, frames - 1, 0, frames)
  withSilenceAround(kernel, segmentAt, from, to, () => {
    const start = segmentAt + 4 * (from + laneStart(plan))
    const step = 4 * plan.each * hop
    run.spread(start, start + step, start + 2 * step, start + 3 * step, lanesAt, laneSamples(plan))
  })
  const floor = new Float64Array(kernel.run.memory.buffer, at.levelFloor, bins).fill(-Infinity)
  const statistics = new Float64Array(kernel.run.memory.buffer, at.statistics, 8 * bins)
  function collect(): void {
    for (let k = 0; k < bins; k += 1) statistics.set([0, 0, 0, 0, Infinity, Infinity, -Infinity, -Infinity], 8 * k)
    for (let frame = 0; frame < plan.steps; frame += 1) {
      run.addLevels(lanesAt + frame * hop * vectorBytes, at.levelFloor, at.statistics, validLanes(plan, frame))
    }
  }
  const read = (index: number, merge: (a: number, b: number) => number): Float64Array =>
    Float64Array.from({ length: bins }, (_, k) => merge(statistics[8 * k + index]!, statistics[8 * k + index + 1]!))
  collect()
  const lowest = read(4, Math.min)
  const floors = read(6, Math.max).map((value) => value - dynamicRangeDb / dbPerNeper)
  if (lowest.some((value, k) => value < floors[k]!)) {
    floor.set(floors)
    collect()
  }
  const add = (a: number, b: number): number => a + b
  const mean = read(0, add).map((value) => value / frames)
  const thresholdDb = read(2, add).map((squares, k) => {
    const deviation = Math.sqrt(Math.max(0, squares / frames - mean[k]! * mean[k]!))
    return dbPerNeper * (mean[k]! + range.nStd * deviation)
  })
  return thresholdsAt(thresholdDb, kernelFft)
}

/** Frames reach beyond the noise on both sides, where the reference has zeros. */
function withSilenceAround(kernel: Kernel, segmentAt: number, from: number, to: number, act: () => void): void {
  const views = [
    kernel.floats(segmentAt + 4 * (from - kernelFft), kernelFft),
    kernel.floats(segmentAt + 4 * to, 8 * kernelFft),
  ]
  const kept = views.map((view) => view.slice())
  for (const view of views) view.fill(0)
  act()
  views.forEach((view, index) => view.set(kept[index]!))
}
