import { AudioError } from '../../audio-error.js'
import { checkChannelCount, checkSampleRate, type PcmCodec, type PcmFormat, pcmCodec } from '../pcm/pcm-format.js'

/** Names of codings that recorders and archives hold (RFC 2361). */
const unsupportedTags = new Map([
  [0x0002, 'Microsoft ADPCM'],
  [0x0011, 'IMA ADPCM'],
  [0x0031, 'GSM 6.10'],
  [0x0050, 'MPEG audio'],
  [0x0055, 'MP3'],
  [0x00ff, 'AAC'],
])

/**
 * Read a `fmt ` chunk: WAVEFORMAT, WAVEFORMATEX or WAVEFORMATEXTENSIBLE (Microsoft, mmreg.h).
 * Errors: AUDIO_TRUNCATED_HEADER, AUDIO_BAD_HEADER, AUDIO_UNSUPPORTED.
 */
export function parseWavFormat(fmt: Buffer, endian: 'le' | 'be' = 'le'): PcmFormat {
  if (fmt.length < 16) {
    throw new AudioError('AUDIO_TRUNCATED_HEADER', `the fmt chunk has ${fmt.length} bytes, at least 16 are needed`)
  }
  const uint16 = (at: number): number => (endian === 'le' ? fmt.readUInt16LE(at) : fmt.readUInt16BE(at))
  let tag = uint16(0)
  const channels = uint16(2)
  const sampleRateHz = endian === 'le' ? fmt.readUInt32LE(4) : fmt.readUInt32BE(4)
  const blockAlign = uint16(12)
  let bitsPerSample = uint16(14)
  checkChannelCount(channels)
  checkSampleRate(sampleRateHz)
  if (tag === 0xfffe) {
    if (fmt.length < 26) {
      throw new AudioError('AUDIO_BAD_HEADER', `the fmt chunk has ${fmt.length} bytes and promises an extension of 22`)
    }
    // WAVEFORMATEXTENSIBLE: valid bits at 18, channel mask at 20, the coding's tag in the first bytes of the GUID at 24
    const containerBits = bitsPerSample
    const validBits = uint16(18)
    tag = uint16(24)
    if (validBits > 0 && validBits <= containerBits) bitsPerSample = validBits
  }
  if (tag !== 1 && tag !== 3 && tag !== 6 && tag !== 7) {
    const name = unsupportedTags.get(tag) ?? `coding 0x${tag.toString(16).padStart(4, '0')}`
    throw new AudioError('AUDIO_UNSUPPORTED', `WAV with ${name}`)
  }
  if (bitsPerSample === 0 || bitsPerSample > 64) {
    throw new AudioError('AUDIO_BAD_HEADER', `the fmt chunk claims ${bitsPerSample} bits: the header is damaged`)
  }
  const fromAlign = blockAlign / channels
  const fromBits = Math.ceil(bitsPerSample / 8)
  const bytesPerSample = Number.isInteger(fromAlign) && fromAlign >= fromBits && fromAlign <= 8 ? fromAlign : fromBits
  return { codec: codecOf(tag, bytesPerSample, endian), sampleRateHz, channels, bitsPerSample, bytesPerSample }
}

function codecOf(tag: number, bytesPerSample: number, endian: 'le' | 'be'): PcmCodec {
  if (tag === 6 && bytesPerSample === 1) return 'pcm_alaw'
  if (tag === 7 && bytesPerSample === 1) return 'pcm_mulaw'
  // WAV's 8 bits alone are unsigned.
  if (tag === 1 && bytesPerSample === 1) return 'pcm_u8'
  const kind = tag === 1 ? 'integer' : 'float'
  const codec = tag === 1 || tag === 3 ? pcmCodec(kind, bytesPerSample, endian) : null
  if (codec !== null) return codec
  throw new AudioError('AUDIO_UNSUPPORTED', `WAV with ${bytesPerSample * 8}-bit ${kind} samples`)
}
