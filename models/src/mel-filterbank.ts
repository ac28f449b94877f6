import { naturalLog } from './exact-math.js'
import { bandCount, frameSamples, highestHz, lowestHz, sampleRateHz } from './spec.js'

/** Hertz to mel, 1127 ln(1 + f / 700) (O'Shaughnessy; the formula of HTK). */
function melOf(frequencyHz: number): number {
  return 1127 * naturalLog(1 + frequencyHz / 700)
}

/**
 * Weights of the triangular mel filters: [bandCount * (frameSamples / 2 + 1)], band-major. The edges are equally spaced in
 * mel, the triangles straight in mel (not in hertz), their peak is 1 and their area not normalised; DC weighs nothing.
 */
export function melFilterbank(): Float64Array {
  const binCount = frameSamples / 2 + 1
  const lowest = melOf(lowestHz)
  const step = (melOf(highestHz) - lowest) / (bandCount + 1)
  const weights = new Float64Array(bandCount * binCount)
  for (let bin = 1; bin < binCount; bin += 1) {
    const position = (melOf((bin * sampleRateHz) / frameSamples) - lowest) / step
    for (let band = 0; band < bandCount; band += 1) {
      weights[band * binCount + bin] = Math.max(0, 1 - Math.abs(position - (band + 1)))
    }
  }
  return weights
}
