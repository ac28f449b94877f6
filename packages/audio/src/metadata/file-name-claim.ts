import { formatCivil, parseUtcOffset } from './civil-time.js'
import type { RecorderMetadata, TimeClaim } from './recorder-metadata.js'

/**
 * Read what a file name says: ISO 8601 basic with offset (Frontier Labs), YYYYMMDD_HHMMSS with any prefix (AudioMoth,
 * Wildlife Acoustics; the SM3 writes `$` between), a trailing T before the extension (AudioMoth, triggered), eight hex
 * digits (older AudioMoth, Unix seconds), 16 hex digits in front (an AudioMoth's id).
 * fileName: with or without folders. A name is the recorder's local time unless it carries an offset.
 */
export function readFileName(fileName: string): RecorderMetadata {
  const base = fileName.split(/[/\\]/).at(-1)!
  const stem = base.replace(/\.[A-Za-z0-9]{1,5}$/, '')
  const metadata: RecorderMetadata = { claims: [], device: {} }
  const claim = dateClaim(stem) ?? hexSecondsClaim(stem)
  if (claim !== null) metadata.claims.push(claim)
  if (/^(?:.*_)?\d{8}_\d{6}T$/.test(stem)) metadata.device.triggered = true
  const serial = /^([0-9A-F]{16})_/i.exec(stem)
  if (serial !== null && /[0-9]/.test(serial[1]!)) metadata.device.recorderId = serial[1]!.toUpperCase()
  const songMeter = /^([A-Za-z0-9-]+)(?:_[01](?:\+[01])?)?_\d{8}[_$]\d{6}/.exec(stem)
  if (serial === null && songMeter !== null) metadata.device.recorderId = songMeter[1]!
  return metadata
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
      millisecond: Number((match[7] ?? '').padEnd(3, '0')),
    })
    if (local === null) continue
    const utcOffsetMin = match[8] === undefined ? null : parseUtcOffset(match[8])
    return { source: 'filename', local, utcOffsetMin, confidence: utcOffsetMin === null ? 0.6 : 0.85 }
  }
  return null
}

/** Unix seconds from 2010, before which no AudioMoth was sold, to 2050: other hex names are rarely in between. */
function hexSecondsClaim(stem: string): TimeClaim | null {
  if (!/^[0-9A-F]{8}$/i.test(stem) || /^(?:19|20)\d{6}$/.test(stem)) return null
  const seconds = Number.parseInt(stem, 16)
  if (seconds < 1262304000 || seconds >= 2524608000) return null
  const local = new Date(seconds * 1000).toISOString().slice(0, 19)
  return { source: 'filename', local, utcOffsetMin: 0, confidence: 0.7 }
}
