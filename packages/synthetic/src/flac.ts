import { createHash } from 'node:crypto'
import { blockSize, encodeFrame } from './flac/frame.js'
import { interleavePcm, type BitsPerSample } from './pcm.js'

export interface FlacOptions {
  /** One or two Int32Array [frames], each within the width given. */
  readonly pcm: readonly Int32Array[]
  readonly sampleRateHz: number
  readonly bitsPerSample: BitsPerSample
  /** Vorbis comments, in order; names as written. */
  readonly comments?: readonly (readonly [name: string, value: string])[]
}

const vendor = 'Coro synthetic deployment'

function metadataBlock(type: number, body: Buffer, last: boolean): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt32BE((((last ? 0x80 : 0) | type) * 2 ** 24 + body.length) >>> 0)
  return Buffer.concat([header, body])
}

/** The STREAMINFO body, 34 bytes. Frame sizes of 0 mean unknown. Source: RFC 9639 section 8.2. */
export function encodeStreamInfo(info: {
  sampleRateHz: number
  channels: number
  bitsPerSample: BitsPerSample
  frames: number
  leastFrameBytes: number
  mostFrameBytes: number
  md5: Buffer
}): Buffer {
  const body = Buffer.alloc(34)
  body.writeUInt16BE(blockSize, 0)
  body.writeUInt16BE(blockSize, 2)
  body.writeUIntBE(info.leastFrameBytes, 4, 3)
  body.writeUIntBE(info.mostFrameBytes, 7, 3)
  const packed =
    (BigInt(info.sampleRateHz) << 44n) |
    (BigInt(info.channels - 1) << 41n) |
    (BigInt(info.bitsPerSample - 1) << 36n) |
    BigInt(info.frames)
  body.writeBigUInt64BE(packed, 10)
  info.md5.copy(body, 18)
  return body
}

/** A Vorbis comment body: lengths little-endian, text UTF-8, no framing bit. Source: RFC 9639 section 8.6. */
function encodeComments(comments: readonly (readonly [string, string])[]): Buffer {
  const texts = [vendor, ...comments.map(([name, value]) => `${name}=${value}`)]
  const parts = texts.map((text) => {
    const bytes = Buffer.from(text, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bytes.length)
    return Buffer.concat([length, bytes])
  })
  const count = Buffer.alloc(4)
  count.writeUInt32LE(comments.length)
  return Buffer.concat([parts[0] as Buffer, count, ...parts.slice(1)])
}

/** Everything before the first frame: the marker, STREAMINFO and the comments. */
export function encodeFlacHead(streamInfo: Buffer, comments: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat([
    Buffer.from('fLaC', 'latin1'),
    metadataBlock(0, streamInfo, false),
    metadataBlock(4, encodeComments(comments), true),
  ])
}

/** A FLAC file: fixed predictors, partitioned Rice coding, blocks of 4096, checksums and MD5. Lossless. */
export function encodeFlac({ pcm, sampleRateHz, bitsPerSample, comments = [] }: FlacOptions): Buffer {
  if (pcm.length !== 1 && pcm.length !== 2) throw new RangeError('FLAC here has one or two channels')
  const frames = pcm[0]?.length ?? 0
  const md5 = createHash('md5').update(interleavePcm(pcm, bitsPerSample)).digest()
  const encoded: Uint8Array[] = []
  for (let start = 0; start < frames; start += blockSize) {
    const block = pcm.map((channel) => channel.subarray(start, start + blockSize))
    encoded.push(encodeFrame(block, encoded.length, sampleRateHz, bitsPerSample))
  }
  const sizes = encoded.map((frame) => frame.length)
  const streamInfo = encodeStreamInfo({
    sampleRateHz,
    channels: pcm.length,
    bitsPerSample,
    frames,
    leastFrameBytes: sizes.length === 0 ? 0 : Math.min(...sizes),
    mostFrameBytes: Math.max(0, ...sizes),
    md5,
  })
  return Buffer.concat([encodeFlacHead(streamInfo, comments), ...encoded])
}
