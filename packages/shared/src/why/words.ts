/** An instant for people: `2026-01-10 22:14:03 UTC`. */
export const at = (instant: Date | string): string =>
  `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** A span of time for people, in its two greatest units: `3 min 12 s`, `2 days 4 h`. */
export function span(ms: number): string {
  const s = Math.max(0, ms) / 1000
  if (s < 10) return `${Math.round(s * 10) / 10} s`
  const parts: [number, string][] = [
    [Math.floor(s / 86_400), 'days'],
    [Math.floor(s / 3600) % 24, 'h'],
    [Math.floor(s / 60) % 60, 'min'],
    [Math.floor(s) % 60, 's'],
  ]
  const first = parts.findIndex(([n]) => n > 0)
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${n === 1 && unit === 'days' ? 'day' : unit}`)
    .join(' ')
}

/** Time between two instants. */
export const between = (from: Date, to: Date): string => span(to.getTime() - from.getTime())

/** Bytes for people: `48.2 MB`. */
export function bytes(n: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = n < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3))
  return power === 0 ? `${n} bytes` : `${(n / 1000 ** power).toFixed(1)} ${units[power]}`
}

/** `1 recording`, `2 recordings`. */
export const count = (n: number, what: string): string => `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`
