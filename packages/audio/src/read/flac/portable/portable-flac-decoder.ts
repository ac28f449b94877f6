import { crc16 } from '../flac-crc.js'
import { blockCapacity, type FlacDecoder } from '../flac-decoder.js'
import type { FlacFrameHeader } from '../flac-frame-header.js'
import { type BitReader, BrokenFrame } from './bit-reader.js'
import { readSubframe } from './read-subframe.js'

/** The decoder in plain JavaScript: for engines without SIMD, and what the kernel is compared with. */
export function portableFlacDecoder(inputBytes: number): FlacDecoder {
  const block = new Float32Array(blockCapacity)
  const channelData: Float64Array[] = []
  let input = new Uint8Array(inputBytes)
  let last = { channels: 0, count: 0, bits: 0 }

  return {
    get input() {
      return input
    },
    block,
    growInput(bytes) {
      if (bytes <= input.length) return
      const larger = new Uint8Array(bytes)
      larger.set(input)
      input = larger
    },
    decode(start, end, header, bits) {
      last = { channels: header.channels, count: header.blockFrames, bits }
      while (channelData.length < header.channels) channelData.push(new Float64Array(blockCapacity))
      const reader = { bytes: input, place: (start + header.headerBytes) * 8, end: end * 8 }
      try {
        readChannels(reader, channelData, header, bits)
      } catch (error) {
        if (error instanceof BrokenFrame) return 0
        throw error
      }
      const next = Math.ceil(reader.place / 8) + 2
      return next <= end && crc16(0, input, start, next) === 0 ? next - start : 0
    },
    mix(channel, offset) {
      const mixed = channel === 'mix' ? channelData.slice(0, last.channels) : channelData.slice(channel, channel + 1)
      const scale = 1 / (2 ** (last.bits - 1) * mixed.length)
      for (let n = 0; n < last.count; n += 1) {
        let sum = 0
        for (const data of mixed) sum += data[n]!
        // Damaged frames with a right checksum may leave the range.
        block[offset + n] = Math.max(-1, Math.min(1, sum * scale))
      }
    },
  }
}

/** A side channel has one bit more; mid lost a bit, which is the side's last (RFC 9639, section 4.2). */
function readChannels(reader: BitReader, channelData: Float64Array[], header: FlacFrameHeader, bits: number): void {
  const { assignment, blockFrames: count } = header
  const sideChannel = assignment < 8 ? -1 : assignment === 9 ? 0 : 1
  for (let channel = 0; channel < header.channels; channel += 1) {
    readSubframe(reader, channelData[channel]!, count, channel === sideChannel ? bits + 1 : bits)
  }
  if (assignment < 8) return
  const [first, second] = channelData as [Float64Array, Float64Array]
  for (let n = 0; n < count; n += 1) {
    if (assignment === 8) second[n] = first[n]! - second[n]!
    else if (assignment === 9) first[n] = first[n]! + second[n]!
    else {
      const side = second[n]!
      first[n] = first[n]! + Math.ceil(side / 2)
      second[n] = first[n]! - side
    }
  }
}
