import { planFrames } from './frame-plan.js'
import { createFramePairPower } from './frame-power.js'
import { frequencyAxis } from './frequency-scale.js'
import { gatherRows, rowFilters } from './row-filters.js'
import type { SpectrogramOptions } from './spectrogram-options.js'

/**
 * Power of every pixel, [height * width], row by row from the top (the highest frequency) down; 1 is a full-scale sine.
 * A column that covers several frames takes each row's loudest, so that a short call survives in a long picture.
 */
export function picturePower(samples: Float32Array, sampleRateHz: number, options: SpectrogramOptions): Float32Array {
  const { scale, minHz, maxHz, width, height } = options
  const { nFft, framesPerColumn, startOf } = planFrames(samples.length, sampleRateHz, options)
  const bins = nFft / 2 + 1
  const filters = rowFilters(frequencyAxis(scale, minHz, maxHz, height), height, sampleRateHz / nFft, bins)
  const framePairPower = createFramePairPower(nFft)
  const powerA = new Float64Array(bins)
  const powerB = new Float64Array(bins)
  const rows = new Float64Array(height)
  const picture = new Float32Array(width * height)
  const paint = (frame: number, power: Float64Array): void => {
    const column = Math.floor(frame / framesPerColumn)
    gatherRows(filters, power, rows)
    for (let row = 0; row < height; row += 1) {
      const pixel = (height - 1 - row) * width + column
      if (rows[row]! > picture[pixel]!) picture[pixel] = rows[row]!
    }
  }
  const frames = width * framesPerColumn
  for (let frame = 0; frame < frames; frame += 2) {
    const next = Math.min(frame + 1, frames - 1) // an odd last frame is painted twice, which changes nothing
    framePairPower(samples, { startA: startOf(frame), startB: startOf(next) }, powerA, powerB)
    paint(frame, powerA)
    paint(next, powerB)
  }
  return picture
}
