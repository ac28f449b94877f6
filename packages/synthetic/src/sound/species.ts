/** How one invented species calls. A call is a series of notes, a note a series of pulses, a pulse a short sweep. */
export interface Species {
  readonly name: string
  readonly kind: 'pulse train' | 'trill' | 'chirp' | 'whistle' | 'bark'
  /** Frequency at a pulse's start and end. */
  readonly startHz: number
  readonly endHz: number
  /** Relative amplitude of the fundamental and its multiples. */
  readonly harmonics: readonly number[]
  readonly pulseS: number
  /** Share of the pulse taken by its rise; the rest dies away. */
  readonly attack: number
  readonly pulseRateHz: number
  readonly pulses: readonly [least: number, most: number]
  readonly notes: readonly [least: number, most: number]
  /** From the start of a note to the start of the next. */
  readonly noteIntervalS: number
  /** Each further note's frequency relative to the note before. */
  readonly noteStep: number
  /** How the level runs over a note. */
  readonly swell: 'flat' | 'rise' | 'fall' | 'arch'
  /** From the start of a call to the start of the individual's next. */
  readonly callIntervalS: number
}

type Range = readonly [number, number]

// prettier-ignore
function frog(name: string, kind: Species['kind'], band: Range, harmonics: readonly number[], pulse: { pulseS: number; attack: number; rateHz: number; count: Range }, notes: { count: Range; intervalS: number; step?: number }, swell: Species['swell'], callIntervalS: number): Species {
  return {
    name, kind, startHz: band[0], endHz: band[1], harmonics, pulseS: pulse.pulseS, attack: pulse.attack,
    pulseRateHz: pulse.rateHz, pulses: pulse.count, notes: notes.count, noteIntervalS: notes.intervalS,
    noteStep: notes.step ?? 1, swell, callIntervalS,
  }
}

const once = { count: [1, 1], intervalS: 1 } as const
const single = { rateHz: 1, count: [1, 1] } as const

/** The twelve species. Bands, pulse rates and call rates lie in the ranges that real frogs use, but none is a real one. */
// prettier-ignore
export const speciesList: readonly Species[] = [
  frog('reed-ticker', 'pulse train', [3900, 3800], [1], { pulseS: 0.016, attack: 0.1, rateHz: 11, count: [12, 17] }, once, 'rise', 2.2),
  frog('pond-creaker', 'pulse train', [880, 840], [1, 0.8, 0.6, 0.35, 0.2], { pulseS: 0.018, attack: 0.15, rateHz: 42, count: [20, 26] }, once, 'arch', 2.1),
  frog('glass-piper', 'whistle', [2600, 2640], [1, 0.06], { pulseS: 0.13, attack: 0.3, ...single }, once, 'flat', 1.2),
  frog('moss-triller', 'trill', [2060, 2120], [1, 0.15], { pulseS: 0.022, attack: 0.35, rateHz: 27, count: [38, 52] }, once, 'arch', 3.2),
  frog('bromeliad-chirper', 'chirp', [3000, 4500], [1, 0.1], { pulseS: 0.07, attack: 0.25, ...single }, { count: [2, 3], intervalS: 0.19 }, 'flat', 1.7),
  frog('swamp-barker', 'bark', [520, 460], [1, 0.9, 0.9, 0.7, 0.5, 0.35, 0.2], { pulseS: 0.14, attack: 0.12, ...single }, { count: [3, 5], intervalS: 0.32 }, 'flat', 2.9),
  frog('leaf-rattler', 'pulse train', [5300, 5000], [1], { pulseS: 0.006, attack: 0.1, rateHz: 72, count: [22, 30] }, { count: [2, 2], intervalS: 0.55 }, 'fall', 2.4),
  frog('bank-whooper', 'chirp', [420, 1150], [1, 0.35, 0.1], { pulseS: 0.36, attack: 0.45, ...single }, once, 'flat', 1.9),
  frog('fern-squeaker', 'chirp', [6300, 4700], [1], { pulseS: 0.06, attack: 0.2, ...single }, { count: [5, 7], intervalS: 0.11 }, 'flat', 1.7),
  frog('mud-snorer', 'pulse train', [330, 310], [0.7, 1, 1, 0.8, 0.6, 0.4, 0.3, 0.2], { pulseS: 0.034, attack: 0.2, rateHz: 23, count: [18, 24] }, once, 'rise', 2.7),
  frog('canopy-pinger', 'whistle', [7200, 7200], [1], { pulseS: 0.05, attack: 0.08, ...single }, { count: [6, 9], intervalS: 0.24 }, 'flat', 2.8),
  frog('stone-fluter', 'whistle', [1450, 1430], [1, 0.2, 0.05], { pulseS: 0.24, attack: 0.2, ...single }, { count: [2, 2], intervalS: 0.34, step: 1.34 }, 'flat', 2.0),
]

/** The species of that name. Throws a RangeError for an unknown one. */
export function speciesNamed(name: string): Species {
  const found = speciesList.find((species) => species.name === name)
  if (!found) throw new RangeError(`no synthetic species is called "${name}"`)
  return found
}
