import { describe, expect, it } from 'vitest'
import { createBandPass } from './filter/band-pass.js'
import { noise, runStream, sine, snrDb } from './fixtures/signals.js'
import { createVariantStream, defaultFrontEnd, type FrontEnd, frontEndIdentity, type Variant } from './front-end.js'
import { frontEndOf } from './front-end-settings.js'
import { createGateStream } from './gate/gate-stream.js'
import type { Engine } from './kernel/load-kernel.js'
import { createDecimator, createResampler, scipyResamplerId } from './resample/resampler.js'

const bandPass = { lowHz: 200, highHz: 15_000 }
/** Steady noise with a tone in its middle, at 48 kHz. */
const input = noise(96_000, 0.1).map((value, n) => value + (n > 40_000 && n < 60_000 ? 0.5 * Math.sin(n / 5) : 0))

function run(frontEnd: FrontEnd, variant: Variant, engine?: Engine): Float32Array {
  return runStream(createVariantStream(frontEnd, variant, 48_000, engine), input)
}

describe('a front end without choices', () => {
  it('has the identity that the spaces of version 0.1.0 have', () => {
    expect(frontEndOf({})).toEqual(defaultFrontEnd)
    expect(frontEndIdentity(frontEndOf({}), 'raw')).toBe(
      '{"hopS":5,"resampler":"kaiser-polyphase-1","sampleRateHz":32000,"variant":"raw","version":2,"windowS":5}',
    )
    expect(frontEndIdentity(frontEndOf({}), 'denoised')).toBe(
      '{"gate":{"freqSmoothHz":500,"mode":"stationary","nFft":1024,"nStd":1.5,"propDecrease":1,"sigmoidSlope":10,' +
        '"threshNMult":2,"timeConstantS":2,"timeSmoothMs":50},"hopS":5,"resampler":"kaiser-polyphase-1",' +
        '"sampleRateHz":32000,"variant":"denoised","version":2,"windowS":5}',
    )
  })

  it('is the same whether its choices are left out or named', () => {
    const named = frontEndOf({ gateMode: 'stationary', gateOrder: 'before', bandPass: null, resampler: 'kaiser' })
    expect(frontEndIdentity(named, 'denoised')).toBe(frontEndIdentity(defaultFrontEnd, 'denoised'))
    const written = { ...defaultFrontEnd, gateOrder: 'before' } as const
    expect(frontEndIdentity(written, 'denoised')).toBe(frontEndIdentity(defaultFrontEnd, 'denoised'))
  })
})

describe('each choice', () => {
  it.each([
    ['the gate', { gateMode: 'non-stationary' }, false],
    ['the order', { gateOrder: 'after' }, false],
    ['the band-pass', { bandPass }, true],
    ['the resampler', { resampler: 'scipy' }, true],
  ] as const)('%s changes the identity of the variants that it changes, and their samples', (_, settings, both) => {
    const frontEnd = frontEndOf(settings)
    const isOther = (variant: Variant) =>
      frontEndIdentity(frontEnd, variant) !== frontEndIdentity(frontEndOf({}), variant)
    expect([isOther('raw'), isOther('denoised')]).toEqual([both, true])
    for (const variant of ['raw', 'denoised'] as const) {
      const output = run(frontEnd, variant)
      const likeness = snrDb(run(defaultFrontEnd, variant), output)
      expect(output).toHaveLength(64_000)
      expect(likeness < 60).toBe(isOther(variant))
    }
  })

  it('keeps to both engines within -90 dB', () => {
    const frontEnd = frontEndOf({ gateOrder: 'after', bandPass, resampler: 'scipy' })
    for (const variant of ['raw', 'denoised'] as const) {
      expect(snrDb(run(frontEnd, variant, 'portable'), run(frontEnd, variant, 'kernel'))).toBeGreaterThan(90)
    }
  })

  it('order: the gate hears the recording at 32 kHz', () => {
    const resampled = runStream(createResampler(48_000, 32_000), input)
    const gated = runStream(createGateStream(defaultFrontEnd.gate, 32_000), resampled)
    expect(run(frontEndOf({ gateOrder: 'after' }), 'denoised')).toEqual(gated)
    const wide = { ...frontEndOf({ gateOrder: 'after' }), sampleRateHz: 384_000 }
    expect(() => createVariantStream(wide, 'denoised', 384_000)).toThrow(
      expect.objectContaining({ code: 'AUDIO_BAD_PARAMETER' }),
    )
  })

  it('order: a noise profile is heard at that rate too', () => {
    const noiseProfile = { samples: noise(48_000, 0.2, 7), sampleRateHz: 48_000 }
    const stream = createVariantStream(frontEndOf({ gateOrder: 'after' }), 'denoised', 48_000, undefined, noiseProfile)
    const heard = runStream(createResampler(48_000, 32_000), noiseProfile.samples)
    const gate = createGateStream(defaultFrontEnd.gate, 32_000, { noise: heard })
    expect(runStream(stream, input)).toEqual(runStream(gate, runStream(createResampler(48_000, 32_000), input)))
  })

  it('band-pass: comes last, on both variants', () => {
    for (const variant of ['raw', 'denoised'] as const) {
      const filtered = runStream(createBandPass(bandPass, 32_000), run(defaultFrontEnd, variant))
      expect(run(frontEndOf({ bandPass }), variant)).toEqual(filtered)
    }
  })

  it('band-pass: takes rumble away from recordings of any rate', () => {
    for (const rateHz of [22_050, 48_000, 384_000]) {
      const rumble = sine(2 * rateHz, 60, rateHz, 0.8)
      const output = runStream(createVariantStream(frontEndOf({ bandPass }), 'raw', rateHz), rumble)
      expect(Math.max(...output.subarray(16_000, 48_000).map(Math.abs))).toBeLessThan(0.8 * 10 ** (-75 / 20))
    }
  })

  it('resampler: takes the place of every filter, the one in front of the gate too', () => {
    const resampler = scipyResamplerId
    const sound = noise(192_000, 0.3)
    const decimated = runStream(createDecimator(384_000, 2, { resampler }), sound)
    const gated = runStream(createGateStream(defaultFrontEnd.gate, 192_000), decimated)
    const expected = runStream(createResampler(192_000, 32_000, { resampler }), gated)
    const stream = createVariantStream(frontEndOf({ resampler: 'scipy' }), 'denoised', 384_000)
    expect(runStream(stream, sound)).toEqual(expected)
    expect(() => createResampler(48_000, 32_000, { resampler: 'none' as never })).toThrow(
      expect.objectContaining({ code: 'AUDIO_BAD_PARAMETER' }),
    )
  })
})
