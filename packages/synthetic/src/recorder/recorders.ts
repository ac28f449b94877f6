import type { ChannelColour } from '../soundscape.js'

export interface Site {
  readonly name: string
  /** IANA name. */
  readonly timeZone: string
  readonly latitude: number
  readonly longitude: number
}

/** A recorder at its site. Its files lie below `<site>/<name>/`. */
export interface Recorder {
  readonly name: string
  readonly site: Site
  readonly model: 'AudioMoth 1.8' | 'AudioMoth 1.11' | 'Song Meter'
  readonly serial: string
  /** Zone of the recorder's clock. */
  readonly clockZone: string
  /** Whether its header says how the clock is set. */
  readonly statesOffset: boolean
  readonly channel: ChannelColour
  /** Whether mains hum reaches it. */
  readonly nearMains: boolean
}

const lagoa: Site = { name: 'lagoa', timeZone: 'America/Sao_Paulo', latitude: -22.4512, longitude: -42.7734 }
const mata: Site = { name: 'mata', timeZone: 'America/Manaus', latitude: -2.9316, longitude: -59.9753 }

export const sites: readonly Site[] = [lagoa, mata]

/** A1's clock runs on UTC, A2's on UTC-3 and says so, SM1's on local time and does not say so. */
export const recorders: readonly Recorder[] = [
  {
    name: 'A1',
    site: lagoa,
    model: 'AudioMoth 1.8',
    serial: '24F319055FDF2902',
    clockZone: 'UTC',
    statesOffset: true,
    channel: { highPassHz: 60, peakHz: 7500, peakDb: 3, lowPassHz: 19000, gainDb: 6 },
    nearMains: true,
  },
  {
    name: 'A2',
    site: lagoa,
    model: 'AudioMoth 1.11',
    serial: '243B1F0663FBD3A7',
    clockZone: 'America/Sao_Paulo',
    statesOffset: true,
    channel: { highPassHz: 110, peakHz: 4200, peakDb: -2.5, lowPassHz: 12500, gainDb: 2 },
    nearMains: false,
  },
  {
    name: 'SM1',
    site: mata,
    model: 'Song Meter',
    serial: 'SMA09417',
    clockZone: 'America/Manaus',
    statesOffset: false,
    channel: { highPassHz: 35, peakHz: 2800, peakDb: 2, lowPassHz: 10500, gainDb: 9 },
    nearMains: false,
  },
]
