/** Fields of a wall clock. month and day from 1. */
export interface CivilTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  millisecond?: number
}

/** First year that a claim may name: digital field recorders are younger. A clock that was never set says 1970 or 2000. */
const firstYear = 1990
const lastYear = 2100

/** YYYY-MM-DDTHH:MM:SS(.sss), or null for a date that does not exist or cannot be a recording's. */
export function formatCivil(time: CivilTime): string | null {
  const { year, month, day, hour, minute, second } = time
  const millisecond = time.millisecond ?? 0
  if (year < firstYear || year > lastYear || hour > 23 || minute > 59 || second > 59 || millisecond > 999) return null
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond))
  if (Number.isNaN(date.getTime()) || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  const text = date.toISOString()
  return millisecond === 0 ? text.slice(0, 19) : text.slice(0, 23)
}

/** Milliseconds since 1970 of a claim's `local`, read as UTC. */
export function civilAsUtcMs(local: string): number {
  return Date.parse(`${local}Z`)
}

/**
 * Minutes east of UTC from "+1000", "+10:00", "-3:30", "+5", "Z"; the sign covers the minutes. Null when it is none.
 * Bounds: -12:00 (Baker Island) to +14:00 (Line Islands).
 */
export function parseUtcOffset(text: string): number | null {
  if (/^(?:Z|UTC|GMT)$/i.test(text)) return 0
  const match = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text)
  if (match === null) return null
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  const signed = match[1] === '-' ? -minutes : minutes
  return Number(match[3] ?? 0) > 59 || signed < -720 || signed > 840 ? null : signed
}

/**
 * ISO 8601 date and time, extended or basic, with or without seconds, fraction and offset, as
 * 2024-09-03T20:26:15+01:00 or 20190101T050000+1000; "UTC" in words too. Null when it is none or is impossible.
 */
export function parseIsoClaim(text: string): { local: string; utcOffsetMin: number | null } | null {
  const match =
    /^(\d{4})-?(\d{2})-?(\d{2})[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?$/.exec(
      text.trim(),
    )
  if (match === null) return null
  const fraction = match[7] ?? ''
  const local = formatCivil({
    year: Number(match[1]),
    month: Number(match[2]),
    day: Number(match[3]),
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6] ?? 0),
    millisecond: Number(fraction.padEnd(3, '0').slice(0, 3)),
  })
  if (local === null) return null
  return { local, utcOffsetMin: match[8] === undefined ? null : parseUtcOffset(match[8]) }
}
