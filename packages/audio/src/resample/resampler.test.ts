import { describe, expect, it } from 'vitest'
import { noise, runStream, sine, snrDb } from '../fixtures/signals.js'
import { planResampling } from './resample-plan.js'
import { polyphaseTable } from './polyphase-table.js'
import { createDecimator, createResampler } from './resampler.js'

const toHz = 32_000

/** Gain and worst error of a sine through the resampler, away from the edges. */
function passSine(fromHz: number, frequencyHz: number): { gainDb: number; snrDb: number } {
  const output = runStream(createResampler(fromHz, toHz), sine(fromHz * 0.5, frequencyHz, fromHz, 0.5))
  const expected = sine(output.length, frequencyHz, toHz, 0.5)
  let cross = 0
  let power = 0
  for (let n = 4000; n < 12_000; n += 1) {
    cross += output[n]! * expected[n]!
    power += expected[n]! ** 2
  }
  return { gainDb: 20 * Math.log10(cross / power), snrDb: snrDb(expected, output, 4000, 12_000) }
}

function levelDb(signal: Float32Array, from: number, to: number): number {
  let power = 0
  for (let n = from; n < to; n += 1) power += signal[n]! ** 2
  return 10 * Math.log10(power / (to - from) + 1e-30)
}

describe('the resampler', () => {
  it.each([22_050, 24_000, 44_100, 48_000, 96_000, 192_000, 250_000, 384_000, 500_000, 44_056, 7_777])(
    'is flat and aligned to 0.875 of the lower Nyquist frequency from %i Hz',
    (fromHz) => {
      const nyquistHz = Math.min(fromHz, toHz) / 2
      for (const part of [0.02, 0.4, 0.8, 0.875]) {
        const { gainDb, snrDb } = passSine(fromHz, part * nyquistHz)
        expect(Math.abs(gainDb)).toBeLessThan(0.1)
        // A shift by a hundredth of a sample at 14 kHz would leave 31 dB.
        expect(snrDb).toBeGreaterThan(60)
      }
    },
  )

  it.each([
    [44_100, [16_100, 17_000, 20_000]],
    [48_000, [16_100, 18_000, 23_000]],
    [192_000, [16_100, 31_000, 47_000, 64_000, 80_000]],
    [250_000, [16_100, 51_000, 67_000, 83_000, 99_000]],
    [384_000, [16_100, 48_000, 64_000, 80_000, 128_000]],
  ])('keeps aliases below -75 dB from %i Hz', (fromHz, frequencies) => {
    for (const frequencyHz of frequencies) {
      const input = sine(fromHz * 0.5, frequencyHz, fromHz, Math.SQRT2)
      expect(levelDb(runStream(createResampler(fromHz, toHz), input), 4000, 12_000)).toBeLessThan(-75)
    }
  })

  it('gives ceil(n x 32000 / rate) samples, the same whatever the blocks', () => {
    for (const [fromHz, length] of [
      [44_100, 1],
      [44_100, 30_001],
      [22_050, 30_001],
      [384_000, 100_003],
      [7_777, 5_001],
    ] as const) {
      const input = noise(length, 0.5)
      const whole = runStream(createResampler(fromHz, toHz), input, length)
      const pieces = runStream(createResampler(fromHz, toHz), input, 997)
      expect(whole).toHaveLength(Math.ceil((length * toHz) / fromHz))
      expect(pieces).toEqual(whole)
    }
  })

  it('passes 32 kHz through untouched, and constants at every phase', () => {
    const input = noise(10_000, 0.5)
    expect(runStream(createResampler(32_000, toHz), input)).toEqual(input)
    const constant = runStream(createResampler(44_100, toHz), new Float32Array(44_100).fill(0.5))
    expect(constant.subarray(1000, 31_000).every((value) => Math.abs(value - 0.5) < 5e-7)).toBe(true)
  })

  it('bounds its tables for awkward rates', () => {
    for (const fromHz of [7_777, 44_056, 31_999, 499_979]) {
      for (const plan of planResampling(fromHz, toHz)) expect(polyphaseTable(plan).taps.length).toBeLessThan(500_000)
    }
  })

  it('decimates by whole factors', () => {
    const output = runStream(createDecimator(384_000, 2), sine(38_401, 60_000, 384_000, 0.5))
    expect(output).toHaveLength(19_201)
    expect(snrDb(sine(19_201, 60_000, 192_000, 0.5), output, 1000, 18_000)).toBeGreaterThan(60)
  })

  it('refuses broken rates', () => {
    expect(() => createResampler(0, toHz)).toThrow(expect.objectContaining({ code: 'AUDIO_BAD_PARAMETER' }))
    expect(() => createResampler(44_100.5, toHz)).toThrow(expect.objectContaining({ code: 'AUDIO_BAD_PARAMETER' }))
  })
})
