import { int16Converter } from '../../kernel/int16-converter.js'
import type { ChannelChoice } from '../audio-reader.js'
import { alawValues, mulawValues } from './companding.js'
import type { PcmCodec, PcmFormat } from './pcm-format.js'

/**
 * Decode interleaved PCM to mono, -1..1 for integers (value / 2^(bits-1)); floats as they stand.
 * bytes: whole frames; target: [frames]. The mix is the mean of the channels. Returns the frames written.
 */
export type PcmDecoder = (bytes: Buffer, frames: number, target: Float32Array) => void

/** The decoder for a format and a channel (a number below format.channels, or the mix). */
export function pcmDecoder(format: PcmFormat, channel: ChannelChoice): PcmDecoder {
  const { channels } = format
  const first = channel === 'mix' ? 0 : channel
  const count = channel === 'mix' ? channels : 1
  if (format.codec === 'pcm_s16le') return int16Decoder(channels, first, count)
  const bytesPerSample = format.bytesPerSample
  const read = sampleReader(format.codec)
  return (bytes, frames, target) => {
    let at = first * bytesPerSample
    for (let frame = 0; frame < frames; frame += 1) {
      let sum = 0
      for (let index = 0; index < count; index += 1) sum += read(bytes, at + index * bytesPerSample)
      target[frame] = sum / count
      at += channels * bytesPerSample
    }
  }
}

/** 16 bit is what nearly every recorder writes: read as an Int16Array where memory is aligned (hosts are LE). */
function int16Decoder(channels: number, first: number, count: number): PcmDecoder {
  const scale = 1 / (32768 * count)
  return (bytes, frames, target) => {
    const aligned = bytes.byteOffset % 2 === 0 ? bytes : Buffer.from(bytes)
    const values = new Int16Array(aligned.buffer, aligned.byteOffset, frames * channels)
    if (channels === 1) {
      const converter = int16Converter()
      if (converter !== null) {
        converter.decode(values, target)
        return
      }
      for (let frame = 0; frame < frames; frame += 1) target[frame] = values[frame]! * scale
      return
    }
    for (let frame = 0, at = first; frame < frames; frame += 1, at += channels) {
      let sum = 0
      for (let index = at; index < at + count; index += 1) sum += values[index]!
      target[frame] = sum * scale
    }
  }
}

function sampleReader(codec: PcmCodec): (bytes: Buffer, at: number) => number {
  switch (codec) {
    case 'pcm_u8':
      return (bytes, at) => (bytes[at]! - 128) / 128
    case 'pcm_s8':
      return (bytes, at) => bytes.readInt8(at) / 128
    case 'pcm_alaw':
      return (bytes, at) => alawValues[bytes[at]!]!
    case 'pcm_mulaw':
      return (bytes, at) => mulawValues[bytes[at]!]!
    case 'pcm_s16le':
      return (bytes, at) => bytes.readInt16LE(at) / 32768
    case 'pcm_s16be':
      return (bytes, at) => bytes.readInt16BE(at) / 32768
    case 'pcm_s24le':
      return (bytes, at) => ((bytes[at]! << 8) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 24)) / 2147483648
    case 'pcm_s24be':
      return (bytes, at) => ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8)) / 2147483648
    case 'pcm_s32le':
      return (bytes, at) => bytes.readInt32LE(at) / 2147483648
    case 'pcm_s32be':
      return (bytes, at) => bytes.readInt32BE(at) / 2147483648
    case 'pcm_f32le':
      return (bytes, at) => bytes.readFloatLE(at)
    case 'pcm_f32be':
      return (bytes, at) => bytes.readFloatBE(at)
    case 'pcm_f64le':
      return (bytes, at) => bytes.readDoubleLE(at)
    case 'pcm_f64be':
      return (bytes, at) => bytes.readDoubleBE(at)
  }
}
