import type { ByteFile } from '../byte-file.js'
import { type MpegFrameHeader, parseMpegFrameHeader, sameMpegStream } from './mpeg-frame-header.js'

export interface MpegFrame {
  header: MpegFrameHeader
  /** Valid until the next frame. */
  bytes: Uint8Array
  /** Bytes passed over since the frame before. */
  skippedBytes: number
}

const readBytes = 1 << 17
/** Frames in a row that make a change of format credible: two of another format occur in damaged data. */
const changedRun = 4
/** The longest frame is 2881 bytes. */
const runBytes = 3000 * (changedRun + 1)

/** How a stream ended. */
export interface MpegEnd {
  /** Inside a frame: the file was cut off. */
  isCut: boolean
}

/**
 * The frames of an MPEG audio stream, one after the other, in bounded memory; `end` tells how it ended. A frame counts where the next one's header
 * follows (or the file ends, or a tag stands): the eleven sync bits alone occur in any data.
 */
export function* mpegFrames(file: ByteFile, position: number, end: MpegEnd = { isCut: false }): Generator<MpegFrame> {
  const buffer = Buffer.alloc(readBytes)
  let filled = 0
  let start = 0
  let next = position
  let skippedBytes = 0
  let previous: MpegFrameHeader | null = null

  /** Have `count` bytes from `start`, unless the file ends before. */
  const need = (count: number): boolean => {
    if (filled - start < count && next < file.sizeBytes) {
      buffer.copyWithin(0, start, filled)
      filled -= start
      start = 0
      const got = file.readInto(buffer.subarray(filled), next)
      filled += got
      next = got === 0 ? file.sizeBytes : next + got
    }
    return filled - start >= count
  }

  /** Whether `count` more headers of the same stream follow the frame at `start`, or the stream ends behind it. */
  const isFollowed = (header: MpegFrameHeader, count: number): boolean => {
    let at = start + header.frameBytes
    for (let left = count; left > 0; left -= 1) {
      const behind = parseMpegFrameHeader(buffer.subarray(0, filled), at)
      if (behind === null || !sameMpegStream(behind, header))
        return left === count && count === 1 && endsHere(buffer, at, filled)
      at += behind.frameBytes
    }
    return true
  }

  while (need(4)) {
    const header = parseMpegFrameHeader(buffer.subarray(0, filled), start)
    if (header !== null && need(header.frameBytes) && (need(runBytes) || next >= file.sizeBytes)) {
      const known = previous !== null && sameMpegStream(previous, header)
      const enough = previous === null || known ? 1 : changedRun
      if ((known && skippedBytes === 0) || isFollowed(header, enough)) {
        yield { header, bytes: buffer.subarray(start, start + header.frameBytes), skippedBytes }
        previous = header
        skippedBytes = 0
        start += header.frameBytes
        continue
      }
    }
    if (skippedBytes === 0) {
      end.isCut = header !== null && previous !== null && sameMpegStream(previous, header) && !need(header.frameBytes)
    }
    const from = start
    start += 1
    while (start < filled && buffer[start] !== 0xff) start += 1
    skippedBytes += start - from
  }
}

/** The end of the file, or an ID3v1 ("TAG"), APE or Lyrics3 tag. */
function endsHere(buffer: Buffer, at: number, filled: number): boolean {
  if (at >= filled) return true
  return /^(?:TAG|APETAGEX|LYRICSBEGIN)/.test(buffer.toString('latin1', at, Math.min(filled, at + 11)))
}
