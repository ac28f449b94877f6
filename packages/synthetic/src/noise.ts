import { createRandom } from './random.js'

/** White noise, uniform, with an RMS of 1 (so within +-sqrt(3)). Filters bring it close to Gaussian. */
export function whiteNoise(length: number, seed: number): Float32Array {
  const random = createRandom(seed)
  const scale = 2 * Math.sqrt(3)
  const samples = new Float32Array(length)
  for (let i = 0; i < length; i++) samples[i] = (random() - 0.5) * scale
  return samples
}

/** A slow random curve in [0, 1]: random points, `pointsPerS` a second, joined by raised cosines. For gusts and showers. */
export function slowCurve(length: number, sampleRateHz: number, pointsPerS: number, seed: number): Float32Array {
  const random = createRandom(seed)
  const stride = Math.max(1, Math.round(sampleRateHz / pointsPerS))
  const curve = new Float32Array(length)
  const ease = new Float32Array(stride)
  for (let i = 0; i < stride; i++) ease[i] = 0.5 - 0.5 * Math.cos((Math.PI * i) / stride)
  let from = random()
  for (let start = 0; start < length; start += stride) {
    const to = random()
    const end = Math.min(length, start + stride)
    for (let i = start; i < end; i++) curve[i] = from + (to - from) * (ease[i - start] ?? 0)
    from = to
  }
  return curve
}

/** Root mean square of the samples; 0 for none. */
export function rmsOf(samples: Float32Array): number {
  let sum = 0
  for (let i = 0; i < samples.length; i++) sum += (samples[i] as number) * (samples[i] as number)
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length)
}

/** A level in decibels (dBFS for an RMS of full scale 1) as a factor. exp, not pow: its result varies less over engines. */
export function amplitudeOfDb(levelDb: number): number {
  return Math.exp((levelDb * Math.LN10) / 20)
}
