import { AudioError } from '../audio-error.js'
import type { AudioWarning } from './audio-reader.js'

/** Makes float samples finite and -1..1, counting what it changed; `finish` reports. */
export interface SampleLimiter {
  /** Works in place. */
  limit(block: Float32Array): void
  /** Adds the warnings; errors: AUDIO_NON_FINITE when no sample at all was finite. */
  finish(warnings: AudioWarning[]): void
}

/**
 * NaN and infinities become 0 (one of them would spread over a whole transform); values beyond +-1 are limited.
 * lossy: the sound comes from a lossy coding, which overshoots full scale as a rule: no word about it.
 */
export function sampleLimiter(lossy = false): SampleLimiter {
  let total = 0
  let nonFinite = 0
  let overRange = 0
  return {
    limit(block) {
      total += block.length
      for (let index = 0; index < block.length; index += 1) {
        const value = block[index]!
        if (value >= -1 && value <= 1) continue
        if (Number.isFinite(value)) {
          overRange += 1
          block[index] = value > 0 ? 1 : -1
        } else {
          nonFinite += 1
          block[index] = 0
        }
      }
    },
    finish(warnings) {
      if (total > 0 && nonFinite === total) {
        throw new AudioError('AUDIO_NON_FINITE', 'no sample is a finite number: the data is not audio, or is damaged')
      }
      if (nonFinite > 0) {
        warnings.push({ code: 'AUDIO_NON_FINITE', message: `${nonFinite} samples are NaN or infinite and became 0` })
      }
      if (overRange > 0 && !lossy) {
        warnings.push({ code: 'AUDIO_OVER_RANGE', message: `${overRange} samples lie beyond -1..1 and were limited` })
      }
    },
  }
}
