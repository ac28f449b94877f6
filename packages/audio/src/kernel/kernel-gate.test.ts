import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readAll } from '../fixtures/read-all.js'
import { sharedPath } from '../fixtures/shared-folder.js'
import { noise, runStream, sine, snrDb } from '../fixtures/signals.js'
import { defaultGateParameters, gateDecimation, type GateParameters } from '../gate/gate-parameters.js'
import { createGateStream } from '../gate/gate-stream.js'
import { kernelCovers } from './kernel-chunk-gate.js'
import { hasKernel } from './load-kernel.js'

function bothEngines(parameters: GateParameters, rateHz: number, input: Float32Array, noiseClip?: Float32Array) {
  const [expected, actual] = (['portable', 'kernel'] as const).map((engine) => {
    const options = noiseClip === undefined ? { engine } : { engine, noise: noiseClip }
    return runStream(createGateStream(parameters, rateHz, options), input, 50_000)
  }) as [Float32Array, Float32Array]
  expect(actual).toHaveLength(expected.length)
  return actual.every((value, n) => value === expected[n]) ? Infinity : snrDb(expected, actual)
}

/** Noise with a call in it. */
function scene(length: number, rateHz: number): Float32Array {
  const input = noise(length, 0.02)
  const call = sine(length, rateHz / 9, rateHz, 0.3)
  for (let n = length >> 1; n < length * 0.6; n += 1) input[n]! += call[n]!
  return input
}

describe('the kernel against the portable engine', () => {
  it('is there', () => expect(hasKernel()).toBe(true))

  const changes: Partial<GateParameters>[] = [
    {},
    { propDecrease: 0.7, nStd: 1 },
    { freqSmoothHz: 0, timeSmoothMs: 0 },
    // Sums beyond 16 bits, and just below.
    { freqSmoothHz: 12_000, timeSmoothMs: 40 },
    { freqSmoothHz: 3_000, timeSmoothMs: 30 },
    { mode: 'non-stationary' },
    { mode: 'non-stationary', propDecrease: 0.7, timeConstantS: 0.3, threshNMult: 1, sigmoidSlope: 4 },
    { mode: 'non-stationary', freqSmoothHz: 0, timeSmoothMs: 0 },
    // No cell is as good as closed, not even a silent one.
    { mode: 'non-stationary', sigmoidSlope: 0.5 },
  ]
  const cases = [4_000, 22_050, 44_100, 192_000, 256_000].flatMap((rateHz) =>
    changes.map((change) => ({ rateHz, change })),
  )
  it.each(cases)('$rateHz Hz, $change: 100 dB or better', ({ rateHz, change }) => {
    const parameters = { ...defaultGateParameters, ...change }
    expect(kernelCovers(parameters, rateHz)).toBe(true)
    expect(bothEngines(parameters, rateHz, scene(90_000, rateHz))).toBeGreaterThan(100)
  })

  it.each(['stationary', 'non-stationary'] as const)('short ones, and several chunks: %s', (mode) => {
    const parameters = { ...defaultGateParameters, mode }
    for (const length of [1, 700, 1024, 1025, 599_999, 600_001, 1_290_001]) {
      expect(bothEngines(parameters, 44_100, scene(length, 44_100))).toBeGreaterThan(100)
    }
  })

  it('opens a row where its maximum is 80 dB above the threshold, wherever in the padded chunk', () => {
    for (const at of [10_000, 585_000, 610_000]) {
      const input = noise(650_000, 1e-6)
      input.set(sine(3_000, 3_000, 44_100, 0.9), at)
      expect(bothEngines(defaultGateParameters, 44_100, input, input.slice(100_000, 140_000))).toBeGreaterThan(100)
    }
  })

  it('decides as the portable engine where loud low sound leaves traces of single precision in quiet bins', () => {
    const input = noise(400_000, 1e-4)
    const loud = noise(400_000, 0.5)
    let [low, lower] = [0, 0]
    for (let n = 0; n < input.length; n += 1) {
      low += 0.02 * (loud[n]! - low)
      lower += 0.02 * (low - lower)
      input[n]! += lower
    }
    expect(bothEngines(defaultGateParameters, 192_000, input)).toBeGreaterThan(115)
  })

  it('leaves silence silent, and never gives NaN', () => {
    for (const mode of ['stationary', 'non-stationary'] as const) {
      const parameters = { ...defaultGateParameters, mode }
      const run = (input: Float32Array) => runStream(createGateStream(parameters, 44_100, { engine: 'kernel' }), input)
      expect(run(new Float32Array(50_000)).every((value) => value === 0)).toBe(true)
      const input = new Float32Array(1_300_000)
      input.set(noise(40_000, 0.3), 1_250_000)
      expect(run(input).every((value) => Number.isFinite(value))).toBe(true)
    }
  })

  it('leaves other frame lengths to the portable engine', () => {
    expect(kernelCovers({ ...defaultGateParameters, nFft: 2048 }, 44_100)).toBe(false)
    expect(kernelCovers({ ...defaultGateParameters, timeSmoothMs: 1000 }, 44_100)).toBe(false)
    // Masks in whole numbers would be too coarse.
    const wide = { ...defaultGateParameters, freqSmoothHz: 2000, timeSmoothMs: 300 }
    expect(kernelCovers({ ...wide, mode: 'non-stationary' }, 44_100)).toBe(false)
  })
})

const recordings = sharedPath('recordings/dev/')

describe.skipIf(recordings === null)('real recordings (left out without ../shared)', () => {
  const names = recordings === null ? [] : readdirSync(recordings).filter((name) => name.endsWith('.flac'))
  it.each(['stationary', 'non-stationary'] as const)('110 dB or better: %s', { timeout: 240_000 }, async (mode) => {
    const parameters = { ...defaultGateParameters, mode }
    for (const name of names.filter((_, index) => index % 3 === 0)) {
      const { header, samples } = await readAll(`${recordings}${name}`)
      const rateHz = header.sampleRateHz / gateDecimation(header.sampleRateHz)
      const snr = bothEngines(parameters, rateHz, samples)
      expect(snr, name).toBeGreaterThan(110)
    }
  })
})
