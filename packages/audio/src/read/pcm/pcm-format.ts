import { AudioError } from '../../audio-error.js'

/** Codings of plain samples, by ffmpeg's names. */
export type PcmCodec =
  'pcm_u8' | 'pcm_s8' | 'pcm_alaw' | 'pcm_mulaw' | `pcm_${'s16' | 's24' | 's32' | 'f32' | 'f64'}${'le' | 'be'}`

/** How the samples of a file without compression are stored. */
export interface PcmFormat {
  codec: PcmCodec
  sampleRateHz: number
  channels: number
  /** Bits that carry sound; stored left-aligned in `bytesPerSample`. */
  bitsPerSample: number
  bytesPerSample: number
}

/** Rates outside are not sound recordings: below, 1 byte of file becomes minutes of work; above, no recorder goes. */
const minRateHz = 1000
const maxRateHz = 4_000_000
const maxChannels = 256

/** The codec of integers (8 bit: signed) or floats of a width, or null where there is none. */
export function pcmCodec(kind: 'integer' | 'float', bytesPerSample: number, endian: 'le' | 'be'): PcmCodec | null {
  if (kind === 'float')
    return bytesPerSample === 4 ? `pcm_f32${endian}` : bytesPerSample === 8 ? `pcm_f64${endian}` : null
  if (bytesPerSample === 1) return 'pcm_s8'
  if (bytesPerSample === 2) return `pcm_s16${endian}`
  if (bytesPerSample === 3) return `pcm_s24${endian}`
  return bytesPerSample === 4 ? `pcm_s32${endian}` : null
}

/** Errors: AUDIO_BAD_HEADER outside 1 kHz to 4 MHz. */
export function checkSampleRate(sampleRateHz: number): void {
  if (sampleRateHz >= minRateHz && sampleRateHz <= maxRateHz) return
  throw new AudioError(
    'AUDIO_BAD_HEADER',
    `the header claims ${sampleRateHz} samples a second, outside ${minRateHz} to ${maxRateHz}: the header is damaged`,
  )
}

/** Errors: AUDIO_BAD_HEADER outside 1 to 256. */
export function checkChannelCount(channels: number): void {
  if (channels >= 1 && channels <= maxChannels) return
  throw new AudioError('AUDIO_BAD_HEADER', `the header claims ${channels} channels: the header is damaged`)
}
