import type { GateGrid } from './gate-parameters.js'
import { createMaskSmoother, triangleInside } from './mask-smoother.js'
import type { PairFft } from './pair-fft.js'

/** Where the synthesis takes the spectra of a chunk and their masks from. */
export interface MaskSource {
  /** Write the raw masks, 0..1, of `frame` (even) and the one behind it; false = stop here, the result is not wanted. */
  read(frame: number, rowA: Float64Array, rowB: Float64Array): boolean
  /** The spectrum of a pair that was read, at most timeReach + 2 frames ago. */
  spectrum(frame: number): Float64Array
}

/** The raw mask m of a frame becomes `scale` x smoothed(m) + `floor`. */
export interface MaskWeights {
  scale: number
  floor: number
  /** The floor is smoothed like a mask, so that it falls off where the smoothing hangs over an edge. */
  floorSmoothed: boolean
}

/** The frames of a chunk that a range of its samples depends on. */
export interface FrameSpan {
  /** First and last frame that reach the samples; the first is even. */
  first: number
  last: number
  /** First and last frame whose raw masks they depend on; may lie outside the chunk. */
  firstRow: number
  lastRow: number
}

/** keepFrom, keepTo: samples; frames: of the chunk, the first centred on sample 0. */
export function spanOf(grid: GateGrid, frames: number, keepFrom: number, keepTo: number): FrameSpan {
  const { hop, nFft, timeReach } = grid
  const first = Math.max(0, 2 * Math.floor((Math.floor((keepFrom - nFft / 2) / hop) + 1) / 2))
  const last = Math.min(frames - 1, Math.floor((keepTo - 1 + nFft / 2) / hop))
  return { first, last, firstRow: first - timeReach, lastRow: last + timeReach + 1 }
}

/** Smooth masks, weigh spectra, transform back and add up. */
export type MaskedSynthesis = (
  source: MaskSource,
  weights: MaskWeights,
  frames: number,
  /** Only [keepFrom, keepTo) is written, to the beginning of `target`. */
  keepFrom: number,
  keepTo: number,
  target: Float32Array,
) => boolean

/** Make the synthesis of one frame grid. Returns false where the source stopped it: then `target` is not complete. */
export function createMaskedSynthesis(fft: PairFft, grid: GateGrid): MaskedSynthesis {
  const { bins, hop, nFft, timeReach, freqReach } = grid
  const smoother = createMaskSmoother(grid)
  const rowA = new Float64Array(bins)
  const rowB = new Float64Array(bins)
  const noRow = new Float64Array(bins)
  const maskA = new Float64Array(bins)
  const maskB = new Float64Array(bins)
  const accumulator = new Float64Array(nFft + hop)
  const norm = (freqReach + 1) ** 2 * (timeReach + 1) ** 2
  const freqEdges = Float64Array.from({ length: bins }, (_, k) => triangleInside(freqReach, k, bins) / norm)

  function readMask(mask: Float64Array, weights: MaskWeights, frame: number, frames: number): void {
    const { sums } = smoother
    const scale = weights.scale / norm
    if (!weights.floorSmoothed || weights.floor === 0) {
      scaleRow(sums, scale, weights.floor, mask)
      return
    }
    const floor = weights.floor * triangleInside(timeReach, frame, frames)
    scaleRowAtEdges(sums, scale, floor, freqEdges, mask)
  }

  /** Move the two hops that no later frame touches to the target. position: of the accumulator, in the chunk. */
  function drain(position: number, keepFrom: number, keepTo: number, target: Float32Array): void {
    const from = Math.max(0, keepFrom - position)
    const to = Math.min(2 * hop, keepTo - position)
    copyRange(accumulator, from, to, target, position - keepFrom)
    accumulator.copyWithin(0, 2 * hop)
    accumulator.fill(0, nFft - hop)
  }

  return (source, weights, frames, keepFrom, keepTo, target) => {
    const { first, last, firstRow, lastRow } = spanOf(grid, frames, keepFrom, keepTo)
    smoother.reset()
    accumulator.fill(0)
    for (let frame = Math.max(0, 2 * Math.floor(firstRow / 2)); frame <= lastRow; frame += 2) {
      if (frame < frames && !source.read(frame, rowA, rowB)) return false
      for (let index = 0; index < 2; index += 1) {
        const now = frame + index
        if (now < firstRow || now > lastRow) continue
        smoother.push(now >= frames ? noRow : index === 0 ? rowA : rowB)
        const ready = now - timeReach
        if (ready < first || ready > last + 1) continue
        if (ready % 2 === 0) {
          readMask(maskA, weights, ready, frames)
          continue
        }
        readMask(maskB, weights, ready, frames)
        fft.inverse(source.spectrum(ready - 1), maskA, maskB, accumulator)
        drain((ready - 1) * hop - nFft / 2, keepFrom, keepTo, target)
      }
    }
    return true
  }
}

// On the top level, as in pair-fft.ts.

function scaleRow(sums: Float64Array, scale: number, floor: number, mask: Float64Array): void {
  for (let k = 0; k < mask.length; k += 1) mask[k] = sums[k]! * scale + floor
}

function scaleRowAtEdges(
  sums: Float64Array,
  scale: number,
  floor: number,
  edges: Float64Array,
  mask: Float64Array,
): void {
  for (let k = 0; k < mask.length; k += 1) mask[k] = sums[k]! * scale + floor * edges[k]!
}

/** target[offset + from ... offset + to) = source[from ... to). */
function copyRange(source: Float64Array, from: number, to: number, target: Float32Array, offset: number): void {
  for (let index = from; index < to; index += 1) target[offset + index] = source[index]!
}
