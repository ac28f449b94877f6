import type { GateGrid, GateParameters } from './gate-parameters.js'
import { createMaskSmoother, triangleInside } from './mask-smoother.js'
import type { NoiseThresholds } from './noise-thresholds.js'
import type { PairFft } from './pair-fft.js'
import { classifyPair } from './classify-pair.js'

/** Gates one padded chunk. */
export type SegmentGate = (
  /** The chunk with its padding; frames reach nFft/2 zeros beyond [0, length). */
  samples: Float32Array,
  length: number,
  /** Only [keepFrom, keepTo) is written, to the beginning of `target`; it lies at least nFft inside the chunk. */
  keepFrom: number,
  keepTo: number,
  thresholds: NoiseThresholds,
  target: Float32Array,
) => void

/**
 * Make the stationary gate of noisereduce for one frame grid. Per chunk: frames of both halves of a pair in one
 * transform, their bins compared with the thresholds, the mask smoothed, weighed spectra transformed back and added.
 * A ring of pairs waits for the smoothed mask, so memory does not grow with the chunk. The rule of the row maximum
 * needs the whole chunk: where a bin fires it, the rest is only scanned and the chunk is done again with those rows open.
 */
export function createSegmentGate(fft: PairFft, grid: GateGrid, parameters: GateParameters): SegmentGate {
  const { bins, hop, nFft, timeReach, freqReach } = grid
  const smoother = createMaskSmoother(grid)
  const ringPairs = Math.floor(timeReach / 2) + 2
  const ring = Array.from({ length: ringPairs }, () => new Float64Array(2 * nFft))
  const rowA = new Int32Array(bins)
  const rowB = new Int32Array(bins)
  const noRow = new Int32Array(bins)
  const loudA = new Int32Array(bins)
  const loudB = new Int32Array(bins)
  const noLoud = new Float64Array(bins).fill(Infinity)
  const maskA = new Float64Array(bins)
  const maskB = new Float64Array(bins)
  const accumulator = new Float64Array(nFft + hop)
  const pass = new Float64Array(bins)
  const open = new Uint8Array(bins)
  const norm = (freqReach + 1) ** 2 * (timeReach + 1) ** 2
  const scale = parameters.propDecrease / norm
  const kept = 1 - parameters.propDecrease
  // What an unmasked floor of 1 - p contributes near the first and last bin, where the kernel hangs over.
  const freqEdges = Float64Array.from({ length: bins }, (_, k) => triangleInside(freqReach, k, bins) / norm)

  function readMask(mask: Float64Array, frame: number, frames: number): void {
    const { sums } = smoother
    if (kept === 0) {
      for (let k = 0; k < bins; k += 1) mask[k] = sums[k]! * scale
      return
    }
    const floor = kept * triangleInside(timeReach, frame, frames)
    for (let k = 0; k < bins; k += 1) mask[k] = sums[k]! * scale + floor * freqEdges[k]!
  }

  /** Open the bins that lie 80 dB above their threshold in this pair; whether there was a new one. */
  function openLoud(spectrum: Float64Array, loud: Float64Array, hasB: boolean): boolean {
    classifyPair(spectrum, loud, noLoud, loudA, loudB)
    let found = false
    for (let k = 0; k < bins; k += 1) {
      if ((loudA[k] === 1 || (hasB && loudB[k] === 1)) && open[k] === 0) {
        open[k] = 1
        found = true
      }
    }
    return found
  }

  /** One run over the chunk; false when a row was opened on the way (then `target` is not complete). */
  function run(
    samples: Float32Array,
    length: number,
    keepFrom: number,
    keepTo: number,
    loud: Float64Array | null,
    target: Float32Array,
  ): boolean {
    const frames = Math.floor(length / hop) + 1
    const firstFrame = Math.max(0, 2 * Math.floor((Math.floor((keepFrom - nFft / 2) / hop) + 1) / 2))
    const lastFrame = Math.min(frames - 1, Math.floor((keepTo - 1 + nFft / 2) / hop))
    const firstRow = firstFrame - timeReach
    const lastRow = lastFrame + timeReach + 1
    let complete = true
    smoother.reset()
    accumulator.fill(0)
    const end = Math.max(frames, lastRow + 1)
    for (let frame = 0; frame < end; frame += 2) {
      const spectrum = ring[(frame / 2) % ringPairs]!
      if (frame < frames && (loud !== null || (frame + 1 >= firstRow && frame <= lastRow))) {
        fft.forward(samples, 0, length, frame * hop - nFft / 2, spectrum)
        const anyLoud = classifyPair(spectrum, pass, loud ?? noLoud, rowA, rowB)
        if (anyLoud && loud !== null && openLoud(spectrum, loud, frame + 1 < frames)) complete = false
      }
      if (!complete) continue
      for (let index = 0; index < 2; index += 1) {
        const now = frame + index
        if (now < firstRow || now > lastRow) continue
        smoother.push(now >= frames ? noRow : index === 0 ? rowA : rowB)
        const ready = now - timeReach
        if (ready < firstFrame || ready > lastFrame + 1) continue
        if (ready % 2 === 0) {
          readMask(maskA, ready, frames)
          continue
        }
        readMask(maskB, ready, frames)
        fft.inverse(ring[((ready - 1) / 2) % ringPairs]!, maskA, maskB, accumulator)
        drain((ready - 1) * hop - nFft / 2, keepFrom, keepTo, target)
      }
    }
    return complete
  }

  /** Move the two hops that no later frame touches to the target. position: of the accumulator, in the chunk. */
  function drain(position: number, keepFrom: number, keepTo: number, target: Float32Array): void {
    const from = Math.max(0, keepFrom - position)
    const to = Math.min(2 * hop, keepTo - position)
    for (let index = from; index < to; index += 1) target[position + index - keepFrom] = accumulator[index]!
    accumulator.copyWithin(0, 2 * hop)
    accumulator.fill(0, nFft - hop)
  }

  return (samples, length, keepFrom, keepTo, thresholds, target) => {
    pass.set(thresholds.pass)
    open.fill(0)
    if (run(samples, length, keepFrom, keepTo, thresholds.loud, target)) return
    for (let k = 0; k < bins; k += 1) if (open[k] === 1) pass[k] = -1
    run(samples, length, keepFrom, keepTo, null, target)
  }
}
