import { amplitudeOfDb } from './noise.js'
import { between, createRandom, seedOf } from './random.js'
import { backgrounds, makeBackground, type BackgroundLevels, type BackgroundName } from './sound/background.js'
import { addChorus, type Call } from './sound/chorus.js'
import { applyBiquad, designBiquad } from './sound/filter.js'
import { speciesNamed } from './sound/species.js'

/** What a microphone, its case and its place do to every sound that reaches them. */
export interface ChannelColour {
  readonly highPassHz: number
  readonly peakHz: number
  readonly peakDb: number
  readonly lowPassHz: number
  readonly gainDb: number
}

export interface SoundscapeOptions {
  readonly seed: number
  readonly seconds: number
  readonly sampleRateHz: number
  /** Names from `speciesList`. The first calls all the time, each other one in a part of 60 to 100 %. */
  readonly species: readonly string[]
  /** Default `quiet`. */
  readonly background?: BackgroundName | BackgroundLevels
  /** Left out: a flat channel. */
  readonly channel?: ChannelColour
}

export interface Soundscape {
  /** Mono, -0.9..0.9. */
  readonly samples: Float32Array
  readonly calls: readonly Call[]
}

/** A chorus over a background, with the truth of what calls when. The same options give the same samples.
 *  The nearest individual of a species stands 14 to 24 dB above the background in its band. */
export function renderSoundscape(options: SoundscapeOptions): Soundscape {
  const { seed, seconds, sampleRateHz, species, background = 'quiet', channel } = options
  const length = Math.round(seconds * sampleRateHz)
  const levels = typeof background === 'string' ? backgrounds[background] : background
  const noise = makeBackground(length, sampleRateHz, levels, seedOf(seed, 'background'))
  const samples = noise.slice()
  const calls = species.flatMap((name, n) => {
    const random = createRandom(seedOf(seed, 'part', name))
    const share = n === 0 ? 1 : between(random, 0.6, 1)
    const fromS = random() * (1 - share) * seconds
    const toS = fromS + share * seconds
    const snrDb = between(random, 14, 24)
    return addChorus(samples, speciesNamed(name), { seed, sampleRateHz, background: noise, fromS, toS, snrDb })
  })
  if (channel) colour(samples, sampleRateHz, channel)
  limitPeak(samples, 0.9)
  return { samples, calls: calls.sort((a, b) => a.startS - b.startS) }
}

/** The samples alone of `renderSoundscape`: mono [seconds * sampleRateHz]. */
export function makeSoundscape(options: SoundscapeOptions): Float32Array {
  return renderSoundscape(options).samples
}

function colour(samples: Float32Array, sampleRateHz: number, channel: ChannelColour): void {
  applyBiquad(samples, designBiquad('high-pass', channel.highPassHz, 0.7, sampleRateHz))
  applyBiquad(samples, designBiquad('peak', channel.peakHz, 0.9, sampleRateHz, channel.peakDb))
  applyBiquad(samples, designBiquad('low-pass', channel.lowPassHz, 0.7, sampleRateHz))
  const gain = amplitudeOfDb(channel.gainDb)
  for (let i = 0; i < samples.length; i++) samples[i] = gain * (samples[i] as number)
}

/** Scale down, if need be, so that no sample exceeds the peak. */
function limitPeak(samples: Float32Array, peak: number): void {
  let highest = 0
  for (let i = 0; i < samples.length; i++) {
    const size = Math.abs(samples[i] as number)
    if (size > highest) highest = size
  }
  if (highest <= peak) return
  for (let i = 0; i < samples.length; i++) samples[i] = ((samples[i] as number) * peak) / highest
}
