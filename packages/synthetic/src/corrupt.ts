import { encodeFlacHead, encodeStreamInfo } from './flac.js'
import { createRandom, seedOf } from './random.js'

/** A FLAC file of which nothing can be heard: an intact header that promises 60 s, then 200,000 bytes without a frame.
 *  No byte is 0xFF, so no reader finds where a frame might begin. */
export function makeCorruptFlac(seed: number, sampleRateHz: number): Buffer {
  const random = createRandom(seedOf(seed, 'corrupt'))
  const streamInfo = encodeStreamInfo({
    sampleRateHz,
    channels: 1,
    bitsPerSample: 16,
    frames: 60 * sampleRateHz,
    leastFrameBytes: 0,
    mostFrameBytes: 0,
    md5: Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256))),
  })
  const garbage = Buffer.from(Uint8Array.from({ length: 200_000 }, () => Math.floor(random() * 255)))
  return Buffer.concat([encodeFlacHead(streamInfo, []), garbage])
}
