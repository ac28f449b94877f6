import { chunkPadding, chunkSamples, type GateGrid, type GateParameters } from './gate-parameters.js'
import { createMaskedSynthesis, spanOf } from './masked-synthesis.js'
import { pairPower, type PairFft } from './pair-fft.js'
import { tableExp } from './table-exp.js'

/** Gates one padded chunk, as StationaryGate does, without thresholds. */
export type NonStationaryGate = (
  samples: Float32Array,
  length: number,
  keepFrom: number,
  keepTo: number,
  target: Float32Array,
) => void

/**
 * Weight of the newest value in the smoothed level: the solution b of b^2 t^2 + b = 1 for t = time constant in frames,
 * of noisereduce 3.0.3 (spectralgate/nonstationary.py, get_time_smoothed_representation).
 */
export function levelSmoothing(timeConstantS: number, sampleRateHz: number, hop: number): number {
  const frames = (timeConstantS * sampleRateHz) / hop
  return (Math.sqrt(1 + 4 * frames * frames) - 1) / (2 * frames * frames)
}

/**
 * Make the non-stationary gate of noisereduce for one frame grid: a bin's amplitude A is compared with S, its own
 * amplitude smoothed forward and then backward over the chunk; mask = 1 / (1 + exp(-slope ((A - S) / S - threshold))).
 * Where S is 0 (silence throughout the chunk) the mask is 0, not NaN. The backward pass needs the whole chunk: its
 * amplitudes and the spectra that are kept wait in memory (about 35 MB for frames of 1024).
 */
export function createNonStationaryGate(
  fft: PairFft,
  grid: GateGrid,
  parameters: GateParameters,
  sampleRateHz: number,
): NonStationaryGate {
  const { bins, hop, nFft } = grid
  const { propDecrease, threshNMult, sigmoidSlope } = parameters
  const synthesize = createMaskedSynthesis(fft, grid)
  const weights = { scale: propDecrease, floor: 1 - propDecrease, floorSmoothed: false }
  const newest = levelSmoothing(parameters.timeConstantS, sampleRateHz, hop)
  const pairs = Math.ceil((Math.floor((chunkSamples + 2 * chunkPadding) / hop) + 1) / 2)
  const levels = Array.from({ length: 2 * pairs }, () => new Float64Array(0))
  const spectra = Array.from({ length: pairs }, () => new Float64Array(0))
  const spare = new Float64Array(2 * nFft)
  const powerA = new Float64Array(bins)
  const powerB = new Float64Array(bins)
  const state = new Float64Array(bins)

  /** Rows are made when they are first needed: a short recording never pays for a whole chunk. */
  const rowOf = (rows: Float64Array[], index: number, length: number): Float64Array => {
    if (rows[index]!.length === 0) rows[index] = new Float64Array(length)
    return rows[index]!
  }

  return (samples, length, keepFrom, keepTo, target) => {
    const frames = Math.floor(length / hop) + 1
    const { firstRow, lastRow } = spanOf(grid, frames, keepFrom, keepTo)
    state.fill(0)
    for (let frame = 0; frame < frames; frame += 2) {
      const kept = frame + 1 >= firstRow && frame <= lastRow
      const spectrum = kept ? rowOf(spectra, frame / 2, 2 * nFft) : spare
      fft.forward(samples, 0, length, frame * hop - nFft / 2, spectrum)
      pairPower(spectrum, powerA, powerB)
      smoothForward(powerA, state, frame === 0 ? 1 : newest, rowOf(levels, frame, bins))
      if (frame + 1 < frames) smoothForward(powerB, state, newest, rowOf(levels, frame + 1, bins))
    }
    for (let frame = frames - 2; frame >= 0; frame -= 1) smoothBackward(levels[frame]!, newest, state)
    const read = (frame: number, rowA: Float64Array, rowB: Float64Array): boolean => {
      pairPower(spectra[frame / 2]!, powerA, powerB)
      maskRow(powerA, levels[frame]!, sigmoidSlope, threshNMult, rowA)
      if (frame + 1 < frames) maskRow(powerB, levels[frame + 1]!, sigmoidSlope, threshNMult, rowB)
      return true
    }
    synthesize({ read, spectrum: (frame) => spectra[frame / 2]! }, weights, frames, keepFrom, keepTo, target)
  }
}

// On the top level, as in pair-fft.ts.

/** level = newest x amplitude + (1 - newest) x state, which it becomes. */
function smoothForward(power: Float64Array, state: Float64Array, newest: number, level: Float64Array): void {
  const rest = 1 - newest
  for (let k = 0; k < state.length; k += 1) {
    const value = newest * Math.sqrt(power[k]!) + rest * state[k]!
    state[k] = value
    level[k] = value
  }
}

function smoothBackward(level: Float64Array, newest: number, state: Float64Array): void {
  const rest = 1 - newest
  for (let k = 0; k < state.length; k += 1) {
    const value = newest * level[k]! + rest * state[k]!
    state[k] = value
    level[k] = value
  }
}

function maskRow(power: Float64Array, level: Float64Array, slope: number, threshold: number, row: Float64Array): void {
  for (let k = 0; k < row.length; k += 1) {
    const smooth = level[k]!
    row[k] = smooth > 0 ? 1 / (1 + tableExp(-slope * ((Math.sqrt(power[k]!) - smooth) / smooth - threshold))) : 0
  }
}
