import type { Field } from './fields.js'
import type { CheckOptions } from './check-rows.js'

/** Which recording a row speaks of, and what it says of it. */
export interface RecordingRef {
  /** Address of its source. */
  source: string | null
  /** Below the source, with `/`. */
  key: string | null
  /** Of the file's bytes, 64 hex digits. */
  sha256: string | null
  site: string | null
  recorder: string | null
  /** ISO 8601; without an offset in the zone that the user names. */
  startedAt: string | null
}

export interface Reference {
  recording: RecordingRef
  startS: number
  windowS: number
}

/** Longest recording, and so the last window: 40 days. */
const mostS = 40 * 86_400

/** Read a row's reference to its window; a text says what is wrong with it. */
export function readReference(
  fields: Partial<Record<Field, unknown>>,
  { windowS: given, keyOf, timeZone }: CheckOptions,
): Reference | string {
  const text = (field: Field) => textOf(fields[field])
  const stated = text('key')
  const key = stated === null ? null : keyOf(stated)
  if (stated !== null && key === null) {
    return `its recording ${stated} is no path below the source: --source FOLDER names the folder that keys count from`
  }
  const sha256 = text('sha256')?.toLowerCase() ?? null
  if (key === null && sha256 === null) return 'it names no recording'
  if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256)) return `its sha256 is ${sha256}, not 64 hex digits`
  const startS = secondsOf(fields.start_s)
  if (startS === null) return 'it has no start_s'
  if (!(startS >= 0 && startS <= mostS))
    return `its start_s is ${show(fields.start_s)}, not seconds from the recording's start`
  const windowS = windowOf(fields.end_s, startS, given)
  if (typeof windowS === 'string') return windowS
  const startedAt = startOf(text('recording_started_at'), text('started_at'), startS, timeZone)
  if (startedAt !== null && 'wrong' in startedAt) return startedAt.wrong
  const recording = {
    source: text('source'),
    key,
    sha256,
    site: text('site'),
    recorder: text('recorder'),
    startedAt: startedAt?.iso ?? null,
  }
  return { recording, startS, windowS }
}

/** Length of the window: stated, or what the user says. A recording, or its end, may be shorter than a window. */
function windowOf(end: unknown, startS: number, given: number | undefined): number | string {
  const endS = secondsOf(end)
  if (endS === null) return given ?? 'it has no end_s: --window SECONDS says how long the windows are'
  const windowS = Math.round((endS - startS) * 1000) / 1000
  if (!(windowS > 0 && windowS <= 3600)) return `it begins at ${startS} s and ends at ${show(end)}`
  if (given !== undefined && windowS > given + 0.0015) return `its window is ${windowS} s long, not ${given}`
  return windowS
}

/** The recording's start: stated, or counted back from the window's. */
function startOf(
  recording: string | null,
  window: string | null,
  startS: number,
  timeZone: string | undefined,
): { iso: string } | { wrong: string } | null {
  const stated = recording ?? window
  if (stated === null) return null
  const [, day, time = '00:00:00', zone] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/i.exec(stated) ?? []
  const offset = zone === undefined ? undefined : /^z$/i.test(zone) ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${offset ?? 'Z'}`)
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(ms) || !new Date(`${day}T00:00:00Z`).toISOString().startsWith(String(day))) {
    return { wrong: `its time is ${stated}, not ISO 8601 such as 2026-01-10T22:00:35Z` }
  }
  if (offset === undefined && timeZone === undefined) {
    return { wrong: `its time ${stated} has no offset: --time-zone ZONE says in which zone such times are` }
  }
  const iso = new Date(Math.round(recording === null ? ms - startS * 1000 : ms)).toISOString()
  return { iso: offset === undefined ? iso.slice(0, -1) : iso }
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const text = String(value).trim()
  return text === '' ? null : text
}

function secondsOf(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
}

const show = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)))
