import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readAll } from '../fixtures/read-all.js'
import { noise, runStream, sine, snrDb } from '../fixtures/signals.js'
import { readFloat32, readInt16, sharedPath } from '../fixtures/shared-folder.js'
import { defaultGateParameters, gateDecimation, type GateParameters } from './gate-parameters.js'
import { createGateStream } from './gate-stream.js'
import { naiveGate } from './naive-gate.fixture.js'

describe('the gate against the formulas', () => {
  it.each([
    ['short', 20_000, 44_100, {}],
    ['partly open', 20_000, 32_000, { propDecrease: 0.7 }],
    ['not smoothed', 9_000, 22_050, { freqSmoothHz: 0, timeSmoothMs: 0 }],
    ['low rate', 9_000, 4_000, {}],
    ['shorter than a frame', 700, 32_000, {}],
    ['non-stationary', 40_000, 44_100, { mode: 'non-stationary' }],
    [
      'non-stationary, other parameters',
      30_000,
      22_050,
      { mode: 'non-stationary', timeConstantS: 0.3, threshNMult: 1, sigmoidSlope: 4, propDecrease: 0.6 },
    ],
    ['non-stationary, shorter than a frame', 700, 4_000, { mode: 'non-stationary' }],
  ] as const)('%s', (_, length, rateHz, change) => {
    const parameters = { ...defaultGateParameters, ...change }
    const input = noise(length, 0.01)
    const call = sine(length, rateHz / 9, rateHz, 0.2)
    for (let index = length >> 1; index < length * 0.6; index += 1) input[index]! += call[index]!
    const expected = naiveGate(input, parameters, rateHz)
    expect(snrDb(expected, runStream(createGateStream(parameters, rateHz), input, 777))).toBeGreaterThan(120)
  })

  it('opens a row throughout a chunk where its maximum is 80 dB above the threshold', () => {
    const input = noise(40_000, 1e-6)
    const loud = sine(40_000, 3_000, 44_100, 0.9)
    input.set(loud.subarray(30_000, 33_000), 30_000)
    const noiseOnly = input.slice(0, 20_000)
    const expected = naiveGate(input, defaultGateParameters, 44_100, noiseOnly)
    const stream = createGateStream(defaultGateParameters, 44_100, { noise: noiseOnly })
    expect(snrDb(expected, runStream(stream, input))).toBeGreaterThan(120)
  })

  it.each(['stationary', 'non-stationary'] as const)('leaves silence silent, and never gives NaN: %s', (mode) => {
    const parameters = { ...defaultGateParameters, mode }
    const silent = runStream(createGateStream(parameters, 32_000), new Float32Array(50_000))
    expect(silent.every((value) => value === 0)).toBe(true)
    const input = new Float32Array(1_300_000)
    input.set(noise(40_000, 0.3), 1_250_000)
    const output = runStream(createGateStream(parameters, 44_100), input)
    expect(output).toHaveLength(1_300_000)
    expect(output.every((value) => Number.isFinite(value))).toBe(true)
  })

  it.each(['stationary', 'non-stationary'] as const)(
    'gives the same whatever the blocks, over several chunks, and the length that came in: %s',
    (mode) => {
      const parameters = { ...defaultGateParameters, mode }
      const input = noise(1_300_000, 0.05)
      const whole = runStream(createGateStream(parameters, 44_100), input, input.length)
      const pieces = runStream(createGateStream(parameters, 44_100), input, 65_537)
      expect(whole).toHaveLength(1_300_000)
      expect(snrDb(whole, pieces)).toBe(Infinity)
    },
  )

  it('works at 256 kHz or less', () => {
    expect([44_100, 256_000, 256_001, 384_000, 500_000, 768_000].map(gateDecimation)).toEqual([1, 1, 2, 2, 2, 3])
  })

  it('refuses what it cannot do', () => {
    const gate = (change: object) => () => createGateStream({ ...defaultGateParameters, ...change }, 44_100)
    expect(gate({ timeConstantS: 0 })).toThrow(expect.objectContaining({ code: 'AUDIO_BAD_PARAMETER' }))
    expect(gate({ nFft: 1000 })).toThrow(expect.objectContaining({ code: 'AUDIO_BAD_PARAMETER' }))
    expect(gate({ propDecrease: 2 })).toThrow(expect.objectContaining({ code: 'AUDIO_BAD_PARAMETER' }))
  })
})

const golden = sharedPath('golden/')

describe.skipIf(golden === null)('golden vectors of noisereduce 3.0.3 (left out without ../shared)', () => {
  const cases = [
    ['frogs44', 44_100, {}],
    ['frogs44', 44_100, { mode: 'non-stationary' }],
    ['frogs32', 32_000, {}],
    ['frogs32', 32_000, { mode: 'non-stationary' }],
    ['silence44', 44_100, { propDecrease: 0.9 }],
    ['silence44', 44_100, { mode: 'non-stationary', propDecrease: 0.9 }],
    ['chunk44', 44_100, {}],
    ['chunk44', 44_100, { mode: 'non-stationary' }],
    ['clip2048', 32_000, { nFft: 2048, nStd: 1, propDecrease: 0.8 }],
  ] as const
  const inBoth = (['portable', 'kernel'] as const).flatMap((engine) =>
    cases.map(([name, rateHz, change]) => ({ name, rateHz, change, engine })),
  )
  it.each(inBoth)('$engine, $name $change: 120 dB or better', ({ name, rateHz, change, engine }) => {
    const input = name === 'chunk44' ? readInt16(`${golden}chunk44.in.s16`) : readFloat32(`${golden}${name}.in.f32`)
    const parameters: GateParameters = { ...defaultGateParameters, ...change }
    const suffix = parameters.mode === 'stationary' ? 'stationary' : 'nonstationary'
    const expected = readFloat32(`${golden}${name}.${suffix}.f32`)
    const options = { engine, ...(name === 'clip2048' ? { noise: input.slice(0, 8000) } : {}) }
    const output = runStream(createGateStream(parameters, rateHz, options), input, 7777)
    expect(output).toHaveLength(input.length)
    const from = name === 'chunk44' ? 585_000 : 0
    expect(snrDb(expected, output.subarray(from, from + expected.length))).toBeGreaterThan(120)
  })
})

const recordings = sharedPath('recordings/dev/')

describe.skipIf(recordings === null)('real recordings against the formulas (left out without ../shared)', () => {
  const names = recordings === null ? [] : readdirSync(recordings).filter((name) => name.endsWith('.flac'))
  it.each(['stationary', 'non-stationary'] as const)('120 dB or better: %s', { timeout: 240_000 }, async (mode) => {
    const parameters = { ...defaultGateParameters, mode }
    for (const name of names.filter((_, index) => index % 8 === 0)) {
      const { header, samples } = await readAll(`${recordings}${name}`)
      // The oracle is slow: two seconds of each.
      const input = samples.subarray(0, 60_000)
      const expected = naiveGate(input, parameters, header.sampleRateHz)
      const options = { engine: 'portable' } as const
      const output = runStream(createGateStream(parameters, header.sampleRateHz, options), input, 65_536)
      expect(snrDb(expected, output), name).toBeGreaterThan(120)
    }
  })
})
