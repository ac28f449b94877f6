import { amplitudeOfDb, rmsOf, slowCurve, whiteNoise } from '../noise.js'
import { between, createRandom, seedOf, type Random } from '../random.js'
import { applyBiquad, designBiquad } from './filter.js'

/** RMS level of each layer in dBFS; a layer left out is absent. */
export interface BackgroundLevels {
  readonly hissDb?: number
  readonly rainDb?: number
  readonly windDb?: number
  readonly insectsDb?: number
  readonly humDb?: number
}

export type BackgroundName = 'quiet' | 'rain' | 'wind' | 'insects' | 'hum'

/** Ready-made backgrounds; every one has the microphone's own hiss. */
export const backgrounds: Readonly<Record<BackgroundName, BackgroundLevels>> = {
  quiet: { hissDb: -62 },
  rain: { hissDb: -62, rainDb: -44, windDb: -50 },
  wind: { hissDb: -62, windDb: -40 },
  insects: { hissDb: -62, insectsDb: -46, windDb: -56 },
  hum: { hissDb: -62, humDb: -46, insectsDb: -56 },
}

/** Rain: a broad wash whose strength drifts, with single drops (short damped tones) near the microphone. */
function rain(length: number, sampleRateHz: number, seed: number): Float32Array {
  const samples = whiteNoise(length, seedOf(seed, 'wash'))
  applyBiquad(samples, designBiquad('band-pass', 3500, 0.35, sampleRateHz))
  const shower = slowCurve(length, sampleRateHz, 0.2, seedOf(seed, 'shower'))
  for (let i = 0; i < length; i++) samples[i] = (samples[i] as number) * (0.7 + 0.6 * (shower[i] as number))
  const random = createRandom(seedOf(seed, 'drops'))
  const drops = Math.round((length / sampleRateHz) * 25)
  for (let drop = 0; drop < drops; drop++) addDrop(samples, sampleRateHz, random)
  return samples
}

/** One drop: a tone of 1.5 to 6 kHz that dies away within about 5 ms, by the recurrence y[n] = c y[n-1] - d y[n-2]. */
function addDrop(samples: Float32Array, sampleRateHz: number, random: Random): void {
  const start = Math.floor(random() * samples.length)
  const omega = (2 * Math.PI * between(random, 1500, 6000)) / sampleRateHz
  const level = 0.3 + 2.2 * random() ** 3
  const decay = Math.exp(-1 / (0.0012 * sampleRateHz))
  const feedback = 2 * decay * Math.cos(omega)
  let before = 0
  let value = level * Math.sin(omega)
  const end = Math.min(samples.length, start + Math.round(0.006 * sampleRateHz))
  for (let i = start; i < end; i++) {
    samples[i] = (samples[i] as number) + value
    const next = feedback * value - decay * decay * before
    before = value
    value = next
  }
}

/** Wind: low rumble that comes in gusts. */
function wind(length: number, sampleRateHz: number, seed: number): Float32Array {
  const samples = whiteNoise(length, seedOf(seed, 'rumble'))
  applyBiquad(samples, designBiquad('low-pass', 140, 0.6, sampleRateHz))
  const gust = slowCurve(length, sampleRateHz, 0.6, seedOf(seed, 'gust'))
  for (let i = 0; i < length; i++) samples[i] = (samples[i] as number) * (0.25 + (gust[i] as number))
  return samples
}

/** Insects: two or three steady singers between 5.6 and 9.5 kHz, each pulsed at its own rate. */
function insects(length: number, sampleRateHz: number, seed: number): Float32Array {
  const random = createRandom(seed)
  const samples = new Float32Array(length)
  const pulse = Float32Array.from({ length: 256 }, (_, i) => Math.max(0, Math.sin((2 * Math.PI * i) / 256)) ** 1.5)
  const singers = 2 + Math.floor(random() * 2)
  for (let singer = 0; singer < singers; singer++) {
    const omega = (2 * Math.PI * between(random, 5600, 9500)) / sampleRateHz
    const pulseStep = (256 * between(random, 24, 70)) / sampleRateHz
    const level = between(random, 0.4, 1)
    const feedback = 2 * Math.cos(omega)
    let before = 0
    let value = Math.sin(omega)
    let phase = random() * 256
    for (let i = 0; i < length; i++) {
      samples[i] = (samples[i] as number) + level * value * (pulse[phase & 255] as number)
      const next = feedback * value - before
      before = value
      value = next
      phase += pulseStep
      if (phase >= 256) phase -= 256
    }
  }
  return samples
}

/** Hum of the mains at 60 Hz (Brazil) with three harmonics, read from one period. */
function hum(length: number, sampleRateHz: number, seed: number): Float32Array {
  const random = createRandom(seed)
  const amplitudes = [1, between(random, 0.4, 1), between(random, 0.1, 0.5), between(random, 0.1, 0.4)]
  const period = Float32Array.from({ length: 4096 }, (_, i) =>
    amplitudes.reduce((sum, amplitude, n) => sum + amplitude * Math.sin((2 * Math.PI * (n + 1) * i) / 4096), 0),
  )
  const step = (4096 * 60) / sampleRateHz
  const start = random() * 4096
  const samples = new Float32Array(length)
  for (let i = 0; i < length; i++) samples[i] = period[(start + i * step) & 4095] as number
  return samples
}

const layers = { hissDb: whiteNoiseLayer, rainDb: rain, windDb: wind, insectsDb: insects, humDb: hum } as const

function whiteNoiseLayer(length: number, _sampleRateHz: number, seed: number): Float32Array {
  return whiteNoise(length, seed)
}

/** The sum of the background's layers, each scaled to its RMS level. Returns mono [length]. */
export function makeBackground(
  length: number,
  sampleRateHz: number,
  levels: BackgroundLevels,
  seed: number,
): Float32Array {
  const mix = new Float32Array(length)
  for (const [name, makeLayer] of Object.entries(layers) as [keyof typeof layers, typeof rain][]) {
    const levelDb = levels[name]
    if (levelDb === undefined) continue
    const layer = makeLayer(length, sampleRateHz, seedOf(seed, name))
    addScaled(mix, layer, amplitudeOfDb(levelDb) / Math.max(rmsOf(layer), 1e-9))
  }
  return mix
}

function addScaled(mix: Float32Array, layer: Float32Array, gain: number): void {
  for (let i = 0; i < mix.length; i++) mix[i] = (mix[i] as number) + gain * (layer[i] as number)
}
