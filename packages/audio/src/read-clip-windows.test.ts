import { describe, expect, it } from 'vitest'
import { noise } from './fixtures/signals.js'
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
})
