import { expect, it } from 'vitest'
import { melFilterbank } from './mel-filterbank.js'
import { bandCount } from './spec.js'

const weights = melFilterbank()
const binCount = 257

it('gives no weight to DC, below 150 Hz or from 15 kHz up', () => {
  for (let band = 0; band < bandCount; band += 1) {
    const row = weights.subarray(band * binCount, (band + 1) * binCount)
    expect([...row.subarray(0, 3)]).toEqual([0, 0, 0])
    expect(Math.max(...row.subarray(240))).toBeLessThan(1e-12)
  }
})

it('shares each bin between its two neighbouring bands, the weights summing to 1', () => {
  // Between the first and the last band's centre every bin lies on one falling and one rising side.
  for (let bin = 6; bin < 220; bin += 1) {
    let sum = 0
    for (let band = 0; band < bandCount; band += 1) sum += weights[band * binCount + bin] ?? 0
    expect(sum).toBeCloseTo(1, 12)
  }
})
