import { existsSync, linkSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { devNull } from 'node:os'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { denoiseFile } from './denoise-file.js'
import { readAll } from './fixtures/read-all.js'
import { noise } from './fixtures/signals.js'
import { temporaryFolder } from './fixtures/temporary-folder.js'
import { chunk, fmt, riff, simpleWav } from './fixtures/wav-bytes.js'
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

describe('the output', () => {
  it('is never the recording itself, nor the noise, under whatever name', async () => {
    using folder = temporaryFolder()
    const bytes = simpleWav(input, 44_100)
    const path = folder.file('a.wav', bytes)
    const noisePath = folder.file('noise.wav', bytes)
    symlinkSync(path, folder.path('link.wav'))
    linkSync(path, folder.path('hard.wav'))
    for (const output of ['a.wav', 'link.wav', 'hard.wav', 'noise.wav']) {
      await expect(denoiseFile(path, folder.path(output), { noisePath }), output).rejects.toMatchObject({
        code: 'AUDIO_BAD_PARAMETER',
      })
    }
    expect(readFileSync(path)).toEqual(bytes)
    expect(readFileSync(noisePath)).toEqual(bytes)
  })

  it('that was there before stays as it was until the new one is complete', async () => {
    using folder = temporaryFolder()
    const before = folder.file('b.wav', Buffer.from('an older result'))
    const nothing = Buffer.from(Float32Array.from({ length: 50_000 }, () => Number.NaN).buffer)
    const broken = folder.file('a.wav', riff([fmt({ tag: 3, bits: 32 }), chunk('data', nothing)]))
    await expect(denoiseFile(broken, before)).rejects.toMatchObject({ code: 'AUDIO_NON_FINITE' })
    expect(readFileSync(before, 'utf8')).toBe('an older result')
    expect(readdirSync(dirname(before)).sort()).toEqual(['a.wav', 'b.wav'])
  })

  it('may be a device, which stays', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(input, 44_100))
    expect(await denoiseFile(path, devNull)).toMatchObject({ samples: 48_000 })
    expect(existsSync(devNull)).toBe(true)
  })

  it('that cannot be written is named', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(input, 44_100))
    for (const output of [folder.path('none/b.wav'), dirname(path)]) {
      await expect(denoiseFile(path, output)).rejects.toMatchObject({
        code: 'AUDIO_UNWRITABLE',
        message: expect.stringContaining(output) as string,
      })
    }
  })

  it('names the noise where that cannot be read', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(input, 44_100))
    const noisePath = folder.path('noise.wav')
    await expect(denoiseFile(path, folder.path('b.wav'), { noisePath })).rejects.toMatchObject({
      code: 'AUDIO_IO',
      message: expect.stringContaining(noisePath) as string,
    })
  })

  it('takes noise in the stationary mode alone', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(input, 44_100))
    const run = denoiseFile(path, folder.path('b.wav'), { mode: 'non-stationary', noisePath: path })
    await expect(run).rejects.toMatchObject({ code: 'AUDIO_BAD_PARAMETER' })
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
