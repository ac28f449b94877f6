import { AudioError } from '../audio-error.js'
import type { AudioWarning } from './audio-reader.js'
import { tellSeconds } from './tell-amount.js'

/** Makes float samples finite and -1..1, counting what it changed; `finish` reports. */
export interface SampleLimiter {
  /** Works in place. */
  limit(block: Float32Array): void
  /** Adds the warnings; errors: AUDIO_NON_FINITE when no sample at all was finite. */
  finish(warnings: AudioWarning[]): void
}

/**
 * NaN and infinities become 0 (one of them would spread over a whole transform); values beyond +-1 are limited.
 * lossy: the sound comes from a lossy coding, which overshoots full scale as a rule: no word about it. sampleRateHz: to say
 * where the first was.
 */
export function sampleLimiter(sampleRateHz: number, lossy = false): SampleLimiter {
  let total = 0
  let nonFinite = 0
  let overRange = 0
  let firstNonFinite = 0
  let firstOverRange = 0
  return {
    limit(block) {
      const before = total
      total += block.length
      for (let index = 0; index < block.length; index += 1) {
        const value = block[index]!
        if (value >= -1 && value <= 1) continue
        if (Number.isFinite(value)) {
          if (overRange === 0) firstOverRange = before + index
          overRange += 1
          block[index] = value > 0 ? 1 : -1
        } else {
          if (nonFinite === 0) firstNonFinite = before + index
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
        warnings.push({
          code: 'AUDIO_NON_FINITE',
          message: `${count(nonFinite)} NaN or infinite and became 0, the first at ${tellSeconds(firstNonFinite, sampleRateHz)}`,
        })
      }
      if (overRange > 0 && !lossy) {
        warnings.push({
          code: 'AUDIO_OVER_RANGE',
          message: `${count(overRange)} beyond -1..1 and limited, the first at ${tellSeconds(firstOverRange, sampleRateHz)}`,
        })
      }
    },
  }
}

const count = (n: number): string => (n === 1 ? '1 sample is' : `${n} samples are`)
