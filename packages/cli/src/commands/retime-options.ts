import { InvalidArgumentError } from 'commander'

/** Seconds from `+01:00:00`, `-00:00:04.5` (hours, minutes, seconds) or a plain number of seconds, for an option. */
export function parseOffset(text: string): number {
  const clock = /^([+-]?)(\d{1,6}):([0-5]\d):([0-5]\d(?:\.\d{1,3})?)$/.exec(text)
  if (clock !== null) {
    const seconds = Number(clock[2]) * 3600 + Number(clock[3]) * 60 + Number(clock[4])
    return clock[1] === '-' ? -seconds : seconds
  }
  if (/^[+-]?\d+(?:\.\d+)?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('must be [+-]HH:MM:SS or seconds, such as +01:00:00 or -4.5.')
}

/** A number, for an option. */
export function parseNumber(text: string): number {
  if (/^[+-]?\d+(?:\.\d+)?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('must be a number, such as 2 or -0.5.')
}

/** An instant that says its zone, for an option: an hour's doubt is what this command is there to end. */
export function parseInstant(text: string): string {
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)
  if (isInstant && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('must be an instant with Z or an offset, such as 2026-03-01T12:00:00-03:00.')
}

export interface Reference {
  clock: string
  true: string
}

/** `CLOCK=TRUE`, two instants, for an option that may be repeated. */
export function parseReference(text: string, before: Reference[]): Reference[] {
  const [clock, truth, more] = text.split('=')
  if (clock === undefined || truth === undefined || more !== undefined) {
    throw new InvalidArgumentError('must be CLOCK=TRUE: what the recorder showed, and what it was.')
  }
  return [...before, { clock: parseInstant(clock), true: parseInstant(truth) }]
}
