import { colourIndices } from './colour-indices.js'
import { encodePng } from './encode-png.js'
import { paletteBytes } from './palette.js'
import { picturePower } from './picture-power.js'
import { checkSpectrogramOptions, type SpectrogramOptions } from './spectrogram-options.js'

/** Part of every picture's identity: change it with every change of what is drawn. */
export const spectrogramId = 'spectrogram-1'

/** Sound whose peak stays below -80 dBFS is silence, as in the embedding: it is not brightened until its noise shows. */
const silentPeak = 1e-4

/**
 * Draw sound as a PNG of 256 colours: time to the right, frequency upwards, level as colour.
 * samples: mono, -1..1. Errors: SPECTROGRAM_INVALID.
 */
export function drawSpectrogram(samples: Float32Array, sampleRateHz: number, options: SpectrogramOptions): Buffer {
  checkSpectrogramOptions(options, sampleRateHz)
  const { width, height, rangeDb } = options
  const silent = options.maxDb === null && isSilent(samples)
  let indices: Uint8Array = new Uint8Array(width * height)
  if (!silent) {
    const power = picturePower(samples, sampleRateHz, options)
    indices = colourIndices(power, options.maxDb ?? loudestDb(power), rangeDb)
  }
  return encodePng(width, height, indices, paletteBytes(options.palette))
}

function loudestDb(power: Float32Array): number {
  let loudest = 0
  for (const value of power) if (value > loudest) loudest = value
  return 10 * Math.log10(loudest)
}

function isSilent(samples: Float32Array): boolean {
  for (const sample of samples) if (sample >= silentPeak || sample <= -silentPeak) return false
  return true
}
