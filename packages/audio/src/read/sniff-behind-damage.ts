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
    if (countMpegFrames(lead, at, 3).frames >= mpegRun) return { name: 'mp3', offset: offset + at }
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

/** One or two frames occur in any data. */
const mpegRun = 4

/**
 * Whether the stream of layers I and II, or of AAC, that the first bytes announce goes on for four frames or to the file's
 * end: so few bits announce it that other data does too.
 */
export function isRealStream(file: ByteFile, offset: number, format: 'mpeg' | 'aac'): boolean {
  const lead = file.read(offset, maxLeadBytes)
  const { frames, reachesEnd } = format === 'mpeg' ? countMpegFrames(lead, 0, null) : countAdtsFrames(lead)
  return frames >= mpegRun || (frames > 0 && reachesEnd && lead.length < maxLeadBytes)
}

interface FrameRun {
  /** Frames that follow each other, at most four. */
  frames: number
  reachesEnd: boolean
}

/** layer: only of this one; null = of the first frame's. */
function countMpegFrames(bytes: Buffer, start: number, layer: number | null): FrameRun {
  let at = start
  let frames = 0
  for (; frames < mpegRun; frames += 1) {
    const header = parseMpegFrameHeader(bytes, at)
    layer ??= header?.layer ?? null
    if (header === null || header.layer !== layer) break
    at += header.frameBytes
  }
  return { frames, reachesEnd: at >= bytes.length }
}

/** ISO/IEC 13818-7, 6.2: sync 12 bits, layer 0; the frame's length in 13 bits from bit 30. */
function countAdtsFrames(bytes: Buffer): FrameRun {
  let at = 0
  let frames = 0
  for (; frames < mpegRun; frames += 1) {
    if (at + 7 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xf6) !== 0xf0) break
    const frameBytes = (bytes.readUInt32BE(at + 3) >>> 13) & 0x1fff
    if (frameBytes < 7) break
    at += frameBytes
  }
  return { frames, reachesEnd: at >= bytes.length }
}
