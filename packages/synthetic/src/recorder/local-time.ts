/** What a clock on the wall shows. */
export interface WallClock {
  readonly year: string
  readonly month: string
  readonly day: string
  readonly hour: string
  readonly minute: string
  readonly second: string
}

/** Minutes east of UTC at that instant in an IANA zone. */
export function utcOffsetMin(instant: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(instant)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT'
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? []
  return hours === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** The wall clock that many minutes east of UTC. */
export function wallClock(instant: Date, offsetMin: number): WallClock {
  const text = new Date(instant.getTime() + offsetMin * 60_000).toISOString()
  return {
    year: text.slice(0, 4),
    month: text.slice(5, 7),
    day: text.slice(8, 10),
    hour: text.slice(11, 13),
    minute: text.slice(14, 16),
    second: text.slice(17, 19),
  }
}

/** The instant at which a clock in that zone shows this time; right wherever the offset is the same a day around. */
export function instantOfLocal(local: string, timeZone: string): Date {
  const asUtc = new Date(`${local}Z`)
  return new Date(asUtc.getTime() - utcOffsetMin(asUtc, timeZone) * 60_000)
}

/** `YYYYMMDD_HHMMSS`, as recorders name their files. */
export function nameOf({ year, month, day, hour, minute, second }: WallClock): string {
  return `${year}${month}${day}_${hour}${minute}${second}`
}

/** `+HH:MM`, or `Z` for 0. */
export function offsetText(offsetMin: number): string {
  if (offsetMin === 0) return 'Z'
  const size = Math.abs(offsetMin)
  const digits = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${offsetMin < 0 ? '-' : '+'}${digits(size / 60)}:${digits(size % 60)}`
}
