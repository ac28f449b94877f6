import type { LowPass } from './kaiser-filter.js'
import { checkRates, planStage, type ResampleStagePlan } from './resample-plan.js'

/**
 * The conversion from fromHz / fromDivisor to toHz as scipy.signal.resample_poly(x, up, down) makes it with its
 * defaults: a FIR of 20 x max(up, down) + 1 taps at the rate of both, cut off at the lower Nyquist frequency (where it
 * is down by 6 dB), under a Kaiser window of beta 5; zeros outside the recording. Empty for equal rates.
 * Source: scipy/signal/_signaltools.py (resample_poly), _fir_filter_design.py (firwin).
 */
export function planScipy(fromHz: number, toHz: number, fromDivisor = 1): ResampleStagePlan[] {
  checkRates(fromHz, toHz, fromDivisor)
  const inputHz = fromHz / fromDivisor
  return planStage(toHz * fromDivisor, fromHz, inputHz, scipyFilter(Math.min(inputHz, toHz)), 'whole')
}

/** resample_poly(x, 1, factor): every factor-th sample. */
export function planScipyDecimation(fromHz: number, factor: number): ResampleStagePlan[] {
  return planStage(1, factor, fromHz, scipyFilter(fromHz / factor), 'whole')
}

function scipyFilter(lowerHz: number): LowPass {
  return { cutoffHz: lowerHz / 2, halfWidthS: 10 / lowerHz, beta: 5 }
}
