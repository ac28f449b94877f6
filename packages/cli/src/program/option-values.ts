import { spectrogramLimits } from '@coro/spectrogram/spectrogram-options'
import { InvalidArgumentError } from 'commander'

/** A whole number within bounds, for an option. */
export const whole = (min: number, max: number) => (text: string) => {
  const n = Number(text)
  if (!Number.isInteger(n) || n < min || n > max)
    throw new InvalidArgumentError(`must be a whole number ${min} to ${max}.`)
  return n
}

/** A picture's size, for an option. */
export const size = (text: string) => {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? []
  if (width === undefined || height === undefined)
    throw new InvalidArgumentError('must be WIDTHxHEIGHT, such as 800x400.')
  return {
    width: whole(spectrogramLimits.width.min, spectrogramLimits.width.max)(width),
    height: whole(spectrogramLimits.height.min, spectrogramLimits.height.max)(height),
  }
}

/** An IANA time zone, for an option. */
export const timeZone = (text: string) => {
  try {
    Intl.DateTimeFormat('en-US', { timeZone: text })
  } catch {
    throw new InvalidArgumentError('must be the name of a time zone, such as America/Sao_Paulo.')
  }
  return text
}

/** A number within bounds, for an option. */
export const number =
  (min: number, max: number, unit = '') =>
  (text: string) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`must be a number ${min} to ${max}${unit}.`)
    }
    return value
  }
export const seconds = number(0, 86_400, ' (seconds)')
export const cosine = number(-1, 1)
export const id = whole(1, Number.MAX_SAFE_INTEGER)
/** A channel of a file, for an option: `mix`, or 1 for the first. */
export const channel = (text: string) => {
  if (!/^(mix|[1-9]\d{0,2})$/.test(text)) throw new InvalidArgumentError('must be mix, or 1 for the first channel.')
  return text
}

/** A band, for an option: `200-15000`. */
export const band = (text: string) => {
  const [, lowHz, highHz] = /^(\d+)-(\d+)$/.exec(text) ?? []
  if (lowHz === undefined || highHz === undefined) throw new InvalidArgumentError('must be LOW-HIGH in Hz.')
  return { lowHz: Number(lowHz), highHz: Number(highHz) }
}

export const collect = (value: string, before: string[]) => [...before, value]
