import type { ByteFile } from './byte-file.js'
import { type FlacFrameHeader, parseFrameHeader } from './flac/flac-frame-header.js'
import { parseMpegFrameHeader } from './mp3/mpeg-frame-header.js'
import type { SniffedFormat } from './sniff-format.js'

/** Damage or padding in front of a stream is passed over this far. */
const maxLeadBytes = 1 << 16

/** A stream that begins behind padding (as MP3s do behind ID3) or behind bytes that are damaged. */
export function sniffBehindDamage(file: ByteFile, offset: number): SniffedFormat {
  const lead = file.read(offset, maxLeadBytes)
  const flac = lead.indexOf('fLaC', 0, 'latin1')
  if (flac >= 0) return { name: 'flac', offset: offset + flac }
  let before: FlacFrameHeader | null = null
  for (let at = lead.indexOf(0xff); at >= 0; at = lead.indexOf(0xff, at + 1)) {
    if (beginsMp3(lead, at)) return { name: 'mp3', offset: offset + at }
    const header = parseFrameHeader(lead, at)
    if (header === null) continue
    if (before !== null && follows(before, header)) return { name: 'flac', offset }
    before = header
  }
  return { name: null, offset }
}

/** Two FLAC frames in a row; openFlac finds where they begin. */
function follows(before: FlacFrameHeader, next: FlacFrameHeader): boolean {
  const step = before.countsSamples ? before.blockFrames : 1
  return next.codedNumber === before.codedNumber + step && next.channels === before.channels
}

/** Four frames in a row: one or two occur in any data. */
function beginsMp3(bytes: Buffer, start: number): boolean {
  let at = start
  for (let frames = 0; frames < 4; frames += 1) {
    const header = parseMpegFrameHeader(bytes, at)
    if (header === null || header.layer !== 3) return false
    at += header.frameBytes
  }
  return true
}
