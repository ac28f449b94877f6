import { describe, expect, it } from 'vitest'
import { noise, snrDb } from './fixtures/signals.js'
import { readAll } from './fixtures/read-all.js'
import { temporaryFolder } from './fixtures/temporary-folder.js'
import { simpleWav } from './fixtures/wav-bytes.js'
import { defaultFrontEnd, type Variant } from './front-end.js'
import { prepareAudio } from './prepare-audio.js'
import { readClipWindows } from './read-clip-windows.js'

const int16 = (signal: Float32Array): number[] => Array.from(signal, (value) => Math.round(value * 32767))

describe('readClipWindows', () => {
  it.each(['raw', 'denoised'] as const)('gives the samples of the prepared file (%s)', async (variant: Variant) => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(int16(noise(44_100 * 11, 0.3)), 44_100))
    const outputs = { [variant]: folder.path('out.wav') }
    await prepareAudio({ path, fileName: 'a.wav', outputs, frontEnd: defaultFrontEnd })
    const { samples } = await readAll(folder.path('out.wav'))
    const clip = await readClipWindows(path, { variant, frontEnd: defaultFrontEnd })
    expect(clip.starts).toEqual([0, 5, 6])
    expect(clip.durationS).toBe(11)
    const windowAt = (at: number): Int16Array =>
      Int16Array.from(samples.subarray(at, at + 160_000), (value) => value * 32768)
    expect(clip.windows.subarray(160_000, 320_000)).toEqual(windowAt(160_000))
    expect(clip.windows.subarray(320_000)).toEqual(windowAt(352_000 - 160_000))
  })

  it('centre-pads a clip shorter than a window', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav([1, 2, 3]))
    const clip = await readClipWindows(path, { variant: 'raw', frontEnd: defaultFrontEnd })
    expect(clip.starts).toEqual([0])
    expect([...clip.windows.subarray(79_997, 80_002)]).toEqual([0, 1, 2, 3, 0])
  })

  it('refuses a clip that is too long', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(new Int16Array(64_001)))
    const read = readClipWindows(path, { variant: 'raw', frontEnd: defaultFrontEnd, maxDurationS: 2 })
    await expect(read).rejects.toMatchObject({ code: 'AUDIO_TOO_LONG' })
  })

  it('cuts windows from a part of the clip, gated with all of it', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', simpleWav(int16(noise(44_100 * 16, 0.3)), 44_100))
    const options = { variant: 'denoised', frontEnd: defaultFrontEnd } as const
    const whole = await readClipWindows(path, options)
    const part = await readClipWindows(path, { ...options, part: { startS: 5, endS: 12 } })
    expect(part.starts).toEqual([5, 7])
    expect(part.windows.subarray(0, 160_000)).toEqual(whole.windows.subarray(160_000, 320_000))
    expect((await readClipWindows(path, { ...options, part: { startS: 10 } })).starts).toEqual([10, 11])
    const wrong = [{ startS: 16 }, { startS: 5, endS: 5 }, { startS: -1, endS: 5 }]
    for (const none of wrong) {
      const read = readClipWindows(path, { ...options, part: none })
      await expect(read).rejects.toMatchObject({ code: 'AUDIO_NO_PART' })
    }
  })

  it('takes the noise statistics from what the clip brings', async () => {
    using folder = temporaryFolder()
    const rateHz = 44_100
    // Ten seconds of noise, then a loud call: alone it would be its own noise.
    const recording = noise(rateHz * 15, 0.02)
    for (let n = rateHz * 10; n < recording.length; n += 1)
      recording[n]! += 0.3 * Math.sin((n * 2 * Math.PI * 3000) / rateHz)
    const values = int16(recording)
    const whole = folder.file('a.wav', simpleWav(values, rateHz))
    const clip = folder.file('b.wav', simpleWav(values.slice(rateHz * 10), rateHz))
    const options = { variant: 'denoised', frontEnd: defaultFrontEnd } as const
    const stored = (await readClipWindows(whole, options)).windows.subarray(320_000, 480_000)
    const away = (windows: Int16Array): number => snrDb(stored, windows, 8000, 152_000)
    expect(away((await readClipWindows(clip, options)).windows)).toBeLessThan(3)
    expect(away((await readClipWindows(clip, { ...options, noise: { path: whole } })).windows)).toBeGreaterThan(25)
    // At another rate, as a recording's prepared audio is.
    const { windows: prepared } = await readClipWindows(whole, { ...options, variant: 'raw' })
    const samples = Float32Array.from(prepared, (value) => value / 32_768)
    const learnt = await readClipWindows(clip, { ...options, noise: { samples, sampleRateHz: 32_000 } })
    expect(away(learnt.windows)).toBeGreaterThan(25)
  })
})
