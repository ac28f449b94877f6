import { paddedChunkSamples } from '../gate/chunk-gate.js'
import { chunkSamples, type GateGrid, type GateParameters } from '../gate/gate-parameters.js'
import { spanOf } from '../gate/masked-synthesis.js'
import { triangleInside } from '../gate/mask-smoother.js'
import { bins, hop, kernelFft, markRowBytes, rowBytes, spectraBytes, vectorBytes } from './frame-transform.js'
import { learnKernelNoise, noiseSizes, writeExactTables } from './kernel-noise.js'
import { laneSamples, laneStart, planLanes, type LanePlan, validLanes } from './lane-plan.js'
import { type LaneSmoother, laneSmootherSizes, createLaneSmoother, marksFit } from './lane-smoother.js'
import type { Kernel } from './load-kernel.js'
import { amplitudeError, createMarkThresholds, markThresholdSizes } from './mark-thresholds.js'

/** A gate over the chunk in the kernel's memory. keepFrom, keepTo: as in StationaryGate. */
export interface KernelGate {
  learnNoise(from: number, to: number): void
  gate(length: number, keepFrom: number, keepTo: number): Float32Array
}

/** Samples of a lane at most, behind room for the hops that are written before they are read. */
const lead = kernelFft

/**
 * The stationary gate. Four quarters of the frames that are kept run in the four lanes, each with timeReach frames more
 * on both sides; output replaces input in the lanes' memory, one transform behind it. The rule of the row maximum is
 * that of the portable gate: a chunk in which it fires is done again with those rows open.
 */
