import { AudioError } from '../../audio-error.js'

/** How the samples of a WAV file are stored. */
export interface WavFormat {
  codec: 'pcm_u8' | 'pcm_s16le' | 'pcm_s24le' | 'pcm_s32le' | 'pcm_f32le' | 'pcm_f64le'
  sampleRateHz: number
  channels: number
  /** Bits that carry sound; stored left-aligned in `bytesPerSample`. */
  bitsPerSample: number
  bytesPerSample: number
}

/** Names of codings that recorders and archives hold (RFC 2361). */
const unsupportedTags = new Map([
  [0x0002, 'Microsoft ADPCM'],
  [0x0006, 'A-law'],
  [0x0007, 'mu-law'],
  [0x0011, 'IMA ADPCM'],
  [0x0031, 'GSM 6.10'],
  [0x0050, 'MPEG audio'],
  [0x0055, 'MP3'],
  [0x00ff, 'AAC'],
])

/** Rates outside are not sound recordings: below, 1 byte of file becomes minutes of work; above, no recorder goes. */
const minRateHz = 1000
const maxRateHz = 4_000_000
const maxChannels = 256

/**
 * Read a `fmt ` chunk: WAVEFORMAT, WAVEFORMATEX or WAVEFORMATEXTENSIBLE (Microsoft, mmreg.h).
 * Errors: AUDIO_TRUNCATED_HEADER, AUDIO_BAD_HEADER, AUDIO_UNSUPPORTED.
 */
export function parseWavFormat(fmt: Buffer): WavFormat {
  if (fmt.length < 16) {
    throw new AudioError('AUDIO_TRUNCATED_HEADER', `the fmt chunk has ${fmt.length} bytes, at least 16 are needed`)
  }
  let tag = fmt.readUInt16LE(0)
  const channels = fmt.readUInt16LE(2)
  const sampleRateHz = fmt.readUInt32LE(4)
  const blockAlign = fmt.readUInt16LE(12)
  let bitsPerSample = fmt.readUInt16LE(14)
  if (channels === 0 || channels > maxChannels) {
    throw new AudioError('AUDIO_BAD_HEADER', `the fmt chunk claims ${channels} channels: the header is damaged`)
  }
  checkSampleRate(sampleRateHz)
  if (tag === 0xfffe && fmt.length >= 26) {
    // WAVEFORMATEXTENSIBLE: valid bits at 18, channel mask at 20, the coding's tag in the first bytes of the GUID at 24
    const containerBits = bitsPerSample
    const validBits = fmt.readUInt16LE(18)
    tag = fmt.readUInt16LE(24)
    if (validBits > 0 && validBits <= containerBits) bitsPerSample = validBits
  }
  if (tag !== 1 && tag !== 3) {
    const name = unsupportedTags.get(tag) ?? `coding 0x${tag.toString(16).padStart(4, '0')}`
    throw new AudioError('AUDIO_UNSUPPORTED', `WAV with ${name} is not read: convert it to PCM WAV or FLAC`)
  }
  if (bitsPerSample === 0 || bitsPerSample > 64) {
    throw new AudioError('AUDIO_BAD_HEADER', `the fmt chunk claims ${bitsPerSample} bits: the header is damaged`)
  }
  const fromAlign = blockAlign / channels
  const fromBits = Math.ceil(bitsPerSample / 8)
  const bytesPerSample = Number.isInteger(fromAlign) && fromAlign >= fromBits && fromAlign <= 8 ? fromAlign : fromBits
  return { codec: codecOf(tag, bytesPerSample), sampleRateHz, channels, bitsPerSample, bytesPerSample }
}

/** Errors: AUDIO_BAD_HEADER outside 1 kHz to 4 MHz. */
export function checkSampleRate(sampleRateHz: number): void {
  if (sampleRateHz >= minRateHz && sampleRateHz <= maxRateHz) return
  throw new AudioError(
    'AUDIO_BAD_HEADER',
    `the header claims ${sampleRateHz} samples a second, outside ${minRateHz} to ${maxRateHz}: the header is damaged`,
  )
}

function codecOf(tag: number, bytesPerSample: number): WavFormat['codec'] {
  if (tag === 1 && bytesPerSample === 1) return 'pcm_u8'
  if (tag === 1 && bytesPerSample === 2) return 'pcm_s16le'
  if (tag === 1 && bytesPerSample === 3) return 'pcm_s24le'
  if (tag === 1 && bytesPerSample === 4) return 'pcm_s32le'
  if (tag === 3 && bytesPerSample === 4) return 'pcm_f32le'
  if (tag === 3 && bytesPerSample === 8) return 'pcm_f64le'
  const kind = tag === 1 ? 'integer' : 'float'
  throw new AudioError('AUDIO_UNSUPPORTED', `WAV with ${bytesPerSample * 8}-bit ${kind} samples is not read`)
}
