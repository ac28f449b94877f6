import { classifyPair } from './classify-pair.js'
import type { GateGrid, GateParameters } from './gate-parameters.js'
import { createMaskedSynthesis, spanOf } from './masked-synthesis.js'
import type { NoiseThresholds } from './noise-thresholds.js'
import type { PairFft } from './pair-fft.js'

/** Gates one padded chunk. */
export type StationaryGate = (
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
 * Make the stationary gate of noisereduce for one frame grid. Bins are compared with the thresholds; a ring of pairs
 * waits for the smoothed mask, so memory does not grow with the chunk. The rule of the row maximum needs the whole
 * chunk: where a bin fires it, the rest is only scanned and the chunk is done again with those rows open.
 */
export function createStationaryGate(fft: PairFft, grid: GateGrid, parameters: GateParameters): StationaryGate {
  const { bins, hop, nFft, timeReach } = grid
  const synthesize = createMaskedSynthesis(fft, grid)
  const weights = { scale: parameters.propDecrease, floor: 1 - parameters.propDecrease, floorSmoothed: true }
  const ringPairs = Math.floor(timeReach / 2) + 2
  const ring = Array.from({ length: ringPairs }, () => new Float64Array(2 * nFft))
  const loudA = new Float64Array(bins)
  const loudB = new Float64Array(bins)
  const noLoud = new Float64Array(bins).fill(Infinity)
  const pass = new Float64Array(bins)
  const open = new Uint8Array(bins)
  const spectrumOf = (frame: number): Float64Array => ring[(frame / 2) % ringPairs]!

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

  return (samples, length, keepFrom, keepTo, thresholds, target) => {
    const frames = Math.floor(length / hop) + 1
    const { loud } = thresholds
    pass.set(thresholds.pass)
    open.fill(0)

    function readPair(frame: number, rowA: Float64Array, rowB: Float64Array, limits: Float64Array): boolean {
      const spectrum = spectrumOf(frame)
      fft.forward(samples, 0, length, frame * hop - nFft / 2, spectrum)
      return classifyPair(spectrum, pass, limits, rowA, rowB) && openLoud(spectrum, limits, frame + 1 < frames)
    }
    const scan = (from: number, to: number): boolean => {
      let opened = false
      for (let frame = from; frame < to; frame += 2) opened = readPair(frame, loudA, loudB, loud) || opened
      return opened
    }
    const { firstRow, lastRow } = spanOf(grid, frames, keepFrom, keepTo)
    const begin = Math.max(0, 2 * Math.floor(firstRow / 2))
    let next = begin
    const openedBefore = scan(0, begin)
    const complete =
      !openedBefore &&
      synthesize(
        {
          spectrum: spectrumOf,
          read: (frame, rowA, rowB) => {
            next = frame + 2
            return !readPair(frame, rowA, rowB, loud)
          },
        },
        weights,
        frames,
        keepFrom,
        keepTo,
        target,
      )
    const behind = complete ? Math.max(next, 2 * Math.floor(lastRow / 2) + 2) : next
    if (!scan(behind, frames) && complete) return
    for (let k = 0; k < bins; k += 1) if (open[k] === 1) pass[k] = -1
    const again = (frame: number, rowA: Float64Array, rowB: Float64Array): boolean => {
      readPair(frame, rowA, rowB, noLoud)
      return true
    }
    synthesize({ spectrum: spectrumOf, read: again }, weights, frames, keepFrom, keepTo, target)
  }
}
