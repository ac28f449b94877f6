/** Second-order section, a0 = 1. */
export interface Biquad {
  readonly b0: number
  readonly b1: number
  readonly b2: number
  readonly a1: number
  readonly a2: number
}

export type FilterKind = 'low-pass' | 'high-pass' | 'band-pass' | 'peak'

/** Coefficients of a filter; band-pass has 0 dB at its centre. `frequencyHz` is held below 0.45 of the sample rate.
 *  Source: R. Bristow-Johnson, Audio EQ Cookbook. */
export function designBiquad(
  kind: FilterKind,
  frequencyHz: number,
  q: number,
  sampleRateHz: number,
  gainDb = 0,
): Biquad {
  const omega = (2 * Math.PI * Math.min(frequencyHz, 0.45 * sampleRateHz)) / sampleRateHz
  const cos = Math.cos(omega)
  const alpha = Math.sin(omega) / (2 * q)
  const boost = Math.exp((gainDb * Math.LN10) / 40)
  const [b0, b1, b2, a0, a2] = ((): [number, number, number, number, number] => {
    if (kind === 'low-pass') return [(1 - cos) / 2, 1 - cos, (1 - cos) / 2, 1 + alpha, 1 - alpha]
    if (kind === 'high-pass') return [(1 + cos) / 2, -1 - cos, (1 + cos) / 2, 1 + alpha, 1 - alpha]
    if (kind === 'band-pass') return [alpha, 0, -alpha, 1 + alpha, 1 - alpha]
    return [1 + alpha * boost, -2 * cos, 1 - alpha * boost, 1 + alpha / boost, 1 - alpha / boost]
  })()
  return { b0: b0 / a0, b1: b1 / a0, b2: b2 / a0, a1: (-2 * cos) / a0, a2: a2 / a0 }
}

/** Filter the samples in place (transposed direct form II), starting from rest. */
export function applyBiquad(samples: Float32Array, { b0, b1, b2, a1, a2 }: Biquad): Float32Array {
  let s1 = 0
  let s2 = 0
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i] as number
    const y = b0 * x + s1
    s1 = b1 * x - a1 * y + s2
    s2 = b2 * x - a2 * y
    samples[i] = y
  }
  return samples
}
