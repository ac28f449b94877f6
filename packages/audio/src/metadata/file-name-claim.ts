import { formatCivil, parseUtcOffset } from './civil-time.js'
import { parsePosition } from './position.js'
import type { RecorderMetadata, TimeClaim } from './recorder-metadata.js'

/**
 * Read what a file name says: ISO 8601 basic with offset (Frontier Labs, with a place in brackets or at the end, and
 * after the start the end of the recording), YYYYMMDD_HHMMSS with any prefix (AudioMoth, Wildlife Acoustics; the SM3
 * writes its channels before and `$` between), a trailing T before the extension (AudioMoth, triggered), milliseconds
 * behind an AudioMoth's time (its maker's split and expand), eight hex digits (older AudioMoth, Unix seconds), 16 hex
 * digits in front (an AudioMoth's id).
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
  const place = /\[\s*([+-]?\d[^\]]*)\]$/.exec(stem)?.[1] ?? /_([+-]\d+\.\d+[+-]\d+\.\d+)$/.exec(stem)?.[1]
  const position = parsePosition(place)
  if (position !== null) metadata.device.position = position
  return metadata
}

/** Prefixes that people and converters put in front, and that name no recorder. */
const commonPrefix = /^(?:rec|recording|audio|sound|wav|file|prefix)$/i

/** An AudioMoth's id, or a Song Meter's prefix (its serial, unless somebody chose another); a number alone counts files. */
function recorderOf(stem: string): string | null {
  const serial = /^([0-9A-F]{16})_/i.exec(stem)?.[1]
  if (serial !== undefined && /\d/.test(serial)) return serial.toUpperCase()
  const prefix = /^([A-Za-z0-9-]+)(?:_[0-3]?[+-]?[0-3]?)?_\d{8}[_$]\d{6}/.exec(stem)?.[1]
  return prefix === undefined || !/[A-Z]/i.test(prefix) || commonPrefix.test(prefix) ? null : prefix
}

function dateClaim(stem: string): TimeClaim | null {
  const pattern =
    /(?<!\d)(\d{4})-?(\d{2})-?(\d{2})[T_$ -](\d{2})[:-]?(\d{2})[:-]?(\d{2})(?:\.(\d{1,3}))?(Z|[+-]\d{2}:?\d{2})?(?!\d)/g
  for (const match of stem.matchAll(pattern)) {
    const local = formatCivil({
      year: Number(match[1]),
      month: Number(match[2]),
      day: Number(match[3]),
      hour: Number(match[4]),
      minute: Number(match[5]),
      second: Number(match[6]),
      millisecond: Number((match[7] ?? audioMothMilliseconds(stem)).padEnd(3, '0')),
    })
    if (local === null) continue
    const utcOffsetMin = match[8] === undefined ? null : parseUtcOffset(match[8])
    return { source: 'filename', local, utcOffsetMin, confidence: utcOffsetMin === null ? 0.6 : 0.85 }
  }
  return null
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
