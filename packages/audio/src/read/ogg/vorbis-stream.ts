import { OggVorbisDecoder, type OggVorbisDecodedAudio } from '@wasm-audio-decoders/ogg-vorbis'
import { codecFrames, data, header, isLastPage, totalSamples, vorbisSetup } from 'codec-parser'
import { AudioError } from '../../audio-error.js'
import { checkChannelCount, checkSampleRate } from '../pcm/pcm-format.js'
import type { OggStreamInfo, PacketDecoder } from './packet-decoder.js'

/** The package's input buffer. */
const maxPacketBytes = 128 * 1024

/** Read Vorbis' identification header (Vorbis I specification, section 4.2.2). Errors: AUDIO_BAD_HEADER. */
export function parseVorbisHead(bytes: Buffer): OggStreamInfo {
  if (bytes.length < 30) throw new AudioError('AUDIO_BAD_HEADER', 'the Vorbis header is cut off')
  const channels = bytes[11]!
  const sampleRateHz = bytes.readUInt32LE(12)
  checkChannelCount(channels)
  checkSampleRate(sampleRateHz)
  const shorter = bytes[28]! & 15
  const longer = bytes[28]! >> 4
  if (bytes.readUInt32LE(7) !== 0 || shorter < 6 || longer > 13 || shorter > longer || (bytes[29]! & 1) === 0) {
    throw new AudioError('AUDIO_BAD_HEADER', 'the Vorbis header contradicts itself: it is damaged')
  }
  return {
    codec: 'vorbis',
    sampleRateHz,
    channels,
    preSkip: 0,
    headerPackets: 3,
    commentOffset: 7,
    createDecoder: (headers) => createVorbisDecoder(headers, channels),
  }
}

/**
 * libvorbis as WebAssembly. Its package takes pages of its own parser; we give it pages of the same form, made from
 * packets whose pages were checked.
 */
async function createVorbisDecoder(headers: Uint8Array[], channels: number): Promise<PacketDecoder> {
  const [head, , setup] = headers
  if (head === undefined || setup === undefined || setup.length < 8 || setup.length > maxPacketBytes) {
    throw new AudioError(
      'AUDIO_BAD_HEADER',
      "the Vorbis stream's headers are incomplete: the file is cut off or damaged",
    )
  }
  const decoder = new OggVorbisDecoder()
  await decoder.ready
  let firstPage = true
  let failed = 0
  return {
    get failed() {
      return failed
    },
    async decode(packets) {
      const fit = packets.filter((packet) => packet.length > 0 && packet.length <= maxPacketBytes)
      failed += packets.length - fit.length
      if (fit.length === 0) return []
      const frames = fit.map((packet) => ({ [data]: packet, [header]: { [vorbisSetup]: setup } }))
      const page = { [data]: firstPage ? head : fit[0], [codecFrames]: frames, [isLastPage]: false, [totalSamples]: 0 }
      firstPage = false
      const decodeOggPages = decoder.decodeOggPages.bind(decoder) as (
        pages: unknown[],
      ) => Promise<OggVorbisDecodedAudio>
      const { channelData, errors } = await decodeOggPages([page])
      failed += errors.length
      return channelData.length === channels ? channelData : []
    },
    [Symbol.dispose]: () => decoder.free(),
  }
}
