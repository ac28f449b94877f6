import { chunkPadding, chunkSamples, type GateGrid, type GateParameters } from '../gate/gate-parameters.js'
import { levelSmoothing } from '../gate/non-stationary-gate.js'
import { bins, hop, kernelFft, rowBytes, spectraBytes, vectorBytes } from './frame-transform.js'
import type { KernelGate } from './kernel-stationary.js'
import { laneSamples, laneStart, planLanes, type LanePlan, validLanes } from './lane-plan.js'
import { laneSmootherSizes, createLaneSmoother } from './lane-smoother.js'
import { chainLanes } from './level-chain.js'
import type { Kernel } from './load-kernel.js'

const smoothingSum = ({ freqReach, timeReach }: GateGrid): number => (freqReach + 1) ** 2 * (timeReach + 1) ** 2

/** Masks are whole numbers, as fine as their sums leave room for in 31 bits, and below 2^22 (levels.ts): steps to 1. */
export function maskSteps(grid: GateGrid): number {
  return 2 ** Math.min(21, Math.floor(Math.log2((2 ** 31 - 1) / smoothingSum(grid))))
}

/**
 * The non-stationary gate. Four quarters of a chunk's frames run in the four lanes: forward, keeping spectra and
 * smoothed levels (16 MB), then backward. A first-order filter is linear, so what one lane leaves to the next is
 * computed at the end of the forward run and added (chainLanes).
 */
export function createKernelNonStationary(
  kernel: Kernel,
  grid: GateGrid,
  parameters: GateParameters,
  sampleRateHz: number,
  segmentAt: number,
): KernelGate {
  const { timeReach } = grid
  const longest = planLanes(0, Math.floor((chunkSamples + 2 * chunkPadding) / hop), timeReach, 0)
  const laneBytes = (laneSamples(longest) + kernelFft) * vectorBytes
  const { run } = kernel
  const at = kernel.reserve({
    lanes: laneBytes,
    spectra: longest.steps * spectraBytes,
    levels: longest.steps * rowBytes,
    row: rowBytes,
    state: rowBytes,
    weighted: rowBytes,
    carry: rowBytes,
    floor: 4 * bins,
    list: 4 * (bins + 1),
    ...laneSmootherSizes(grid),
  })
  const smoother = createLaneSmoother(kernel, at, grid)
  const newest = levelSmoothing(parameters.timeConstantS, sampleRateHz, hop)
  const older = 1 - newest
  const norm = smoothingSum(grid)
  const full = maskSteps(grid)
  const { sigmoidSlope, threshNMult } = parameters
  // full / (1 + exp(x)) is below 1/2 from x = ln(2 full - 1) on.
  const closed = sigmoidSlope > 0 ? Math.max(0, 1 + threshNMult - Math.log(2 * full - 1) / sigmoidSlope) : 0
  run.useSigmoid(newest, sigmoidSlope, 1 + threshNMult, full, closed)
  const scale = parameters.propDecrease / (norm * full)
  kernel.floats(at.floor, bins).fill(1 - parameters.propDecrease)
  const lanes = kernel.floats(at.lanes, laneBytes / 4)
  // The spectra are done with when the output is put together, and are larger.
  const target = kernel.floats(at.spectra, 4 * longest.each * hop + kernelFft)
  const [state, weighted, carry] = [at.state, at.weighted, at.carry].map((row) => kernel.floats(row, 4 * bins)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]

  /** Spectra and forward-smoothed levels of all frames; then `carry` and `state` are ready for the way back. */
  function runForward(plan: LanePlan, lastStep: number): void {
    const { each, reach, steps } = plan
    const start = segmentAt + 4 * laneStart(plan)
    const step = 4 * each * hop
    run.spread(start, start + step, start + 2 * step, start + 3 * step, at.lanes, laneSamples(plan))
    state.fill(0)
    weighted.fill(0)
    let left = state
    let atEnd = state
    for (let now = 0; now < steps; now += 1) {
      const weight = now < 2 * reach ? 0 : newest * older ** (now - 2 * reach)
      const input = at.lanes + now * hop * vectorBytes
      const spectra = at.spectra + now * spectraBytes
      const level = at.levels + now * rowBytes
      const valid = validLanes(plan, now)
      run.forwardTracked(input, spectra, level, at.state, at.weighted, newest, weight, valid, now === reach ? 1 : 0)
      if (now === each - 1) left = state.slice()
      if (now === lastStep) atEnd = state.slice()
    }
    chainLanes({ plan, lastStep, newest, left, atEnd, weighted, carry, state })
  }

  /** Masks and their application, from the last frame to the first. */
  function runBackward(plan: LanePlan, lastStep: number): void {
    const { each, reach, steps } = plan
    lanes.fill(0, 0, 4 * ((each - 1) * hop + kernelFft))
    smoother.reset()
    for (let now = steps - 1; now >= 0; now -= 1) {
      const spectra = at.spectra + now * spectraBytes
      const share = older ** (now + 1)
      const level = at.levels + now * rowBytes
      const begins = now === lastStep ? 8 : 0
      run.maskBackward(spectra, level, at.carry, share, at.state, at.row, validLanes(plan, now), begins, at.list)
      smoother.push(at.row)
      const done = now + reach
      if (done >= each + reach) continue
      const output = at.lanes + (done - reach) * hop * vectorBytes
      run.inverse(at.spectra + done * spectraBytes, smoother.sums, scale, at.floor, output, 1)
    }
  }

  return {
    learnNoise: () => undefined,
    gate(length, keepFrom, keepTo) {
      const frames = Math.floor(length / hop) + 1
      const plan = planLanes(0, frames - 1, timeReach, frames)
      const lastStep = frames - 1 - 3 * plan.each + timeReach
      runForward(plan, lastStep)
      runBackward(plan, lastStep)
      const laneOutput = plan.each * hop
      run.carryOver(at.lanes + laneOutput * vectorBytes, at.lanes, kernelFft - hop)
      run.gather(at.lanes, at.spectra, 4 * laneOutput, laneOutput)
      return target.subarray(keepFrom + kernelFft / 2, keepTo + kernelFft / 2)
    },
  }
}
