import { blockExtremes } from '../kernel/block-extremes.js'
import type { AudioWarning } from './audio-reader.js'

/** Watches what is read for sound that is none, or is clipped; `finish` reports. */
export interface LevelMeter {
  /** A mono block, finite, -1..1. */
  add(block: Float32Array): void
  /** Adds AUDIO_SILENT, AUDIO_CONSTANT or AUDIO_CLIPPED where they hold. */
  finish(warnings: AudioWarning[]): void
}

/** One step of 16 bits: what varies less does not vary. */
const step = 2 ** -15
/** -80 dBFS, three steps of 16 bits: below, a window counts as silent and is not embedded (services/embed, silence.ts). */
const silentPeak = 1e-4
/** A sample or two at full scale occur in any loud recording. */
const clippedShare = 1e-4

/**
 * Silent: never as far as -80 dBFS from 0, as a dead microphone or an empty buffer gives. Constant: never a whole step of
 * 16 bits away from another value. Clipped: more than one sample in ten thousand lies in runs of two or more at full scale.
 * bitsPerSample: of the coding; decides where full scale is.
 */
export function levelMeter(bitsPerSample: number): LevelMeter {
  const full = 1 - 2 ** (1 - Math.min(16, Math.max(2, bitsPerSample))) - 1e-6
  let min = Infinity
  let max = -Infinity
  let total = 0
  let clipped = 0
  let run = 0

  const isSound = (): boolean => max - min >= step && Math.max(max, -min) >= silentPeak

  const countClipped = (block: Float32Array): void => {
    for (let index = 0; index < block.length; index += 1) {
      if (Math.abs(block[index]!) < full) run = 0
      else {
        run += 1
        clipped += run === 2 ? 2 : run > 2 ? 1 : 0
      }
    }
  }

  return {
    add(block) {
      total += block.length
      const extremes = blockExtremes(block)
      min = Math.min(min, extremes.min)
      max = Math.max(max, extremes.max)
      if (extremes.max >= full || extremes.min <= -full) countClipped(block)
      else run = 0
    },
    finish(warnings) {
      if (total === 0) return
      if (!isSound()) {
        const silent = Math.max(max, -min) < silentPeak
        warnings.push({
          code: silent ? 'AUDIO_SILENT' : 'AUDIO_CONSTANT',
          message: silent
            ? 'silent throughout (never above -80 dBFS, so quiet that no window is embedded): check the microphone and its cable'
            : `the same value throughout (${Number(max.toPrecision(3))}): check the microphone and its cable`,
        })
      } else if (clipped > clippedShare * total) {
        const percent = ((100 * clipped) / total).toFixed(clipped > 0.01 * total ? 1 : 3)
        warnings.push({ code: 'AUDIO_CLIPPED', message: `${percent} % of the samples are clipped: lower the gain` })
      }
    },
  }
}
