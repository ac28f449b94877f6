import { formatCivil, parseUtcOffset } from './civil-time.js'
import { parsePosition, type Position } from './position.js'
import type { RecorderMetadata, TimeClaim } from './recorder-metadata.js'

/**
 * Read what a file name says: ISO 8601 basic with offset (Frontier Labs, with a place in brackets or at the end, and
 * after the start the end of the recording; its serial in front), YYYYMMDD_HHMMSS with any prefix (AudioMoth, Wildlife
 * Acoustics; the SM3 writes its channels before and `$` between), a trailing T before the extension (AudioMoth,
 * triggered), milliseconds behind an AudioMoth's time (its maker's split and expand), eight hex digits (older AudioMoth,
 * Unix seconds), 16 hex digits in front (an AudioMoth's id), SERIAL.YYMMDDHHMMSS (SoundTrap), YYYY-MM-DD_HH-MM
 * (ARBIMON), YYYY-MM-DD-birdnet-HH:MM:SS (BirdNET-Pi).
 * fileName: with or without folders. A name is the recorder's local time unless it carries an offset.
 */
export function readFileName(fileName: string): RecorderMetadata {
  const base = fileName.split(/[/\\]/).at(-1)!
  const stem = base.replace(/\.[A-Za-z0-9]{1,5}$/, '')
  const metadata: RecorderMetadata = { claims: [], device: {} }
  const claim = dateClaim(stem) ?? hexSecondsClaim(stem)
  if (claim !== null) metadata.claims.push(claim)
  if (/^(?:.*_)?\d{8}_\d{6}T$/.test(stem)) metadata.device.triggered = true
  const recorderId = recorderOf(stem)
  if (recorderId !== null) metadata.device.recorderId = recorderId
  const position = placeOf(stem)
  if (position !== null) metadata.device.position = position
  return metadata
}

/** Prefixes that people and converters put in front, and that name no recorder. */
const commonPrefix = /^(?:rec|recording|audio|sound|wav|file|prefix)$/i

/**
 * An AudioMoth's id, a Song Meter's prefix (its serial, unless somebody chose another), a SoundTrap's or Frontier Labs'
 * serial. In front of other times a number alone counts files.
 */
function recorderOf(stem: string): string | null {
  const serial = /^([0-9A-F]{16})_/i.exec(stem)?.[1]
  if (serial !== undefined && /\d/.test(serial)) return serial.toUpperCase()
  const number = soundTrap.exec(stem)?.[1] ?? /^(\d{4,8})_\d{8}T\d{6}[+-]\d{4}_/.exec(stem)?.[1]
  if (number !== undefined) return number
  const prefix = /^([A-Za-z0-9-]+)(?:_[0-3]?[+-]?[0-3]?)?_\d{8}[_$T]\d{6}/.exec(stem)?.[1]
  return prefix === undefined || !/[A-Z]/i.test(prefix) || commonPrefix.test(prefix) ? null : prefix
}

/** In brackets, between underscores, or signed at the end. */
function placeOf(stem: string): Position | null {
  const place =
    /\[\s*([+-]?\d[^\]]*)\]/.exec(stem)?.[1] ??
    /_(-?\d{1,2}\.\d+ -?\d{1,3}\.\d+)_$/.exec(stem)?.[1] ??
    /_([+-]\d{1,2}(?:\.\d+)?[+-]\d{1,3}(?:\.\d+)?(?:[+-]\d+(?:\.\d+)?)?(?:CRS\w+)?)$/.exec(stem)?.[1]
  return parsePosition(place)
}

/** 3.08 of Frontier Labs' firmware writes the 8th of a month as " 8". */
const day = String.raw`(\d{2}| \d)`
const clock = String.raw`(\d{2})[:-]?(\d{2})[:-]?(\d{2})`
/** A fraction ends the time, or an offset follows it: ".5AFCD4F4" is none. */
const fraction = String.raw`(?:\.(\d{1,9})(?=[Z+\-_ [(]|$))?`
const offset = String.raw`(Z|[+-]\d{2}:?\d{2})?`
const dated = String.raw`(?<!\d)(\d{4})-?(\d{2})-?${day}[T_$ -]?${clock}${fraction}${offset}(?!\d)`
const toTheMinute = /(?<!\d)(\d{4})-(\d{2})-(\d{2})[T_ ](\d{2})-(\d{2})(?![\d-])/g
const birdnetPi = /(?<!\d)(\d{4})-(\d{2})-(\d{2})-birdnet-(?:RTSP_\d+-)?(\d{2}):(\d{2}):(\d{2})/g
const soundTrap = /^(\d{3,10})\.(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/

function dateClaim(stem: string): TimeClaim | null {
  for (const pattern of [new RegExp(dated, 'g'), birdnetPi, toTheMinute]) {
    for (const match of stem.matchAll(pattern)) {
      const claim = claimOf(match.slice(1), audioMothMilliseconds(stem))
      if (claim !== null) return claim
    }
  }
  const [, , year, ...rest] = soundTrap.exec(stem) ?? []
  return year === undefined ? null : claimOf([`20${year}`, ...rest])
}

/** fields: year, month, day, hour, minute, and where they are there second, fraction, offset. */
function claimOf(fields: (string | undefined)[], milliseconds = ''): TimeClaim | null {
  const [year, month, dayOfMonth, hour, minute, second = '0', fractionS = milliseconds, zone] = fields
  const local = formatCivil({
    year: Number(year),
    month: Number(month),
    day: Number(dayOfMonth),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: Number(fractionS.padEnd(3, '0').slice(0, 3)),
  })
  if (local === null) return null
  const utcOffsetMin = zone === undefined ? null : parseUtcOffset(zone)
  return { source: 'filename', local, utcOffsetMin, confidence: utcOffsetMin === null ? 0.6 : 0.85 }
}

/** Without a prefix: a Song Meter, which always has one, counts triggers behind its time. */
function audioMothMilliseconds(stem: string): string {
  return /^\d{8}_\d{6}_(\d{3})$/.exec(stem)?.[1] ?? ''
}

/** Unix seconds from 2010, before which no AudioMoth was sold, to 2050: other hex names are rarely in between. */
function hexSecondsClaim(stem: string): TimeClaim | null {
  if (!/^[0-9A-F]{8}$/i.test(stem) || /^(?:19|20)\d{6}$/.test(stem)) return null
  const seconds = Number.parseInt(stem, 16)
  if (seconds < 1262304000 || seconds >= 2524608000) return null
  const local = new Date(seconds * 1000).toISOString().slice(0, 19)
  return { source: 'filename', local, utcOffsetMin: 0, confidence: 0.7 }
}
