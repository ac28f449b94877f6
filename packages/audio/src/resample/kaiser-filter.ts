/** A low-pass prototype, continuous in time: a sinc of `cutoffHz` under a Kaiser window of 2 x halfWidthS. */
export interface LowPass {
  cutoffHz: number
  halfWidthS: number
  beta: number
}

/** Attenuation that is designed for, in dB: 75 is promised, Kaiser's estimate may miss by 1, folded images add up. */
export const stopbandDb = 78

/** Hz from the end of the pass-band to the beginning of the stop-band, times the filter's half width in seconds. */
const widthTimesTransition = (attenuationDb: number): number => (attenuationDb - 7.95) / (2 * 14.36)

/**
 * The shortest Kaiser design that is flat to passHz and down by attenuationDb from stopHz.
 * Source: J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974:
 * beta = 0.1102 (A - 8.7) for A > 50, taps = (A - 7.95) / (14.36 transition / rate).
 */
export function designLowPass(passHz: number, stopHz: number, attenuationDb = stopbandDb): LowPass {
  return {
    cutoffHz: (passHz + stopHz) / 2,
    halfWidthS: widthTimesTransition(attenuationDb) / (stopHz - passHz),
    beta: 0.1102 * (attenuationDb - 8.7),
  }
}

/** Where the stop-band of such a design begins. */
export function stopHzOf(filter: LowPass, attenuationDb = stopbandDb): number {
  return filter.cutoffHz + widthTimesTransition(attenuationDb) / filter.halfWidthS / 2
}

/** The prototype's value at a time (s), with unit gain at 0 Hz when summed over samples and divided by the rate. */
export function lowPassAt(filter: LowPass, timeS: number): number {
  const relative = timeS / filter.halfWidthS
  if (Math.abs(relative) >= 1) return 0
  const x = 2 * filter.cutoffHz * timeS
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
  const window = besselI0(filter.beta * Math.sqrt(1 - relative * relative)) / besselI0(filter.beta)
  return 2 * filter.cutoffHz * sinc * window
}

/** Modified Bessel function of the first kind, order 0, by its power series (Abramowitz and Stegun 9.6.12). */
function besselI0(x: number): number {
  const quarter = (x * x) / 4
  let term = 1
  let sum = 1
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= quarter / (k * k)
    sum += term
  }
  return sum
}
