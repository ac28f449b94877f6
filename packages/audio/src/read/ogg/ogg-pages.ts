import { AudioError } from '../../audio-error.js'
import type { ByteFile } from '../byte-file.js'

/** A page whose checksum is right (RFC 3533, section 6). */
export interface OggPage {
  /** Continues a packet of the page before. */
  continued: boolean
  first: boolean
  last: boolean
  /** Position in samples at the page's end; null = no packet ends here. */
  granule: number | null
  serial: number
  sequence: number
  lacing: Uint8Array
  /** Valid until the next page. */
  body: Uint8Array
}

/** Header 27, up to 255 segments of 255 bytes. */
const maxPageBytes = 27 + 255 + 255 * 255
const readBytes = 1 << 18
const searchFactor = 64

/** What lay between pages with a right checksum, and of that what lies behind the last one. */
export interface SkippedBytes {
  bytes: number
  tail: number
}

/**
 * The pages of a file in bounded memory; what lies between pages with a right checksum is counted in `skipped`.
 * Errors: AUDIO_DAMAGED when searching costs more than 64 times the file's size.
 */
export function* oggPages(
  file: ByteFile,
  position: number,
  skipped: SkippedBytes = { bytes: 0, tail: 0 },
): Generator<OggPage> {
  const buffer = Buffer.alloc(readBytes + maxPageBytes)
  let filled = 0
  let start = 0
  let next = position
  let budget = searchFactor * (file.sizeBytes + readBytes)
  for (;;) {
    if (filled - start < maxPageBytes && next < file.sizeBytes) {
      buffer.copyWithin(0, start, filled)
      filled -= start
      start = 0
      const got = file.readInto(buffer.subarray(filled), next)
      filled += got
      next = got === 0 ? file.sizeBytes : next + got
    }
    if (start >= filled) return
    const page = parseOggPage(buffer.subarray(start, filled))
    if (page !== null) {
      skipped.tail = 0
      yield page.page
      start += page.bytes
      continue
    }
    budget -= maxPageBytes / 64
    if (buffer.toString('latin1', start, start + 4) === 'OggS') budget -= Math.min(maxPageBytes, filled - start)
    if (budget < 0) throw new AudioError('AUDIO_DAMAGED', 'the Ogg data is damaged throughout: copy the file again')
    const found = buffer.subarray(0, filled).indexOf('OggS', start + 1, 'latin1')
    // The last three bytes may be the beginning of a mark.
    const to = found >= 0 ? found : next >= file.sizeBytes ? filled : Math.max(start + 1, filled - 3)
    skipped.bytes += to - start
    skipped.tail += to - start
    start = to
  }
}

/** The page at the beginning of `bytes`, or null where none with a right checksum stands. */
export function parseOggPage(bytes: Buffer): { page: OggPage; bytes: number } | null {
  if (bytes.length < 27 || bytes.toString('latin1', 0, 4) !== 'OggS' || bytes[4] !== 0) return null
  const segments = bytes[26]!
  if (bytes.length < 27 + segments) return null
  const lacing = bytes.subarray(27, 27 + segments)
  const bodyBytes = lacing.reduce((sum, size) => sum + size, 0)
  const total = 27 + segments + bodyBytes
  if (bytes.length < total || pageCrc(bytes.subarray(0, total)) !== bytes.readUInt32LE(22)) return null
  const flags = bytes[5]!
  const granule = bytes.readBigInt64LE(6)
  const page = {
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    granule: granule < 0n ? null : Number(granule),
    serial: bytes.readUInt32LE(14),
    sequence: bytes.readUInt32LE(18),
    lacing,
    body: bytes.subarray(27 + segments, total),
  }
  return { page, bytes: total }
}

/** CRC-32 without reflection, polynomial 0x04c11db7 from 0, the checksum's own four bytes taken as 0 (RFC 3533, 6). */
export function pageCrc(bytes: Uint8Array): number {
  let crc = 0
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = index >= 22 && index < 26 ? 0 : bytes[index]!
    crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ byte]!
  }
  return crc >>> 0
}

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24
  for (let bit = 0; bit < 8; bit += 1) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1
  return value
})
