import { AudioError } from '../../audio-error.js'
import type { ByteFile } from '../byte-file.js'
import { crc16 } from './flac-crc.js'
import type { FlacDecoder } from './flac-decoder.js'
import { type FlacFrameHeader, maxFrameBytes, parseFrameHeader } from './flac-frame-header.js'

/** A frame whose header and footer checksums are right. */
export interface FlacFrame {
  header: FlacFrameHeader
  /** Whether its samples are in the decoder, until the next frame. False where the frame breaks the format's rules. */
  decoded: boolean
}

/** What lay between frames and could not be decoded. */
export interface SkippedBytes {
  bytes: number
  /** Of these, behind the last frame. */
  tail: number
  /** Whether a frame begins the tail: the file ends inside it. */
  isCut: boolean
  /** Byte of the file at which the first of them lies; null where there is none. */
  firstAt: number | null
}

export const noSkippedBytes = (): SkippedBytes => ({ bytes: 0, tail: 0, isCut: false, firstAt: null })

export interface FlacFrameRange {
  file: ByteFile
  /** Where the first frame stands, or damage in front of it. */
  position: number
  /** Bits of a sample where a frame leaves them to STREAMINFO; null = not known. */
  bitsPerSample: number | null
}

const readBytes = 1 << 18
/** What a reader of frames keeps of the file, and more where a frame needs it. */
export const frameInputBytes = readBytes * 2
/** Bytes of vain searching per byte of file before the file counts as damaged on purpose: a broken frame costs twice its
 *  length or so. */
const searchFactor = 8

/**
 * Decode the frames of a FLAC stream one after the other, in bounded memory: a header with a right CRC-8, and a frame
 * behind it whose CRC-16 is right. What lies between frames is skipped and counted in `skipped`. A frame that does
 * not decode is searched for its end (the next header, or the file's end, with a right CRC-16 between).
 * Errors: AUDIO_DAMAGED when searching costs more than 8 times the file's size.
 */
export function* flacFrames(
  { file, position, bitsPerSample }: FlacFrameRange,
  decoder: FlacDecoder,
  skipped: SkippedBytes,
): Generator<FlacFrame> {
  let filled = 0
  let start = 0
  let next = position
  let budget = searchFactor * (file.sizeBytes + readBytes)

  /** Have `count` bytes from `start`, unless the file ends before. */
  const need = (count: number): void => {
    if (filled - start >= count || next >= file.sizeBytes) return
    decoder.input.copyWithin(0, start, filled)
    filled -= start
    start = 0
    if (count > decoder.input.length) decoder.growInput(count + readBytes)
    const got = file.readInto(decoder.input.subarray(filled), next)
    filled += got
    next = got === 0 ? file.sizeBytes : next + got
  }

  for (;;) {
    need(32)
    if (start >= filled) return
    const header = parseFrameHeader(decoder.input.subarray(0, filled), start)
    const bits = header?.bitsPerSample ?? bitsPerSample
    const limit = header === null ? 0 : maxFrameBytes(header, bits ?? 32)
    if (header !== null) {
      need(limit + 32)
      let length = bits === null ? 0 : decoder.decode(start, Math.min(filled, start + limit), header, bits)
      const decoded = length > 0
      if (!decoded) {
        length = findFrameEnd(decoder.input.subarray(start, filled), header, limit, next >= file.sizeBytes)
      }
      if (length > 0) {
        skipped.tail = 0
        yield { header, decoded }
        start += length
        // Some recorders fill up with zeros (Frontier Labs' files end with one): padding, not damage.
        const { input } = decoder
        while (start < filled && input[start] === 0) start += 1
        continue
      }
    }
    budget -= Math.min(limit, filled - start) + 1
    if (budget < 0) throw new AudioError('AUDIO_DAMAGED', 'the FLAC data is damaged throughout: copy the file again')
    if (skipped.tail === 0) skipped.isCut = header !== null
    skipped.firstAt ??= next - filled + start
    const from = start
    const { input } = decoder
    start += 1
    while (start < filled && input[start] !== 0xff) start += 1
    skipped.bytes += start - from
    skipped.tail += start - from
  }
}

/** Length of the frame at the beginning of `bytes`, or 0 where its end cannot be found within `limit`. */
function findFrameEnd(bytes: Uint8Array, header: FlacFrameHeader, limit: number, atEnd: boolean): number {
  let crc = 0
  let done = 0
  const last = Math.min(limit, bytes.length - 2)
  for (let index = header.headerBytes + 2; index <= last; index += 1) {
    if (bytes[index] !== 0xff || (bytes[index + 1]! & 0xfe) !== 0xf8) continue
    if (parseFrameHeader(bytes, index) === null) continue
    crc = crc16(crc, bytes, done, index)
    done = index
    if (crc === 0) return index
  }
  if (!atEnd) return 0
  // The last frame ends with the file, or before an ID3v1 tag of 128 bytes.
  for (const end of [bytes.length - 128, bytes.length]) {
    if (end < done || end > limit || end < header.headerBytes + 2) continue
    crc = crc16(crc, bytes, done, end)
    done = end
    if (crc === 0) return end
  }
  return 0
}
