import { between, createRandom, seedOf, shuffled, wholeBetween, type Random } from './random.js'
import { instantOfLocal, nameOf, utcOffsetMin, wallClock } from './recorder/local-time.js'
import { recorders, type Recorder } from './recorder/recorders.js'
import type { BitsPerSample } from './pcm.js'
import type { BackgroundLevels } from './sound/background.js'
import { speciesList } from './sound/species.js'

/** Everything that decides one recording's bytes. */
export interface PlannedRecording {
  readonly seed: number
  /** Below the source, with `/`. */
  readonly key: string
  readonly recorder: Recorder
  readonly startedAt: Date
  readonly durationS: number
  readonly sampleRateHz: number
  readonly channels: 1 | 2
  readonly bitsPerSample: BitsPerSample
  readonly format: 'wav' | 'flac'
  readonly species: readonly string[]
  readonly background: BackgroundLevels
  readonly batteryV: number
  readonly temperatureC: number
}

const firstSlot = '2026-01-10T19:00:00'
const slotMin = 30

/** Rate, width, channels and format of a recorder's nth recording. In 36: 12 FLAC, two of 96 kHz, one of 24 bits
 *  and one in stereo. */
function formOf(
  recorder: Recorder,
  nth: number,
): Pick<PlannedRecording, 'sampleRateHz' | 'bitsPerSample' | 'channels' | 'format'> {
  const format = nth % 2 === 1 ? 'flac' : 'wav'
  if (recorder.model === 'AudioMoth 1.8') {
    return { sampleRateHz: nth % 6 === 3 ? 96000 : 48000, bitsPerSample: 16, channels: 1, format: 'wav' }
  }
  if (recorder.model === 'AudioMoth 1.11') return { sampleRateHz: 32000, bitsPerSample: 16, channels: 1, format }
  const sampleRateHz = nth % 4 < 2 ? 44100 : 24000
  return { sampleRateHz, bitsPerSample: nth === 0 ? 24 : 16, channels: nth === 2 ? 2 : 1, format }
}

function backgroundOf(random: Random, recorder: Recorder): BackgroundLevels {
  const chance = (share: number) => random() < share
  return {
    hissDb: between(random, -66, -60),
    ...(chance(0.3) && { rainDb: between(random, -50, -43) }),
    ...(chance(0.6) && { windDb: between(random, -52, -40) }),
    ...(chance(0.6) && { insectsDb: between(random, -58, -48) }),
    ...(recorder.nearMains && chance(0.6) && { humDb: between(random, -54, -46) }),
  }
}

/** One to three species. In the same slot all recorders hear the same first one, so that each species is the first in
 *  recordings of every recorder and both sites; the others are drawn for each recording. */
function speciesOf(random: Random, seed: number, nth: number): string[] {
  const order = shuffled(createRandom(seedOf(seed, 'species')), speciesList).map(({ name }) => name)
  const first = order[nth % order.length] as string
  const others = shuffled(
    random,
    order.filter((name) => name !== first),
  )
  const draw = random()
  return [first, ...others.slice(0, draw < 0.4 ? 0 : draw < 0.8 ? 1 : 2)]
}

/** The nth half-hour slot of an evening at the recorder's site, from 19:00 of 10 January 2026 on. */
export function slotStart(recorder: Recorder, nth: number, offsetMin = 0): Date {
  return new Date(instantOfLocal(firstSlot, recorder.site.timeZone).getTime() + (nth * slotMin + offsetMin) * 60_000)
}

/** The name a recorder gives a file that starts then. */
export function fileNameOf(recorder: Recorder, startedAt: Date, format: 'wav' | 'flac'): string {
  const name = nameOf(wallClock(startedAt, utcOffsetMin(startedAt, recorder.clockZone)))
  if (recorder.model === 'Song Meter') return `${recorder.serial}_${name}.${format}`
  return `${name}.${format === 'wav' ? 'WAV' : 'flac'}`
}

/** The whole plan, in the order in which recordings are made. The nth recording does not depend on how many follow. */
export function planRecordings(seed: number, recordings: number): PlannedRecording[] {
  return Array.from({ length: recordings }, (_, index) => {
    const recorder = recorders[index % recorders.length] as Recorder
    const nth = Math.floor(index / recorders.length)
    const ownSeed = seedOf(seed, 'recording', index)
    const random = createRandom(ownSeed)
    const startedAt = slotStart(recorder, nth)
    const form = formOf(recorder, nth)
    const duration = 40 + 50 * random() ** 4
    return {
      seed: ownSeed,
      key: `${recorder.site.name}/${recorder.name}/${fileNameOf(recorder, startedAt, form.format)}`,
      recorder,
      startedAt,
      durationS: recorder.model === 'Song Meter' ? Math.round(duration * 100) / 100 : Math.round(duration),
      ...form,
      species: speciesOf(random, seed, nth),
      background: backgroundOf(random, recorder),
      batteryV: wholeBetween(random, 38, 48) / 10,
      temperatureC: wholeBetween(random, 198, 287) / 10,
    }
  })
}
