import { OpusDecoder } from 'opus-decoder'
import { AudioError } from '../../audio-error.js'
import { opusPacketSamples } from './opus-packet.js'
import type { OggStreamInfo, PacketDecoder } from './packet-decoder.js'

const maxChannels = 8

/**
 * Read OpusHead (RFC 7845, section 5.1); Opus always decodes to 48 kHz. Errors: AUDIO_BAD_HEADER, AUDIO_UNSUPPORTED.
 */
export function parseOpusHead(bytes: Buffer): OggStreamInfo {
  if (bytes.length < 19) throw new AudioError('AUDIO_BAD_HEADER', 'the Opus header is cut off')
  const channels = bytes[9]!
  const family = bytes[18]!
  if (channels === 0 || bytes[8]! >= 16 || (family === 0 && channels > 2)) {
    throw new AudioError('AUDIO_BAD_HEADER', `the Opus header claims ${channels} channels: it is damaged`)
  }
  if (channels > maxChannels || (family !== 0 && family !== 1 && family !== 255)) {
    throw new AudioError('AUDIO_UNSUPPORTED', `Opus with ${channels} channels of mapping ${family}`)
  }
  const mapping = family === 0 ? defaultMapping(channels) : readMapping(bytes, channels)
  const gain = 10 ** (bytes.readInt16LE(16) / 256 / 20)
  return {
    codec: 'opus',
    sampleRateHz: 48_000,
    channels,
    preSkip: bytes.readUInt16LE(10),
    headerPackets: 2,
    commentOffset: 8,
    createDecoder: () => createOpusDecoder({ channels, ...mapping }, gain),
  }
}

interface ChannelMapping {
  streamCount: number
  coupledStreamCount: number
  channelMappingTable: number[]
}

function defaultMapping(channels: number): ChannelMapping {
  return { streamCount: 1, coupledStreamCount: channels - 1, channelMappingTable: channels === 2 ? [0, 1] : [0] }
}

function readMapping(bytes: Buffer, channels: number): ChannelMapping {
  const table = [...bytes.subarray(21, 21 + channels)]
  const streamCount = bytes[19] ?? 0
  const coupledStreamCount = bytes[20] ?? 0
  const decoded = streamCount + coupledStreamCount
  const right = table.every((source) => source === 255 || source < decoded)
  if (table.length < channels || streamCount === 0 || coupledStreamCount > streamCount || decoded > 16 || !right) {
    throw new AudioError('AUDIO_BAD_HEADER', "the Opus header's channel mapping contradicts itself: it is damaged")
  }
  return { streamCount, coupledStreamCount, channelMappingTable: table }
}

async function createOpusDecoder(mapping: ChannelMapping & { channels: number }, gain: number): Promise<PacketDecoder> {
  const decoder = new OpusDecoder({ ...mapping, preSkip: 0 })
  await decoder.ready
  // The package's input buffer.
  const maxBytes = 3840 * mapping.channels
  let failed = 0
  return {
    get failed() {
      return failed
    },
    async decode(packets) {
      // The decoder prints what it refuses: only packets of a right form reach it.
      const fit = packets.filter(
        (packet) => packet.length <= maxBytes && (mapping.streamCount > 1 || opusPacketSamples(packet) > 0),
      )
      failed += packets.length - fit.length
      if (fit.length === 0) return []
      const { channelData, errors } = decoder.decodeFrames(fit)
      failed += errors.length
      if (gain !== 1) for (const data of channelData) for (let at = 0; at < data.length; at += 1) data[at]! *= gain
      return channelData
    },
    [Symbol.dispose]: () => decoder.free(),
  }
}
