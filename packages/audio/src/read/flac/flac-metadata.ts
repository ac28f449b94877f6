import { AudioError } from '../../audio-error.js'
import type { ByteFile } from '../byte-file.js'

/** STREAMINFO (RFC 9639, section 8.2). */
export interface FlacStreamInfo {
  minBlockFrames: number
  maxBlockFrames: number
  sampleRateHz: number
  channels: number
  bitsPerSample: number
  /** 0 = unknown. */
  totalFrames: number
}

export interface FlacMetadata {
  streamInfo: FlacStreamInfo | null
  /** The contents of VORBIS_COMMENT blocks. */
  comments: Buffer[]
  /** Byte position of the first audio frame. */
  audioPosition: number
}

const maxBlocks = 1024
/** More comments than this are pictures or attacks, not a recorder's words. */
const maxCommentBytes = 1 << 20

/**
 * Walk the metadata blocks, in whatever order they stand. offset: where "fLaC" stands, or the first frame of a stream
 * without any. Errors: AUDIO_TRUNCATED_HEADER.
 */
export function readFlacMetadata(file: ByteFile, offset: number): FlacMetadata {
  let streamInfo: FlacStreamInfo | null = null
  const comments: Buffer[] = []
  if (file.read(offset, 4).toString('latin1') !== 'fLaC') return { streamInfo, comments, audioPosition: offset }
  let position = offset + 4
  for (let block = 0; block < maxBlocks; block += 1) {
    const head = file.read(position, 4)
    if (head.length < 4) {
      throw new AudioError(
        'AUDIO_TRUNCATED_HEADER',
        `the FLAC file ends after ${file.sizeBytes} bytes, inside its metadata: it is cut off, or a block claims more than is there`,
      )
    }
    // Damaged block lengths lead astray: frames may begin here all the same.
    if (head[0] === 0xff) break
    const type = head[0]! & 0x7f
    const length = head.readUIntBE(1, 3)
    if (type === 0 && streamInfo === null) streamInfo = parseStreamInfo(file.read(position + 4, Math.min(length, 34)))
    if (type === 4) comments.push(file.read(position + 4, Math.min(length, maxCommentBytes)))
    position += 4 + length
    if ((head[0]! & 0x80) !== 0) break
  }
  return { streamInfo, comments, audioPosition: position }
}

/** bytes: the 34 of the block; null when they are too few. */
export function parseStreamInfo(bytes: Buffer): FlacStreamInfo | null {
  if (bytes.length < 18) return null
  const packed = bytes.readUInt32BE(10)
  return {
    minBlockFrames: bytes.readUInt16BE(0),
    maxBlockFrames: bytes.readUInt16BE(2),
    sampleRateHz: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bitsPerSample: ((packed >>> 4) & 31) + 1,
    totalFrames: (packed & 15) * 2 ** 32 + bytes.readUInt32BE(14),
  }
}
