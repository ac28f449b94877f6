import type { BitsPerSample } from '../pcm.js'
import { createBitWriter, type BitWriter } from './bits.js'
import { crc16, crc8 } from './crc.js'
import { planSubframe, putSubframe } from './subframe.js'

/** Frames of one file: samples a block (the last may be shorter). */
export const blockSize = 4096

// Source: RFC 9639 section 9.1.2; 0 = look in STREAMINFO.
const sampleRateCodes: Readonly<Record<number, number>> = {
  88200: 1,
  176400: 2,
  192000: 3,
  8000: 4,
  16000: 5,
  22050: 6,
  24000: 7,
  32000: 8,
  44100: 9,
  48000: 10,
  96000: 11,
}

/** The frame number in UTF-8's way of coding, up to 31 bits. */
function putCodedNumber(writer: BitWriter, value: number): void {
  if (value < 0x80) return writer.put(value, 8)
  let further = 1
  while (value >= 2 ** (5 * further + 6)) further++
  writer.put(((0xff00 >> (further + 1)) & 0xff) | (value >>> (6 * further)), 8)
  for (let left = further - 1; left >= 0; left--) writer.put(0x80 | ((value >>> (6 * left)) & 0x3f), 8)
}

/** One frame. channels: one or two Int32Array [1..4096] of the same length. Two channels are written as they are,
 *  or as mid and side where that is shorter. Source: RFC 9639 section 9. */
export function encodeFrame(
  channels: readonly Int32Array[],
  frameNumber: number,
  sampleRateHz: number,
  bitsPerSample: BitsPerSample,
): Uint8Array {
  const size = channels[0]?.length ?? 0
  let plans = channels.map((channel) => ({ plan: planSubframe(channel, bitsPerSample), bits: bitsPerSample as number }))
  let assignment = channels.length - 1
  const [left, right] = channels
  if (left && right) {
    const mid = left.map((sample, i) => (sample + (right[i] as number)) >> 1)
    const side = left.map((sample, i) => sample - (right[i] as number))
    const midSide = [
      { plan: planSubframe(mid, bitsPerSample), bits: bitsPerSample as number },
      { plan: planSubframe(side, bitsPerSample + 1), bits: bitsPerSample + 1 },
    ]
    const bitsOf = (list: typeof plans) => list.reduce((sum, { plan }) => sum + plan.bits, 0)
    if (bitsOf(midSide) < bitsOf(plans)) {
      plans = midSide
      assignment = 0b1010
    }
  }
  const writer = createBitWriter(size * channels.length * 4 + 64)
  writer.put(0xfff8, 16)
  writer.put(size === blockSize ? 0b1100 : 0b0111, 4)
  writer.put(sampleRateCodes[sampleRateHz] ?? 0, 4)
  writer.put(assignment, 4)
  writer.put(bitsPerSample === 16 ? 0b100 : 0b110, 3)
  writer.put(0, 1)
  putCodedNumber(writer, frameNumber)
  if (size !== blockSize) writer.put(size - 1, 16)
  writer.put(crc8(writer.bytes()), 8)
  for (const { plan, bits } of plans) putSubframe(writer, plan, bits)
  writer.align()
  writer.put(crc16(writer.bytes()), 16)
  return writer.bytes()
}
