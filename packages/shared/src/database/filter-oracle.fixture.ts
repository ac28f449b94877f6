import type { SearchFilter } from './search-filter.js'

/** A segment as a filter sees it, for comparing Coro's filters with another way to the same answer. */
export interface FilterSubject {
  segmentId: number
  recordingId: number
  site: string | null
  recorder: string | null
  /** As the filter names it. */
  deployment: string | null
  /** What settles its local time: a zone, else an offset in minutes, else UTC. */
  timeZone: string | null
  utcOffsetMin: number | null
  latitude: number | null
  longitude: number | null
  startedAt: Date | null
  startS: number
  endS: number
  /** Of its recording; null = the whole of it. */
  labels: { label: string; startS: number | null; endS: number | null }[]
}

/**
 * Whether a filter leaves a segment, in plain TypeScript: local time by the runtime's own zones, the sun by another
 * formula. Null where it is too close to tell (within 30 s, or 0.05 degrees, of a bound by the sun).
 */
export function passes(subject: FilterSubject, filter: SearchFilter): boolean | null {
  const oneOf = (wanted: string | string[] | undefined, has: string | null) =>
    wanted === undefined || (has !== null && [wanted].flat().includes(has))
  const ids = (wanted: number | number[] | undefined) => [wanted ?? []].flat()
  if (!oneOf(filter.site, subject.site) || !oneOf(filter.recorder, subject.recorder)) return false
  if (!oneOf(filter.deployment, subject.deployment)) return false
  if (filter.recording !== undefined && !ids(filter.recording).includes(subject.recordingId)) return false
  if (ids(filter.notRecording).includes(subject.recordingId)) return false
  if (filter.label !== undefined && !hasLabel(subject, [filter.label].flat())) return false
  const { from, to, hours, months, sun } = filter
  if ([from, to, hours, months, sun].every((bound) => bound === undefined)) return true
  if (subject.startedAt === null) return false
  const at = subject.startedAt.getTime() + subject.startS * 1000
  const local = localMs(subject, at)
  if (from !== undefined && !(at >= boundMs(subject, from))) return false
  if (to !== undefined && !(at < boundMs(subject, to))) return false
  if (hours !== undefined && !inHours(local, hours)) return false
  if (months !== undefined && !monthsOf(months).includes(new Date(local).getUTCMonth() + 1)) return false
  return sun === undefined ? true : bySun(subject, at, sun)
}

function hasLabel({ labels, startS, endS }: FilterSubject, wanted: string[]): boolean {
  return labels
    .filter(({ label }) => wanted.includes(label))
    .some((l) => {
      if (l.startS === null || l.endS === null) return true
      return l.startS === l.endS ? l.startS >= startS && l.startS < endS : l.startS < endS && l.endS > startS
    })
}

/** Wall clock at the segment, as if it were UTC. */
function localMs({ timeZone, utcOffsetMin }: FilterSubject, at: number): number {
  if (timeZone === null) return at + (utcOffsetMin ?? 0) * 60_000
  return at + zoneOffsetMs(timeZone, at)
}

const formats = new Map<string, Intl.DateTimeFormat>()
function zoneOffsetMs(timeZone: string, at: number): number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  formats.set(timeZone, format)
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000
}

/** The instant of a bound; a local time that a zone has twice is the later, one that it leaps over is behind the leap. */
function boundMs(subject: FilterSubject, bound: string): number {
  if (/[T ]\d.*(Z|[+-]\d\d(:?\d\d)?)$/i.test(bound)) return Date.parse(bound)
  const wall = Date.parse(`${bound.length === 10 ? `${bound}T00:00` : bound.replace(' ', 'T')}Z`)
  if (subject.timeZone === null) return wall - (subject.utcOffsetMin ?? 0) * 60_000
  const day = 86_400_000
  const offsets = [zoneOffsetMs(subject.timeZone, wall - day), zoneOffsetMs(subject.timeZone, wall + day)]
  const instants = offsets.map((offset) => wall - offset)
  const real = instants.filter((instant) => localMs(subject, instant) === wall)
  return real.length > 0 ? Math.max(...real) : (instants[0] as number)
}

function inHours(local: number, hours: string): boolean {
  const ofDay = (((local / 1000) % 86_400) + 86_400) % 86_400
  return hours.split(',').some((range) => {
    const [first = 0, last = 0] = range.split('-').map((text) => {
      const [hour = 0, minute = 0] = text.split(':').map(Number)
      return (hour * 60 + minute) * 60
    })
    return first < last ? ofDay >= first && ofDay < last : ofDay >= first || ofDay < last
  })
}

