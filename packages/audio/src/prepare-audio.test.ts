import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { flacBytes } from './fixtures/flac-bytes.js'
import { readAll } from './fixtures/read-all.js'
import { noise, sine, snrDb } from './fixtures/signals.js'
import { temporaryFolder, type TemporaryFolder } from './fixtures/temporary-folder.js'
import { chunk, commentList, fmt, int16Bytes, riff, simpleWav } from './fixtures/wav-bytes.js'
import { defaultFrontEnd } from './front-end.js'
import { inspectAudio } from './inspect-audio.js'
import { prepareAudio } from './prepare-audio.js'

function int16(signal: Float32Array): number[] {
  return Array.from(signal, (value) => Math.round(value * 32767))
}

function prepare(folder: TemporaryFolder, path: string, fileName = 'a.wav') {
  const outputs = { raw: folder.path('raw.wav'), denoised: folder.path('denoised.wav') }
  return prepareAudio({ path, fileName, outputs, frontEnd: defaultFrontEnd })
}

describe('prepareAudio', () => {
  it('writes both variants in full and plans the segments', async () => {
    using folder = temporaryFolder()
    const signal = sine(44_100 * 12, 1000, 44_100, 0.5)
    const prepared = await prepare(folder, folder.file('a.wav', simpleWav(int16(signal), 44_100)))
    expect(prepared).toMatchObject({ durationS: 12, frames: 529_200, samples32k: 384_000, dataOffsetBytes: 44 })
    expect(prepared.segments).toEqual([
      { index: 0, startS: 0, endS: 5 },
      { index: 1, startS: 5, endS: 10 },
    ])
    expect(prepared.peaks.raw).toBeCloseTo(0.5, 2)
    const raw = await readAll(folder.path('raw.wav'))
    expect(raw.header).toMatchObject({ codec: 'pcm_s16le', sampleRateHz: 32_000, channels: 1, frames: 384_000 })
    expect(snrDb(sine(384_000, 1000, 32_000, 0.5), raw.samples, 4000, 380_000)).toBeGreaterThan(60)
    expect((await readAll(folder.path('denoised.wav'))).header.frames).toBe(384_000)
  })

  it('centre-pads a recording shorter than a window', async () => {
    using folder = temporaryFolder()
    const values = int16(noise(1001, 0.5))
    const prepared = await prepare(folder, folder.file('a.wav', simpleWav(values)))
    expect(prepared.segments).toEqual([{ index: 0, startS: 0, endS: 1001 / 32_000 }])
    expect(prepared.samples32k).toBe(1001)
    const { samples } = await readAll(folder.path('raw.wav'))
    expect(samples).toHaveLength(160_000)
    expect(samples.findIndex((value) => value !== 0)).toBe(79_499)
    expect([...samples.subarray(79_499, 80_500)].map((value) => value * 32768)).toEqual(values)
  })

  it('gives the same bytes from WAV and FLAC', async () => {
    using folder = temporaryFolder()
    const values = int16(noise(200_000, 0.3))
    await prepare(folder, folder.file('a.wav', simpleWav(values, 48_000)))
    const fromWav = ['raw.wav', 'denoised.wav'].map((name) => readFileSync(folder.path(name)))
    const flac = flacBytes([values], { sampleRateHz: 48_000, bits: 16, blockFrames: 4096 })
    await prepare(folder, folder.file('a.flac', flac), 'a.flac')
    const fromFlac = ['raw.wav', 'denoised.wav'].map((name) => readFileSync(folder.path(name)))
    expect(fromFlac.map((bytes, index) => bytes.equals(fromWav[index]!))).toEqual([true, true])
  })

  it('takes rates above what the gate allows', async () => {
    using folder = temporaryFolder()
    const prepared = await prepare(folder, folder.file('a.wav', simpleWav(int16(noise(100_003, 0.3)), 384_000)))
    expect(prepared.samples32k).toBe(Math.ceil(100_003 / 12))
    expect(readFileSync(folder.path('denoised.wav'))).toHaveLength(44 + 320_000)
  })

  it('reports silence as such, and warnings', async () => {
    using folder = temporaryFolder()
    const data = chunk('data', Buffer.alloc(400_000), { claimedBytes: 900_000 })
    const prepared = await prepare(folder, folder.file('a.wav', riff([fmt(), data])))
    expect(prepared.peaks).toEqual({ raw: 0, denoised: 0 })
    expect(prepared.warnings.map((warning) => warning.code)).toEqual(['AUDIO_TRUNCATED', 'AUDIO_SILENT'])
  })

  it('leaves no output behind when it fails', async () => {
    using folder = temporaryFolder()
    const bytes = Buffer.from(new Float32Array(10).fill(Number.NaN).buffer)
    const path = folder.file('a.wav', riff([fmt({ tag: 3, bits: 32 }), chunk('data', bytes)]))
    await expect(prepare(folder, path)).rejects.toMatchObject({ code: 'AUDIO_NON_FINITE' })
    expect(existsSync(folder.path('raw.wav'))).toBe(false)
  })

  it('stops when its signal fires', async () => {
    using folder = temporaryFolder()
    const path = folder.file('a.wav', riff([fmt(), chunk('data', Buffer.alloc(4_000_000))]))
    const outputs = { raw: folder.path('raw.wav') }
    const signal = AbortSignal.abort()
    const run = prepareAudio({ path, fileName: 'a.wav', outputs, frontEnd: defaultFrontEnd, signal })
    await expect(run).rejects.toMatchObject({ code: 'AUDIO_ABORTED', disposition: 'wait' })
    expect(existsSync(outputs.raw)).toBe(false)
  })
})

describe('inspectAudio', () => {
  it('reads header, metadata and warnings, and the name it is told', async () => {
    using folder = temporaryFolder()
    const comment = commentList('Recorded at 10:00:00 01/02/2024 (UTC) by AudioMoth 24F319055FDF2205 at medium gain')
    const path = folder.file('x.tmp', riff([fmt(), comment, chunk('data', int16Bytes([1, 2, 3]))]))
    const found = await inspectAudio(path, '20240201_100000.WAV')
    expect(found.header.frames).toBe(3)
    expect(found.metadata.claims.map((claim) => claim.source)).toEqual(['audiomoth', 'filename'])
  })
})
