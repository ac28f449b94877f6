import { describe, expect, it } from 'vitest'
import { noise, runStream, snrDb } from '../fixtures/signals.js'
import type { Engine } from '../kernel/load-kernel.js'
import { naiveResamplePoly } from './naive-resample-poly.fixture.js'
import { createDecimator, createResampler, scipyResamplerId } from './resampler.js'

const engines: Engine[] = ['portable', 'kernel']

describe.each(engines)('the scipy resampler, %s', (engine) => {
  const options = { engine, resampler: scipyResamplerId } as const

  it.each([
    [48_000, 32_000],
    [44_100, 32_000],
    [22_050, 32_000],
    [16_000, 32_000],
    [96_000, 32_000],
    [250_000, 32_000],
    [384_000, 32_000],
    [44_056, 32_000],
    [7_777, 32_000],
    [48_000, 44_100],
  ])('from %i to %i Hz is resample_poly, its ends too', (fromHz, toHz) => {
    const input = noise(Math.round(fromHz / 10) + 1, 0.5)
    const expected = naiveResamplePoly(input, toHz, fromHz)
    const output = runStream(createResampler(fromHz, toHz, options), input, 1013)
    expect(output).toHaveLength(expected.length)
    expect(snrDb(expected, output)).toBeGreaterThan(120)
    expect(snrDb(expected, output, 0, 50)).toBeGreaterThan(110)
    expect(snrDb(expected, output, output.length - 50)).toBeGreaterThan(110)
  })

  it('decimates by whole factors as resample_poly', () => {
    const input = noise(10_001, 0.5)
    const output = runStream(createDecimator(384_000, 2, options), input)
    expect(snrDb(naiveResamplePoly(input, 1, 2), output)).toBeGreaterThan(120)
  })

  it('passes equal rates through untouched', () => {
    const input = noise(1000, 0.5)
    expect(runStream(createResampler(32_000, 32_000, options), input)).toEqual(input)
  })
})
