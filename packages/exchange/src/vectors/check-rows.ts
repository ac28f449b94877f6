import type { RawRow } from './open-vectors.js'
import { readReference, type RecordingRef } from './read-reference.js'

/** A row that can go in. */
export interface VectorRow {
  row: number
  /** Place of its recording in `recordings`. */
  recording: number
  startS: number
  endS: number
  embedding: Float32Array
}

/** A row that cannot. */
export interface RowProblem {
  /** From 1. */
  row: number
  /** Of a CSV, from 1. */
  line: number | null
  message: string
}

export interface CheckOptions {
  /** Length of the windows where the file does not say it. */
  windowS?: number | undefined
  /** IANA zone of times without an offset. */
  timeZone?: string | undefined
  /** Makes keys relative to their source. Returns null for one that lies elsewhere. */
  keyOf: (key: string) => string | null
}

/** pgvector's vector and halfvec hold so many. Source: pgvector 0.8, vector.h, halfvec.h. */
const mostDimensions = 16_000

/**
 * Checks rows one after the other, and keeps what they have in common. The same rows give the same answers each time.
 * Memory: a few dozen bytes a row, for the windows that were there already.
 */
export class RowChecker {
  readonly recordings: RecordingRef[] = []
  /** Of each recording: starts and ends in ms, one after the other. */
  readonly windows: number[][] = []
  dimension: number | null = null
  /** Of the longest window; a recording may be shorter. */
  windowS: number | null
  /** The least distance between windows of one recording that follow each other in the file. */
  hopS: number | null = null
  readonly #options: CheckOptions
  readonly #places = new Map<string, number>()
  readonly #lastStartMs: number[] = []
  readonly #seenRow = new Map<number, number>()
  readonly #seenHash = new Map<number, number>()

  constructor(options: CheckOptions) {
    this.#options = options
    this.windowS = options.windowS ?? null
  }

  /** The row as it goes in, what is wrong with it, or `again` where it says what an earlier one said. */
  check(raw: RawRow): VectorRow | RowProblem | 'again' {
    const wrong = (message: string): RowProblem => ({ row: raw.row, line: raw.line, message })
    const reference = readReference(raw.fields, this.#options)
    if (typeof reference === 'string') return wrong(reference)
    const { embedding } = raw
    const invalid = typeof embedding === 'string' ? embedding : this.#vectorProblem(embedding)
    if (invalid !== null) return wrong(invalid)
    const place = this.#placeOf(reference.recording)
    if (typeof place === 'string') return wrong(place)
    this.dimension ??= (embedding as Float32Array).length
    this.windowS = Math.max(this.windowS ?? 0, reference.windowS)
    const startMs = Math.round(reference.startS * 1000)
    const window = place * 2 ** 32 + startMs
    const hash = hashOf(embedding as Float32Array)
    const before = this.#seenRow.get(window)
    if (before !== undefined) {
      return this.#seenHash.get(window) === hash
        ? 'again'
        : wrong(`it is the same window as row ${before}, with another embedding`)
    }
    this.#seenRow.set(window, raw.row)
    this.#seenHash.set(window, hash)
    this.#noteHop(place, startMs)
    const startS = startMs / 1000
    const endMs = Math.round((startS + reference.windowS) * 1000)
    const endS = endMs / 1000
    ;(this.windows[place] ??= []).push(startMs, endMs)
    return { row: raw.row, recording: place, startS, endS, embedding: embedding as Float32Array }
  }

  #vectorProblem(embedding: Float32Array): string | null {
    const { length } = embedding
    if (length < 2 || length > mostDimensions)
      return `its embedding has ${length} numbers; 2 to ${mostDimensions} are stored`
    if (this.dimension !== null && length !== this.dimension) {
      return `its embedding has ${length} numbers; those before have ${this.dimension}`
    }
    let sum = 0
    for (const x of embedding) sum += x * x
    if (Number.isFinite(sum)) return sum > 0 ? null : 'its embedding is all zeros'
    const at = embedding.findIndex((x) => !Number.isFinite(x))
    return `number ${at + 1} of its embedding is ${embedding[at]}`
  }

  /** The recording's place, or how it contradicts an earlier row. */
  #placeOf(recording: RecordingRef): number | string {
    const name = JSON.stringify(recording.key === null ? [recording.sha256] : [recording.source, recording.key])
    const place = this.#places.get(name)
    if (place === undefined) {
      this.#places.set(name, this.recordings.length)
      return this.recordings.push(recording) - 1
    }
    const before = this.recordings[place] as RecordingRef
    for (const field of ['sha256', 'site', 'recorder'] as const) {
      if (before[field] !== null && recording[field] !== null && before[field] !== recording[field]) {
        return `its ${field} is ${recording[field]}; an earlier row of its recording has ${before[field]}`
      }
      before[field] ??= recording[field]
    }
    // Rounded to milliseconds or to seconds in one place or another.
    if (before.startedAt !== null && recording.startedAt !== null) {
      const apartMs = Math.abs(Date.parse(withZone(before.startedAt)) - Date.parse(withZone(recording.startedAt)))
      if (apartMs > 1000)
        return `its recording starts at ${recording.startedAt}; an earlier row says ${before.startedAt}`
    }
    before.startedAt ??= recording.startedAt
    return place
  }

  #noteHop(place: number, startMs: number): void {
    const last = this.#lastStartMs[place]
    this.#lastStartMs[place] = startMs
    if (last === undefined || last === startMs) return
    const gapS = Math.abs(startMs - last) / 1000
    if (this.hopS === null || gapS < this.hopS) this.hopS = gapS
  }
}

const withZone = (iso: string): string => (/(Z|[+-]\d{2}:\d{2})$/.test(iso) ? iso : `${iso}Z`)

/** FNV-1a over the numbers' bits. Source: draft-eastlake-fnv, 32 bits, by words. */
function hashOf(embedding: Float32Array): number {
  const bits = new Uint32Array(embedding.buffer, embedding.byteOffset, embedding.length)
  let hash = 0x811c9dc5
  for (const word of bits) hash = Math.imul(hash ^ word, 0x01000193)
  return hash >>> 0
}
