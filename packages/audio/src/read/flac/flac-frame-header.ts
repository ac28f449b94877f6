import { crc8 } from './flac-crc.js'

/** The header of a FLAC frame (RFC 9639, section 9.1). */
export interface FlacFrameHeader {
  /** Samples per channel in this frame. */
  blockFrames: number
  /** null = as in STREAMINFO. */
  sampleRateHz: number | null
  channels: number
  /** The header's four bits of channels: up to 7 = as many and one more, apart; 8 = left and side, 9 = side and right,
   *  10 = mid and side. */
  assignment: number
  /** null = as in STREAMINFO. */
  bitsPerSample: number | null
  /** The coded number counts samples (variable block size) or frames (fixed). */
  countsSamples: boolean
  codedNumber: number
  headerBytes: number
}

const ratesHz = [null, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000] as const
const depths = [null, 8, 12, undefined, 16, 20, 24, 32] as const

/**
 * Parse the header at `start`, or null where none stands (sync, reserved bits, CRC-8).
 * `bytes` may end early: then null too, so that 16 bytes should follow `start`.
 */
export function parseFrameHeader(bytes: Uint8Array, start: number): FlacFrameHeader | null {
  if (start + 6 > bytes.length) return null
  if (bytes[start] !== 0xff || (bytes[start + 1]! & 0xfe) !== 0xf8) return null
  const blockCode = bytes[start + 2]! >> 4
  const rateCode = bytes[start + 2]! & 15
  const channelCode = bytes[start + 3]! >> 4
  const bitsPerSample = depths[(bytes[start + 3]! >> 1) & 7]
  if (blockCode === 0 || rateCode === 15 || channelCode > 10 || bitsPerSample === undefined) return null
  if ((bytes[start + 3]! & 1) !== 0) return null
  const coded = readCodedNumber(bytes, start + 4)
  if (coded === null) return null
  let at = coded.next
  let blockFrames: number
  if (blockCode === 6) blockFrames = bytes[at++]! + 1
  else if (blockCode === 7) blockFrames = ((bytes[at++]! << 8) | bytes[at++]!) + 1
  else if (blockCode === 1) blockFrames = 192
  else blockFrames = blockCode <= 5 ? 576 << (blockCode - 2) : 256 << (blockCode - 8)
  // 65536 is forbidden (RFC 9639, section 9.1.6).
  if (blockFrames > 65535) return null
  let sampleRateHz: number | null
  if (rateCode === 12) sampleRateHz = bytes[at++]! * 1000
  else if (rateCode === 13) sampleRateHz = (bytes[at++]! << 8) | bytes[at++]!
  else if (rateCode === 14) sampleRateHz = ((bytes[at++]! << 8) | bytes[at++]!) * 10
  else sampleRateHz = ratesHz[rateCode]!
  if (at >= bytes.length || crc8(bytes, start, at) !== bytes[at]) return null
  return {
    blockFrames,
    sampleRateHz,
    channels: channelCode < 8 ? channelCode + 1 : 2,
    assignment: channelCode,
    bitsPerSample,
    countsSamples: (bytes[start + 1]! & 1) === 1,
    codedNumber: coded.value,
    headerBytes: at + 1 - start,
  }
}

/** The most bytes a frame takes: a side channel with one bit more, and every sample in a partition of its own, of plain
 *  numbers, which costs 10 bits more. */
export function maxFrameBytes(header: FlacFrameHeader, bits: number): number {
  // 64 bytes each for the subframe's header and coefficients.
  return header.headerBytes + 2 + header.channels * (Math.ceil((header.blockFrames * (bits + 11)) / 8) + 64)
}

/** UTF-8 like, up to 7 bytes and 36 bits. */
function readCodedNumber(bytes: Uint8Array, start: number): { value: number; next: number } | null {
  const first = bytes[start]!
  if (first < 0x80) return { value: first, next: start + 1 }
  let length = 2
  while (length <= 7 && (first & (0x80 >> length)) !== 0) length += 1
  if (first < 0xc0 || length > 7 || start + length > bytes.length) return null
  let value = length === 7 ? 0 : first & (0x7f >> length)
  for (let index = start + 1; index < start + length; index += 1) {
    if ((bytes[index]! & 0xc0) !== 0x80) return null
    value = value * 64 + (bytes[index]! & 0x3f)
  }
  return { value, next: start + length }
}
