import { AudioError } from '../audio-error.js'

/** Parameters of the noise gate; names and defaults follow noisereduce 3.0.3 (timsainb/noisereduce @51c85343). */
export interface GateParameters {
  mode: 'stationary' | 'non-stationary' | 'off'
  /** Length of a frame and its transform; hop is a quarter of it. */
  nFft: number
  /** Stationary: threshold in standard deviations above the mean level (dB) of a band. */
  nStd: number
  /** Non-stationary: time constant of the smoothed level that a frame is compared with, to both sides. */
  timeConstantS: number
  /** Non-stationary: the mask is one half where a level exceeds the smoothed one by this many times that one. */
  threshNMult: number
  /** Non-stationary: how steep the mask is there. */
  sigmoidSlope: number
  /** 0 = leave all noise, 1 = remove it. */
  propDecrease: number
  /** The mask is smoothed over this many Hz to each side; 0 = not. */
  freqSmoothHz: number
  /** The mask is smoothed over this many ms to each side; 0 = not. */
  timeSmoothMs: number
}

export const defaultGateParameters: GateParameters = {
  mode: 'stationary',
  nFft: 1024,
  nStd: 1.5,
  timeConstantS: 2,
  threshNMult: 2,
  sigmoidSlope: 10,
  propDecrease: 1,
  freqSmoothHz: 500,
  timeSmoothMs: 50,
}

/** Samples per chunk and around it, of the reference: the frame grid begins anew with each chunk. */
export const chunkSamples = 600_000
export const chunkPadding = 30_000

/** Above this rate the signal is decimated first: 500 Hz would be less than one bin. */
export const maxGateRateHz = 256_000

/** The smallest whole factor that brings a rate to 256 kHz or less. */
export function gateDecimation(sampleRateHz: number): number {
  return Math.max(1, Math.ceil(sampleRateHz / maxGateRateHz))
}

/** What the parameters mean at one sample rate. */
export interface GateGrid {
  nFft: number
  hop: number
  /** nFft / 2 + 1. */
  bins: number
  /** Bins to each side that the mask is smoothed over; the triangle has 2 x freqReach + 1 taps. */
  freqReach: number
  /** Frames to each side, likewise. */
  timeReach: number
}

/**
 * The frame grid at a rate: freqReach = floor(freqSmoothHz / (rate / (nFft/2))), timeReach = floor(timeSmoothMs / hop in
 * ms), each at least 1 where smoothing is on (the reference fails there). Errors: AUDIO_BAD_PARAMETER.
 */
export function gateGrid(parameters: GateParameters, sampleRateHz: number): GateGrid {
  const { nFft, nStd, propDecrease, freqSmoothHz, timeSmoothMs } = parameters
  const { timeConstantS, threshNMult, sigmoidSlope } = parameters
  if (!Number.isInteger(Math.log2(nFft)) || nFft < 64 || nFft > 16384) {
    throw new AudioError('AUDIO_BAD_PARAMETER', `nFft is ${nFft}: give a power of two from 64 to 16384`)
  }
  if (!Number.isFinite(nStd) || !(propDecrease >= 0 && propDecrease <= 1)) {
    throw new AudioError('AUDIO_BAD_PARAMETER', `nStd ${nStd}, propDecrease ${propDecrease}: give a number, and 0 to 1`)
  }
  if (!(timeConstantS > 0) || ![timeConstantS, threshNMult, sigmoidSlope].every((value) => Number.isFinite(value))) {
    throw new AudioError(
      'AUDIO_BAD_PARAMETER',
      `time constant ${timeConstantS} s, threshold ${threshNMult}, slope ${sigmoidSlope}: give numbers, the first above 0`,
    )
  }
  if (!(freqSmoothHz >= 0 && timeSmoothMs >= 0 && timeSmoothMs <= 2000)) {
    throw new AudioError(
      'AUDIO_BAD_PARAMETER',
      `smoothing over ${freqSmoothHz} Hz and ${timeSmoothMs} ms is impossible`,
    )
  }
  const hop = nFft / 4
  const bins = nFft / 2 + 1
  const wantedBins = Math.floor(freqSmoothHz / (sampleRateHz / (nFft / 2)))
  const freqReach = freqSmoothHz === 0 ? 0 : Math.min(bins - 1, Math.max(1, wantedBins))
  const timeReach = timeSmoothMs === 0 ? 0 : Math.max(1, Math.floor(timeSmoothMs / ((hop * 1000) / sampleRateHz)))
  return { nFft, hop, bins, freqReach, timeReach }
}