function monthsOf(months: string): number[] {
  return months.split(',').flatMap((range) => {
    const [first = 1, last = first] = range.split('-').map(Number)
    const all = []
    for (let month = first; ; month = (month % 12) + 1) {
      all.push(month)
      if (month === last) return all
    }
  })
}

const degree = Math.PI / 180

/**
 * The sun's height and hour angle in degrees. Source: the Astronomical Almanac's low-precision formula, as in J. Michalsky,
 * Solar Energy 40 (1988) 227-235: another one than Coro's, good to 0.01 degrees from 1950 to 2050.
 */
export function sunAt(at: number, latitude: number, longitude: number): { height: number; hourAngle: number } {
  const days = at / 86_400_000 - 10_957.5
  const utHours = (((at / 3_600_000) % 24) + 24) % 24
  const anomaly = (357.528 + 0.9856003 * days) * degree
  const ecliptic = (280.46 + 0.9856474 * days + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * degree
  const obliquity = (23.439 - 0.0000004 * days) * degree
  const ascension = Math.atan2(Math.cos(obliquity) * Math.sin(ecliptic), Math.cos(ecliptic))
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(ecliptic))
  const sidereal = (6.697375 + 0.0657098242 * days + utHours) * 15 + longitude
  const turns = (sidereal - ascension / degree) / 360
  const hourAngle = (turns - Math.round(turns)) * 360
  const sine =
    Math.sin(declination) * Math.sin(latitude * degree) +
    Math.cos(declination) * Math.cos(latitude * degree) * Math.cos(hourAngle * degree)
  return { height: Math.asin(sine) / degree, hourAngle }
}

function bySun({ latitude, longitude }: FilterSubject, at: number, sun: string): boolean | null {
  if (latitude === null || longitude === null) return false
  const answers = sun.split(',').map((part) => {
    const [, first, a, last, b] = /^(\w+?)([+-][\d:]+)?\.\.(\w+?)([+-][\d:]+)?$/.exec(part) ?? []
    if (first === undefined || last === undefined) return byPhase(at, latitude, longitude, part)
    const answer = (shiftMs: number) => inSunRange(at + shiftMs, latitude, longitude, first, ms(a), last, ms(b))
    const [early, now, late] = [answer(-30_000), answer(0), answer(30_000)]
    return early === now && now === late ? now : null
  })
  return answers.includes(true) ? true : answers.includes(null) ? null : false
}

function byPhase(at: number, latitude: number, longitude: number, phase: string): boolean | null {
  const { height, hourAngle } = sunAt(at, latitude, longitude)
  if (Math.abs(height + 0.833) < 0.05 || Math.abs(height + 6) < 0.05) return null
  if (height < -0.833 && height > -6 && Math.min(Math.abs(hourAngle), 180 - Math.abs(hourAngle)) < 0.5) return null
  const now = height > -0.833 ? 'day' : height < -6 ? 'night' : hourAngle < 0 ? 'dawn' : 'dusk'
  return now === phase
}

const ms = (shift = '+0:00'): number => {
  const [, sign, hours, minutes] = /^([+-])(\d+):(\d+)$/.exec(shift) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** Minute by minute: is there a stretch between the events, shortened or lengthened by the shifts, that holds `at`? */
function inSunRange(
  at: number,
  latitude: number,
  longitude: number,
  first: string,
  a: number,
  last: string,
  b: number,
): boolean {
  const limit = first === 'sunrise' || first === 'sunset' ? -0.833 : -6
  const rising = (event: string) => event === 'sunrise' || event === 'dawn'
  const stepMs = 60_000
  const events: { up: boolean; at: number }[] = []
  const up = (t: number) => sunAt(t, latitude, longitude).height - limit
  let before = up(at - 26 * 3_600_000)
  const upFirst = before > 0
  for (let t = at - 26 * 3_600_000 + stepMs; t <= at + 26 * 3_600_000; t += stepMs) {
    const now = up(t)
    if (now > 0 !== before > 0) events.push({ up: now > 0, at: t - (stepMs * now) / (now - before) })
    before = now
  }
  if (first === last)
    return events.some((event) => event.up === rising(first) && at >= event.at + a && at < event.at + b)
  let opened: number | null = upFirst === rising(first) ? -Infinity : null
  for (const event of events) {
    if (event.up === rising(first)) opened = event.at
    else if (opened !== null) {
      if (at >= opened + a && at < event.at + b) return true
      opened = null
    }
  }
  return opened !== null && at >= opened + a
}
