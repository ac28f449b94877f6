import { describe, expect, it } from 'vitest'
import { noise, runStream, snrDb } from '../fixtures/signals.js'
import { polyphaseTable } from '../resample/polyphase-table.js'
import { planResampling } from '../resample/resample-plan.js'
import { createResampler } from '../resample/resampler.js'
import { planScipy } from '../resample/scipy-plan.js'
import { planSharp } from './kernel-sharp-stages.js'

const isSharp = (fromHz: number): boolean =>
  planResampling(fromHz, 32_000).some((plan) => planSharp(plan, polyphaseTable(plan)) !== null)

describe('a stage in two', () => {
  it.each([
    [44_100, 100],
    [48_000, 100],
    [96_000, 120],
    [192_000, 120],
    [250_000, 105],
  ])('is the stage as it stands, from %i Hz within -%i dB, at both ends too', (fromHz, boundDb) => {
    expect(isSharp(fromHz)).toBe(true)
    for (const length of [1, 700, 60_001]) {
      const input = noise(length, 0.5)
      const [expected, actual] = (['portable', 'kernel'] as const).map((engine) =>
        runStream(createResampler(fromHz, 32_000, { engine }), input, 997),
      ) as [Float32Array, Float32Array]
      expect(actual).toHaveLength(expected.length)
      expect(snrDb(expected, actual)).toBeGreaterThan(boundDb)
      const ends = (signal: Float32Array) => Float32Array.of(...signal.subarray(0, 60), ...signal.subarray(-60))
      expect(snrDb(ends(expected), ends(actual))).toBeGreaterThan(boundDb)
    }
  })

  it.each([22_050, 33_000, 40_000])('gains nothing from %i Hz, where the images are near', (fromHz) => {
    expect(isSharp(fromHz)).toBe(false)
  })

  it("leaves scipy's filter whole", () => {
    for (const plan of planScipy(44_100, 32_000)) expect(planSharp(plan, polyphaseTable(plan))).toBe(null)
  })
})
