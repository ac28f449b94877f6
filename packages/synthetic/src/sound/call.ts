import { wholeBetween, type Random } from '../random.js'
import type { Species } from './species.js'

/** One frog: its own pitch, tempo and level. */
export interface Individual {
  /** Factor on every frequency. */
  readonly pitch: number
  /** Factor on pulse, note and call rates. */
  readonly tempo: number
  /** Peak amplitude of its calls, full scale 1. */
  readonly amplitude: number
}

const envelopeSteps = 512
const envelopes = new Map<number, Float32Array>()

/** Level over a pulse: a raised-cosine rise over `attack` of it, then an exponential fall that ends at zero. */
function envelopeOf(attack: number): Float32Array {
  const known = envelopes.get(attack)
  if (known) return known
  const envelope = Float32Array.from({ length: envelopeSteps }, (_, i) => {
    const at = i / envelopeSteps
    if (at < attack) return 0.5 - 0.5 * Math.cos((Math.PI * at) / attack)
    const fall = (at - attack) / (1 - attack)
    return Math.exp(-2.2 * fall) * (1 - fall * fall)
  })
  envelopes.set(attack, envelope)
  return envelope
}

/** Add a linear sweep from startHz to endHz. The oscillator is a rotating complex number whose rotation itself rotates:
 *  z[n+1] = z[n] r[n], r[n+1] = r[n] q, so no sine is computed per sample. */
function addSweep(
  out: Float32Array,
  start: number,
  length: number,
  startRad: number,
  endRad: number,
  amplitude: number,
  envelope: Float32Array,
): void {
  const turn = (endRad - startRad) / length
  let re = amplitude
  let im = 0
  let rotRe = Math.cos(startRad + turn / 2)
  let rotIm = Math.sin(startRad + turn / 2)
  const turnRe = Math.cos(turn)
  const turnIm = Math.sin(turn)
  const step = envelopeSteps / length
  const end = Math.min(out.length, start + length)
  for (let i = start; i < end; i++) {
    out[i] = (out[i] as number) + im * (envelope[((i - start) * step) | 0] as number)
    const nextRe = re * rotRe - im * rotIm
    im = re * rotIm + im * rotRe
    re = nextRe
    const nextRotRe = rotRe * turnRe - rotIm * turnIm
    rotIm = rotRe * turnIm + rotIm * turnRe
    rotRe = nextRotRe
  }
}

function swellAt(swell: Species['swell'], at: number): number {
  if (swell === 'rise') return 0.35 + 0.65 * at
  if (swell === 'fall') return 1 - 0.65 * at
  if (swell === 'arch') return 0.4 + 0.6 * Math.sin(Math.PI * at)
  return 1
}

/** Add one call of an individual to the samples, from startS on; what would pass the end is cut.
 *  Returns the call's length in seconds. */
export function addCall(
  out: Float32Array,
  sampleRateHz: number,
  startS: number,
  species: Species,
  individual: Individual,
  random: Random,
): number {
  const notes = wholeBetween(random, ...species.notes)
  const pulses = wholeBetween(random, ...species.pulses)
  const envelope = envelopeOf(species.attack)
  const length = Math.max(8, Math.round(species.pulseS * sampleRateHz))
  const norm = Math.sqrt(species.harmonics.reduce((sum, harmonic) => sum + harmonic * harmonic, 0))
  let pitch = individual.pitch
  let lastS = 0
  for (let note = 0; note < notes; note++) {
    for (let pulse = 0; pulse < pulses; pulse++) {
      lastS = (note * species.noteIntervalS + pulse / species.pulseRateHz) / individual.tempo
      const level = individual.amplitude * swellAt(species.swell, pulses < 2 ? 1 : pulse / (pulses - 1))
      const start = Math.round((startS + lastS) * sampleRateHz)
      species.harmonics.forEach((harmonic, n) => {
        const top = (n + 1) * pitch * Math.max(species.startHz, species.endHz)
        if (top > 0.46 * sampleRateHz) return
        const radPerHz = (2 * Math.PI * (n + 1) * pitch) / sampleRateHz
        const amplitude = (level * harmonic) / norm
        addSweep(out, start, length, species.startHz * radPerHz, species.endHz * radPerHz, amplitude, envelope)
      })
    }
    pitch *= species.noteStep
  }
  return lastS + species.pulseS
}
