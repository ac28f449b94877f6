import { AudioError } from '../audio-error.js'
import { designLowPass, type LowPass } from './kaiser-filter.js'

/** One conversion by up/down (no common factor), filtered by `filter`. */
export interface ResampleStagePlan {
  up: number
  down: number
  /** Rate of the stage's input; a fraction where an earlier stage does not divide the rate evenly. */
  inputHz: number
  filter: LowPass
  /** What is scaled to pass 0 Hz unchanged: every phase of the filter by itself (default), or the filter as a whole. */
  unitSum?: 'phase' | 'whole'
}

/** Flat to this part of the lower Nyquist frequency, and aliases are down from this part on (16.1 of 16 kHz). */
const passPart = 0.875
const stopPart = 1.00625

/**
 * Plan the conversion from fromHz / fromDivisor to toHz (whole numbers). From four times the target on, a short filter
 * first decimates to at least twice the target, so that the long filter runs at a lower rate. Empty for equal rates.
 * Errors: AUDIO_BAD_PARAMETER.
 */
export function planResampling(fromHz: number, toHz: number, fromDivisor = 1): ResampleStagePlan[] {
  checkRates(fromHz, toHz, fromDivisor)
  const rateHz = fromHz / fromDivisor
  const nyquistHz = Math.min(rateHz, toHz) / 2
  const passHz = passPart * nyquistHz
  const stopHz = stopPart * nyquistHz
  const first = Math.floor(rateHz / (2 * toHz))
  if (first < 2) return planStage(toHz * fromDivisor, fromHz, rateHz, designLowPass(passHz, stopHz))
  // Only what would fold below stopHz must go in the first stage; the second takes the rest.
  const middleHz = rateHz / first
  const short: ResampleStagePlan = {
    up: 1,
    down: first,
    inputHz: rateHz,
    filter: designLowPass(passHz, middleHz - stopHz),
  }
  return [short, ...planStage(toHz * fromDivisor * first, fromHz, middleHz, designLowPass(passHz, stopHz))]
}

/** One stage that makes every factor-th sample, flat to 0.875 of the new Nyquist frequency. factor 1: none. */
export function planDecimation(fromHz: number, factor: number): ResampleStagePlan[] {
  const nyquistHz = fromHz / factor / 2
  return planStage(1, factor, fromHz, designLowPass(passPart * nyquistHz, stopPart * nyquistHz))
}

/** One stage that converts by up/down; none where they are equal. */
export function planStage(
  up: number,
  down: number,
  inputHz: number,
  filter: LowPass,
  unitSum: 'phase' | 'whole' = 'phase',
): ResampleStagePlan[] {
  const common = greatestCommonDivisor(up, down)
  return up === down ? [] : [{ up: up / common, down: down / common, inputHz, filter, unitSum }]
}

/** Errors: AUDIO_BAD_PARAMETER where a rate or divisor is no whole number above 0. */
export function checkRates(fromHz: number, toHz: number, fromDivisor: number): void {
  for (const value of [fromHz, toHz, fromDivisor]) {
    if (Number.isInteger(value) && value > 0) continue
    throw new AudioError(
      'AUDIO_BAD_PARAMETER',
      `cannot resample from ${fromHz} to ${toHz} Hz: give whole rates above 0`,
    )
  }
}

/** Samples that `length` samples at fromHz become: output n lies at time n / toHz, within the recording. */
export function resampledLength(length: number, fromHz: number, toHz: number): number {
  const common = greatestCommonDivisor(fromHz, toHz)
  return Math.ceil((length * (toHz / common)) / (fromHz / common))
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
