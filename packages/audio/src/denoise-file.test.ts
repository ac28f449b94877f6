import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { denoiseFile } from './denoise-file.js'
import { readAll } from './fixtures/read-all.js'
import { noise } from './fixtures/signals.js'
import { temporaryFolder } from './fixtures/temporary-folder.js'
import { simpleWav } from './fixtures/wav-bytes.js'
import { defaultFrontEnd, frontEndIdentity } from './front-end.js'

const input = Array.from(noise(66_150, 0.3), (value) => Math.round(value * 32767))

describe('denoiseFile', () => {
  it('writes 32 kHz 16 bit by default', async () => {
    using folder = temporaryFolder()
    const done = await denoiseFile(folder.file('a.wav', simpleWav(input, 44_100)), folder.path('b.wav'))
    expect(done).toEqual({ durationS: 1.5, samples: 48_000, warnings: [] })
    expect((await readAll(folder.path('b.wav'))).header).toMatchObject({ codec: 'pcm_s16le', sampleRateHz: 32_000 })
  })

  it('passes sound through unchanged when off, at the same rate', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(input, 44_100))
    await denoiseFile(path, folder.path('b.wav'), { mode: 'off', rateHz: 44_100, float: true })
    const { header, samples } = await readAll(folder.path('b.wav'))
    expect(header).toMatchObject({ codec: 'pcm_f32le', sampleRateHz: 44_100, frames: 66_150 })
    expect(samples).toEqual(Float32Array.from(input, (value) => value / 32768))
  })

  it.each(['stationary', 'non-stationary'] as const)('gates steady noise away: %s', async (mode) => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(input, 44_100))
    await denoiseFile(path, folder.path('b.wav'), { mode, float: true })
    const { samples } = await readAll(folder.path('b.wav'))
    expect(samples).toHaveLength(48_000)
    const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length
    expect(power).toBeLessThan(0.03 * 0.2)
  })

  it('leaves nothing behind when it fails', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(input, 44_100))
    const gate = { ...defaultFrontEnd.gate, nFft: 1000 }
    const run = denoiseFile(path, folder.path('b.wav'), { gate })
    await expect(run).rejects.toMatchObject({ code: 'AUDIO_BAD_PARAMETER' })
    expect(existsSync(folder.path('b.wav'))).toBe(false)
  })
})

describe('frontEndIdentity', () => {
  it('depends on the gate for denoised alone, and not on the order of keys', () => {
    const gate = { ...defaultFrontEnd.gate, nStd: 2 }
    const changed = { ...defaultFrontEnd, gate }
    expect(frontEndIdentity(changed, 'raw')).toBe(frontEndIdentity(defaultFrontEnd, 'raw'))
    expect(frontEndIdentity(changed, 'denoised')).not.toBe(frontEndIdentity(defaultFrontEnd, 'denoised'))
    const turned = Object.fromEntries(Object.entries(defaultFrontEnd).reverse()) as unknown as typeof defaultFrontEnd
    expect(frontEndIdentity(turned, 'denoised')).toBe(frontEndIdentity(defaultFrontEnd, 'denoised'))
  })
})
