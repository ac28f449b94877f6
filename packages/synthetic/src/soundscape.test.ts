import { describe, expect, it } from 'vitest'
import { rmsOf } from './noise.js'
import { speciesList } from './sound/species.js'
import { makeSoundscape, renderSoundscape } from './soundscape.js'

describe('renderSoundscape', () => {
  it.each(speciesList.map(({ name }) => name))('%s stands out of the background', (name) => {
    const options = { seed: 3, seconds: 10, sampleRateHz: 24000 }
    const { samples, calls } = renderSoundscape({ ...options, species: [name] })
    const noise = makeSoundscape({ ...options, species: [] })
    expect(calls.length).toBeGreaterThan(3)
    const { startS, endS } = calls[0] ?? { startS: 0, endS: 0 }
    const added = samples.map((sample, i) => sample - (noise[i] ?? 0))
    const call = added.subarray(Math.round(startS * 24000), Math.round(endS * 24000))
    expect(rmsOf(added.subarray(0, Math.floor((startS - 0.001) * 24000)))).toBe(0)
    expect(rmsOf(call)).toBeGreaterThan(0)
    expect(added.reduce((peak, sample) => Math.max(peak, sample), 0)).toBeGreaterThan(rmsOf(noise) * 3)
  })

  it.each(['quiet', 'rain', 'wind', 'insects', 'hum'] as const)('has a background of %s', (background) => {
    const samples = makeSoundscape({ seed: 1, seconds: 3, sampleRateHz: 32000, species: [], background })
    expect(samples).toHaveLength(96000)
    expect(rmsOf(samples)).toBeGreaterThan(0.0005)
    expect(samples.every((sample) => Math.abs(sample) <= 0.9)).toBe(true)
  })

  it('is decided by its options alone', () => {
    const options = { seconds: 2, sampleRateHz: 32000, species: ['glass-piper', 'mud-snorer'] }
    expect(makeSoundscape({ ...options, seed: 5 })).toEqual(makeSoundscape({ ...options, seed: 5 }))
    expect(makeSoundscape({ ...options, seed: 6 })).not.toEqual(makeSoundscape({ ...options, seed: 5 }))
  })

  it('refuses a species that is not in the list', () => {
    expect(() => makeSoundscape({ seed: 1, seconds: 1, sampleRateHz: 8000, species: ['dodo'] })).toThrow('dodo')
  })
})
