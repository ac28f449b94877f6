import { describe, expect, it } from 'vitest'
import { noise, runStream, sine, snrDb } from '../fixtures/signals.js'
import { createBandPass } from './band-pass.js'

const rateHz = 32_000
const band = { lowHz: 200, highHz: 15_000 }

/** Gain of a sine in dB, and its error as a shift would make it, away from the edges. */
function passSine(frequencyHz: number, bandPass = band): { gainDb: number; snrDb: number } {
  const input = sine(2 * rateHz, frequencyHz, rateHz, 0.5)
  const output = runStream(createBandPass(bandPass, rateHz), input)
  let power = 0
  let passed = 0
  for (let n = 8000; n < 56_000; n += 1) {
    power += input[n]! ** 2
    passed += output[n]! ** 2
  }
  return { gainDb: 10 * Math.log10(passed / power + 1e-30), snrDb: snrDb(input, output, 8000, 56_000) }
}

describe('the band-pass', () => {
  it.each([200, 210, 1000, 8000, 14_900, 15_000])('passes %i Hz flat and in place', (frequencyHz) => {
    const { gainDb, snrDb } = passSine(frequencyHz)
    expect(Math.abs(gainDb)).toBeLessThan(0.1)
    expect(snrDb).toBeGreaterThan(60)
  })

  it.each([5, 50, 99, 15_101, 15_500, 15_990])('stops %i Hz', (frequencyHz) => {
    expect(passSine(frequencyHz).gainDb).toBeLessThan(-75)
  })

  it('takes one side alone', () => {
    const high = { lowHz: 2000, highHz: 16_000 }
    const low = { lowHz: 0, highHz: 4000 }
    expect([passSine(1899, high).gainDb < -75, passSine(50, high).gainDb < -75]).toEqual([true, true])
    for (const frequencyHz of [2000, 15_990]) expect(Math.abs(passSine(frequencyHz, high).gainDb)).toBeLessThan(0.1)
    expect(passSine(4101, low).gainDb).toBeLessThan(-75)
    for (const frequencyHz of [3, 4000]) expect(Math.abs(passSine(frequencyHz, low).gainDb)).toBeLessThan(0.1)
  })

  it('is as steep as the edges leave room for', () => {
    const near = { lowHz: 40, highHz: 15_960 }
    expect(passSine(19, near).gainDb).toBeLessThan(-75)
    expect(Math.abs(passSine(40, near).gainDb)).toBeLessThan(0.1)
  })

  it('gives what the direct sum gives, whatever the blocks and the length', () => {
    for (const length of [1, 1000, 13_264, 20_011]) {
      const input = noise(length, 0.5)
      const whole = runStream(createBandPass(band, rateHz), input, length)
      expect(runStream(createBandPass(band, rateHz), input, 997)).toEqual(whole)
      expect(whole).toHaveLength(length)
    }
    // A unit impulse shows the coefficients; any output is their sum with the samples around.
    const impulse = new Float32Array(4001)
    impulse[2000] = 1
    const taps = runStream(createBandPass(band, rateHz), impulse)
    const input = noise(20_011, 0.5)
    const output = runStream(createBandPass(band, rateHz), input)
    for (const n of [0, 1, 700, 6631, 6632, 13_263, 13_264, 20_010]) {
      let sum = 0
      for (let k = 0; k < taps.length; k += 1) sum += taps[k]! * (input[n - (k - 2000)] ?? 0)
      expect(output[n]).toBeCloseTo(sum, 6)
    }
  })

  it('has no phase: its coefficients are symmetric, and reach no further than 780 samples', () => {
    const impulse = new Float32Array(4001)
    impulse[2000] = 1
    const taps = runStream(createBandPass(band, rateHz), impulse)
    for (let n = 1; n <= 2000; n += 1) expect(taps[2000 - n]).toBeCloseTo(taps[2000 + n]!, 9)
    expect(taps.subarray(0, 1219).every((value) => Math.abs(value) < 1e-12)).toBe(true)
  })

  it.each([
    [-1, 8000],
    [10, 8000],
    [200, 200],
    [200, 17_000],
    [200, 15_995],
    [0, 16_000],
    [Number.NaN, 8000],
  ])('refuses %d to %d Hz', (lowHz, highHz) => {
    expect(() => createBandPass({ lowHz, highHz }, rateHz)).toThrow(
      expect.objectContaining({ code: 'AUDIO_BAD_PARAMETER' }),
    )
  })
})
