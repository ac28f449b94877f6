import { AudioError } from '../../audio-error.js'
import { checkChannelCount, checkSampleRate, type PcmCodec, type PcmFormat, pcmCodec } from '../pcm/pcm-format.js'

export interface AiffFormat extends PcmFormat {
  /** Frames that the header claims. */
  claimedFrames: number
}

/**
 * Read a COMM chunk: channels 2 bytes, frames 4, bits 2, rate as an 80-bit float, in AIFF-C the coding's four characters
 * (Apple, AIFF 1.3 and AIFF-C draft 1991). Errors: AUDIO_TRUNCATED_HEADER, AUDIO_BAD_HEADER, AUDIO_UNSUPPORTED.
 */
export function parseAiffFormat(comm: Buffer, compressed: boolean): AiffFormat {
  if (comm.length < (compressed ? 22 : 18)) {
    throw new AudioError('AUDIO_TRUNCATED_HEADER', `the COMM chunk has ${comm.length} bytes, at least 18 are needed`)
  }
  const channels = comm.readUInt16BE(0)
  const claimedFrames = comm.readUInt32BE(2)
  const bits = comm.readUInt16BE(6)
  const sampleRateHz = Math.round(readExtended(comm, 8))
  checkChannelCount(channels)
  checkSampleRate(sampleRateHz)
  const coding = compressed ? comm.toString('latin1', 18, 22) : 'NONE'
  const { codec, bytesPerSample } = codingOf(coding, bits)
  const bitsPerSample = Math.min(bits === 0 ? bytesPerSample * 8 : bits, bytesPerSample * 8)
  return { codec, sampleRateHz, channels, bitsPerSample, bytesPerSample, claimedFrames }
}

/** Codings of a fixed width; those of "NONE", "twos" and "sowt" follow from the bits. */
const fixedCodings = new Map<string, { codec: PcmCodec; bytesPerSample: number }>([
  ['raw ', { codec: 'pcm_u8', bytesPerSample: 1 }],
  ['in24', { codec: 'pcm_s24be', bytesPerSample: 3 }],
  ['in32', { codec: 'pcm_s32be', bytesPerSample: 4 }],
  ['42ni', { codec: 'pcm_s24le', bytesPerSample: 3 }],
  ['23ni', { codec: 'pcm_s32le', bytesPerSample: 4 }],
  ['fl32', { codec: 'pcm_f32be', bytesPerSample: 4 }],
  ['fl64', { codec: 'pcm_f64be', bytesPerSample: 8 }],
  ['alaw', { codec: 'pcm_alaw', bytesPerSample: 1 }],
  ['ulaw', { codec: 'pcm_mulaw', bytesPerSample: 1 }],
])

function codingOf(coding: string, bits: number): { codec: PcmCodec; bytesPerSample: number } {
  const fixed = fixedCodings.get(coding) ?? fixedCodings.get(coding.toLowerCase())
  if (fixed !== undefined) return fixed
  if (coding === 'NONE' || coding === 'twos' || coding === 'sowt') {
    const bytesPerSample = Math.ceil(bits / 8)
    const codec = pcmCodec('integer', bytesPerSample, coding === 'sowt' ? 'le' : 'be')
    if (codec !== null) return { codec, bytesPerSample }
    throw new AudioError('AUDIO_BAD_HEADER', `the COMM chunk claims ${bits} bits: the header is damaged`)
  }
  throw new AudioError('AUDIO_UNSUPPORTED', `AIFF with coding "${coding.replaceAll(/[^ -~]/g, '?')}"`)
}

/** An 80-bit float: sign and exponent 2 bytes, mantissa 8 with its leading 1 (IEEE 754, double extended). */
function readExtended(bytes: Buffer, at: number): number {
  const exponent = bytes.readUInt16BE(at)
  const mantissa = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6)
  return exponent >= 0x7fff ? Number.NaN : mantissa * 2 ** (exponent - 16383 - 63)
}
