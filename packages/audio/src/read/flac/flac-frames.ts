import { AudioError } from '../../audio-error.js'
import type { ByteFile } from '../byte-file.js'
import { crc16 } from './flac-crc.js'
import { type FlacFrameHeader, maxFrameBytes, parseFrameHeader } from './flac-frame-header.js'
import type { FlacStreamInfo } from './flac-metadata.js'

/** A frame whose header and footer checksums are right. */
export interface FlacFrame {
  header: FlacFrameHeader
  /** Valid until the next frame. */
  bytes: Uint8Array
}

const readBytes = 1 << 18
/** Bytes of vain searching per byte of file before the file counts as damaged on purpose. */
const searchFactor = 64

/**
 * Find the frames of a FLAC stream one after the other, in bounded memory: a header with a right CRC-8, and the next
 * header (or the end of the file) where the CRC-16 between is right. What lies between frames is skipped and counted
 * in `skipped.bytes`. Errors: AUDIO_DAMAGED when searching costs more than 64 times the file's size.
 */
export function* flacFrames(
  file: ByteFile,
  position: number,
  streamInfo: FlacStreamInfo | null,
  skipped: { bytes: number },
): Generator<FlacFrame> {
  let buffer: Uint8Array = new Uint8Array(readBytes * 2)
  let filled = 0
  let start = 0
  let next = position
  let budget = searchFactor * (file.sizeBytes + readBytes)

  /** Have `count` bytes from `start`, unless the file ends before. */
  const need = (count: number): void => {
    if (filled - start >= count || next >= file.sizeBytes) return
    const target = count > buffer.length ? new Uint8Array(count + readBytes) : buffer
    target.set(buffer.subarray(start, filled))
    buffer = target
    filled -= start
    start = 0
    const got = file.readInto(buffer.subarray(filled), next)
    filled += got
    next = got === 0 ? file.sizeBytes : next + got
  }

  for (;;) {
    need(32)
    if (start >= filled) return
    const header = parseFrameHeader(buffer.subarray(0, filled), start)
    const limit = header === null ? 0 : maxFrameBytes(header, streamInfo)
    if (header !== null) need(limit + 32)
    const length =
      header === null ? 0 : findFrameEnd(buffer.subarray(start, filled), header, limit, next >= file.sizeBytes)
    if (header !== null && length > 0) {
      yield { header, bytes: buffer.subarray(start, start + length) }
      start += length
      continue
    }
    budget -= Math.min(limit, filled - start) + 1
    if (budget < 0) throw new AudioError('AUDIO_DAMAGED', 'the FLAC data is damaged throughout: copy the file again')
    const from = start
    start += 1
    while (start < filled && buffer[start] !== 0xff) start += 1
    skipped.bytes += start - from
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
