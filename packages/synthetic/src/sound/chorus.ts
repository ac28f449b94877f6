import { amplitudeOfDb, rmsOf } from '../noise.js'
import { between, createRandom, seedOf, wholeBetween } from '../random.js'
import { addCall, type Individual } from './call.js'
import { applyBiquad, designBiquad } from './filter.js'
import type { Species } from './species.js'

/** One call as it stands in a recording; seconds from the recording's start. */
export interface Call {
  readonly species: string
  readonly startS: number
  readonly endS: number
}

export interface ChorusOptions {
  readonly seed: number
  readonly sampleRateHz: number
  /** What the calls must be heard over. */
  readonly background: Float32Array
  /** The part of the recording in which the species calls. */
  readonly fromS: number
  readonly toS: number
  /** The nearest individual's level over the background within the species' band. */
  readonly snrDb: number
}

/** RMS of the background within the species' band, measured on at most its first 4 s; never more than 4 dB below the
 *  whole background's, so that no call drowns in what sounds elsewhere. */
function backgroundInBand(background: Float32Array, sampleRateHz: number, species: Species): number {
  const lowHz = Math.min(species.startHz, species.endHz) * 0.85
  const highHz = Math.max(species.startHz, species.endHz) * 1.15 * Math.min(species.harmonics.length, 3) ** 0.5
  const centreHz = Math.sqrt(lowHz * highHz)
  const part = background.slice(0, 4 * sampleRateHz)
  const least = Math.max(rmsOf(part) * amplitudeOfDb(-4), amplitudeOfDb(-78))
  applyBiquad(part, designBiquad('band-pass', centreHz, centreHz / (highHz - lowHz), sampleRateHz))
  return Math.max(rmsOf(part), least)
}

/** Add a chorus of one species to the samples: two to four individuals that differ in level, pitch, tempo and timing.
 *  Returns every call, in order of time. A call never starts where it could not end within the part. */
export function addChorus(out: Float32Array, species: Species, options: ChorusOptions): Call[] {
  const { seed, sampleRateHz, fromS, toS } = options
  const random = createRandom(seedOf(seed, 'chorus', species.name))
  const bandRms = backgroundInBand(options.background, sampleRateHz, species)
  const individuals = wholeBetween(random, 2, 4)
  const calls: Call[] = []
  for (let n = 0; n < individuals; n++) {
    const levelDb = options.snrDb - (n === 0 ? 0 : between(random, 2, 9))
    const individual: Individual = {
      pitch: between(random, 0.98, 1.02),
      tempo: between(random, 0.96, 1.04),
      amplitude: Math.SQRT2 * bandRms * amplitudeOfDb(levelDb),
    }
    const intervalS = species.callIntervalS / individual.tempo
    const longestS =
      ((species.notes[1] - 1) * species.noteIntervalS + species.pulses[1] / species.pulseRateHz) / individual.tempo
    let startS = fromS + random() * intervalS
    while (startS + longestS + species.pulseS < toS) {
      const lengthS = addCall(out, sampleRateHz, startS, species, individual, random)
      calls.push({ species: species.name, startS: roundMs(startS), endS: roundMs(startS + lengthS) })
      startS += Math.max(lengthS + 0.12, intervalS * between(random, 0.85, 1.15))
    }
  }
  return calls.sort((a, b) => a.startS - b.startS)
}

function roundMs(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
