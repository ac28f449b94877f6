import type { FrequencyScale } from './frequency-scale.js'
import type { Palette } from './palette.js'
import { SpectrogramError } from './spectrogram-error.js'

/** What a picture shows, and how. */
export interface SpectrogramOptions {
  scale: FrequencyScale
  /** The picture's lower edge. */
  minHz: number
  /** The picture's upper edge, at most half the sample rate. */
  maxHz: number
  /** From the darkest colour to the brightest. */
  rangeDb: number
  /** The brightest colour, in dB of a full-scale sine; null: the loudest point of the picture. */
  maxDb: number | null
  /** Pixels. */
  width: number
  height: number
  palette: Palette
}

/** Bounds of the numbers, so that no picture takes long or is too large to look at. */
export const spectrogramLimits = {
  width: { min: 16, max: 2000 },
  height: { min: 16, max: 1000 },
  rangeDb: { min: 10, max: 160 },
  maxDb: { min: -120, max: 20 },
} as const

export const spectrogramDefaults = {
  scale: 'mel',
  minHz: 0,
  rangeDb: 80,
  maxDb: null,
  width: 400,
  height: 200,
  palette: 'viridis',
} as const satisfies Partial<SpectrogramOptions>

/** Errors: SPECTROGRAM_INVALID for a number outside its bounds, and for a band that is none. */
export function checkSpectrogramOptions(options: SpectrogramOptions, sampleRateHz: number): void {
  for (const name of ['width', 'height', 'rangeDb', 'maxDb'] as const) {
    const value = options[name]
    const { min, max } = spectrogramLimits[name]
    if (value === null || (value >= min && value <= max)) continue
    throw new SpectrogramError(`${name} is ${value}: it must be ${min} to ${max}`)
  }
  for (const name of ['width', 'height'] as const) {
    if (!Number.isInteger(options[name])) throw new SpectrogramError(`${name} is ${options[name]}: whole pixels only`)
  }
  const { minHz, maxHz } = options
  const nyquistHz = sampleRateHz / 2
  if (!(minHz >= 0 && minHz < maxHz)) {
    throw new SpectrogramError(`from ${minHz} to ${maxHz} Hz is no band: minHz must be 0 or more, and below maxHz`)
  }
  if (!(maxHz <= nyquistHz)) {
    throw new SpectrogramError(
      `maxHz is ${maxHz}: sound of ${sampleRateHz} samples a second reaches up to ${nyquistHz} Hz`,
    )
  }
}