export function createKernelStationary(
  kernel: Kernel,
  grid: GateGrid,
  parameters: GateParameters,
  segmentAt: number,
): KernelGate {
  const { timeReach, freqReach } = grid
  const longest = planLanes(0, Math.ceil((chunkSamples + 2 * kernelFft) / hop), timeReach, 0)
  const noiseFrames = planLanes(0, Math.floor(chunkSamples / hop), 0, 0)
  const laneBytes = (Math.max(laneSamples(longest), laneSamples(noiseFrames)) + lead + hop) * vectorBytes
  const { run } = kernel
  const narrow = marksFit(grid)
  const layout = narrow ? 'pairs' : 'bins'
  const at = kernel.reserve({
    lanes: laneBytes,
    target: 4 * (4 * longest.each * hop + kernelFft),
    ring: (timeReach + 1) * spectraBytes,
    power: rowBytes,
    row: narrow ? markRowBytes + freqReach * vectorBytes : rowBytes,
    scanned: rowBytes,
    pass: 4 * bins,
    loud: 4 * bins,
    silent: 4 * bins,
    extremes: 32,
    floor: 4 * bins,
    ...noiseSizes,
    ...markThresholdSizes,
    ...laneSmootherSizes(grid, layout),
  })
  const smoother: LaneSmoother = createLaneSmoother(kernel, at, grid, layout)
  writeExactTables(kernel, at)
  const markThresholds = createMarkThresholds(kernel, at)
  const segment = kernel.floats(segmentAt, paddedChunkSamples)
  const pass = kernel.floats(at.pass, bins)
  const loud = kernel.floats(at.loud, bins)
  const extremes = kernel.floats(at.extremes, 8)
  const lanes = kernel.floats(at.lanes, laneBytes / 4)
  const target = kernel.floats(at.target, 4 * longest.each * hop + kernelFft)
  kernel.floats(at.silent, bins).fill(Infinity)
  const kept = 1 - parameters.propDecrease
  kernel
    .floats(at.floor, bins)
    .set(Array.from({ length: bins }, (_, k) => (kept * triangleInside(freqReach, k, bins)) / (freqReach + 1) ** 2))
  const scale = parameters.propDecrease / ((freqReach + 1) ** 2 * (timeReach + 1) ** 2)
  const learned = new Float32Array(bins)
  let leastLoud = Infinity

  /** Bring the frames of a plan into the lanes, behind `lead`. */
  function spreadPlan(plan: LanePlan): void {
    const from = segmentAt + 4 * laneStart(plan)
    const step = 4 * plan.each * hop
    run.spread(from, from + step, from + 2 * step, from + 3 * step, at.lanes + lead * vectorBytes, laneSamples(plan))
  }

  const inputAt = (step: number): number => at.lanes + (lead + step * hop) * vectorBytes
  const slotAt = (step: number): number => at.ring + (step % (timeReach + 1)) * spectraBytes

  /** Open the rows in which frames from..to-1 hold something 80 dB above the threshold; whether there was any. */
  function scan(from: number, to: number, frames: number): boolean {
    if (to <= from || !mayBeLoud(from, to)) return false
    const plan = planLanes(from, to - 1, 0, Math.min(to, frames))
    spreadPlan(plan)
    let opened = false
    for (let step = 0; step < plan.steps; step += 1) {
      run.forward(inputAt(step), at.ring, at.power)
      if (run.classify(at.power, at.pass, at.loud, at.scanned, validLanes(plan, step)) === 0) continue
      run.openLoud(at.power, at.pass, at.loud, validLanes(plan, step))
      opened = true
    }
    return opened
  }

  /** A bin's power is at most (2 x sum of the window x largest sample)^2. */
  function mayBeLoud(fromFrame: number, toFrame: number): boolean {
    // Whole vectors: a few samples more do no harm.
    const from = Math.max(0, Math.floor((fromFrame * hop - kernelFft / 2) / 4) * 4)
    const to = Math.min(segment.length, toFrame * hop + kernelFft / 2)
    run.extremes(segmentAt + 4 * from, at.extremes, Math.ceil((to - from) / 4) * 4)
    const peak = Math.max(...extremes.map((value) => Math.abs(value)))
    return (kernelFft * peak) ** 2 > leastLoud
  }

  /** Spectra and mask row of a step; the lanes in which something is loud. */
  function mark(step: number, spectra: number, loudAt: number, valid: number): number {
    const input = inputAt(step)
    if (narrow) {
      if (run.forwardMarked(input, spectra, at.row, at.below, at.above, valid, markThresholds.alarm) === 0) return 0
      return run.refineMarks(input, spectra, at.row, at.exact, loudAt, amplitudeError, valid)
    }
    run.forward(input, spectra, at.power)
    return run.classify(at.power, at.pass, loudAt, at.row, valid)
  }

  /** One run over the kept frames; true when a row was opened on the way, then the output is not complete. */
  function runLanes(plan: LanePlan, loudAt: number): boolean {
    const { reach, steps } = plan
    let opened = false
    spreadPlan(plan)
    lanes.fill(0, 0, 4 * kernelFft)
    smoother.reset()
    markThresholds.write(pass)
    for (let step = 0; step < steps; step += 1) {
      const valid = validLanes(plan, step)
      const spectra = slotAt(step)
      if (mark(step, spectra, loudAt, valid) !== 0) {
        if (narrow) run.forward(inputAt(step), spectra, at.power)
        run.openLoud(at.power, at.pass, loudAt, valid)
        opened = true
      }
      if (opened) continue
      smoother.push(at.row)
      const out = step - 2 * reach
      if (out < 0) continue
      const output = at.lanes + out * hop * vectorBytes
      if (narrow) run.inverseMarked(slotAt(step - reach), smoother.sums, scale, at.floor, output)
      else run.inverse(slotAt(step - reach), smoother.sums, scale, at.floor, output, 0)
    }
    return opened
  }

  return {
    learnNoise(from, to) {
      const thresholds = learnKernelNoise(kernel, at, { segmentAt, lanesAt: at.lanes, from, to, nStd: parameters.nStd })
      learned.set(thresholds.pass)
      loud.set(thresholds.loud)
      markThresholds.learn(thresholds)
      leastLoud = thresholds.loud.reduce((least, value) => Math.min(least, value), Infinity)
    },
    gate(length, keepFrom, keepTo) {
      const frames = Math.floor(length / hop) + 1
      const span = spanOf(grid, frames, keepFrom, keepTo)
      const plan = planLanes(span.first, span.last, timeReach, frames)
      pass.set(learned)
      const begin = Math.max(0, span.first - timeReach)
      const end = Math.min(frames, span.first + 4 * plan.each + timeReach)
      const openedAround = [scan(0, begin, frames), scan(end, frames, frames)].includes(true)
      const openedInside = runLanes(plan, at.loud)
      if (openedAround || openedInside) runLanes(plan, at.silent)
      const laneOutput = plan.each * hop
      run.carryOver(at.lanes + laneOutput * vectorBytes, at.lanes, kernelFft - hop)
      run.gather(at.lanes, at.target, 4 * laneOutput, laneOutput)
      const offset = keepFrom - (span.first * hop - kernelFft / 2)
      return target.subarray(offset, offset + keepTo - keepFrom)
    },
  }
}
