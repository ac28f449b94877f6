import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { AudioError } from '../../audio-error.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readAll } from '../../fixtures/read-all.js'
import { temporaryFolder } from '../../fixtures/temporary-folder.js'
import { chunk, commentList, fmt, riff } from '../../fixtures/wav-bytes.js'

/** A WAV file of IMA ADPCM: blocks of 256 bytes, 505 samples each, of a ramp that begins at `from`. */
function adpcm(blocks: number, from: number): Buffer {
  const block = Buffer.alloc(256)
  block.writeInt16LE(from, 0)
  const extra = Buffer.from([2, 0, 0xf9, 0x01])
  const format = Buffer.concat([fmt({ tag: 0x11, bits: 4, blockAlign: 256, sampleRateHz: 16_000 }).subarray(8), extra])
  const data = Buffer.concat(Array.from({ length: blocks }, () => block))
  const text = 'Recorded at 09:32:00 04/05/2018 (UTC) by AudioMoth 0FE081F80FE081F0 at gain setting 2'
  return riff([chunk('fmt ', format), commentList(text), chunk('data', data)])
}

async function read(bytes: Buffer) {
  using folder = temporaryFolder()
  return await readAll(folder.file('a.wav', bytes))
}

afterEach(() => {
  vi.unstubAllEnvs()
})

const hasFfmpeg = spawnSync('ffprobe', ['-version']).status === 0

describe.skipIf(!hasFfmpeg)('with ffmpeg (left out where it is not installed)', () => {
  it('reads what no reader of ours reads', async () => {
    const found = await read(adpcm(10, 4096))
    expect(found.header).toMatchObject({ format: 'wav', codec: 'adpcm_ima_wav', sampleRateHz: 16_000, channels: 1 })
    expect(found.samples).toHaveLength(5050)
    expect(found.samples[0]).toBeCloseTo(0.125, 2)
    expect(found.metadata.device.recorderId).toBe('0FE081F80FE081F0')
  })

  it('takes or refuses damaged files, each with a reason', { timeout: 60_000 }, async () => {
    const whole = adpcm(40, 4096)
    const surprises: unknown[] = []
    for (let seed = 1; seed <= 24; seed += 1) {
      const bytes = Buffer.from(whole.subarray(0, seed % 3 === 0 ? Math.floor((whole.length * seed) / 24) : undefined))
      // The head more than the samples: behind the first 20 bytes, which say that it is ADPCM in WAV.
      for (let n = 1; n <= seed; n += 1)
        bytes[22 + ((n * n * 37 + seed * 101) % (n % 2 ? 120 : bytes.length - 22))] = n * seed
      const outcome: unknown = await read(bytes).catch((error: unknown) => error)
      if (outcome instanceof Error && !(outcome instanceof AudioError)) surprises.push([seed, outcome])
    }
    expect(surprises).toEqual([])
  })

  it.each([
    ['b.au', 'pcm_s16be'],
    ['b.caf', 'pcm_s16be'],
    ['b.ogg', 'flac'],
    ['b.tta', 'tta'],
  ])('marks what was cut off: %s', { timeout: 60_000 }, async (name, codec) => {
    using folder = temporaryFolder()
    const source = ['-f', 'lavfi', '-i', 'anoisesrc=r=16000:d=8:a=0.2']
    spawnSync('ffmpeg', ['-v', 'quiet', ...source, '-c:a', codec, folder.path(name)])
    const whole = readFileSync(folder.path(name))
    expect((await read(whole)).warnings).toEqual([])
    const cut = await read(whole.subarray(0, Math.round(whole.length * 0.97)))
    expect(cut.warnings[0]).toBe('AUDIO_TRUNCATED')
    expect(cut.samples.length).toBeGreaterThan(100_000)
  })

  it('says what ffmpeg does not read either', async () => {
    const bytes = riff([fmt({ bits: 48 }), chunk('data', Buffer.alloc(6000, 7))])
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'AUDIO_UNSUPPORTED',
      format: 'wav',
      message: expect.stringMatching(/48-bit integer.*nor ffmpeg/) as string,
    })
  })

  it('says so where ffmpeg cannot read it either', async () => {
    const bytes = Buffer.concat([Buffer.from('\0\0\0\x20ftypM4A ', 'latin1'), Buffer.alloc(200)])
    await expect(read(bytes)).rejects.toMatchObject({ code: expect.stringMatching(/^AUDIO_(DAMAGED|NO_SAMPLES)$/) })
  })
})

describe('without ffmpeg', () => {
  it('names the format and what to install', async () => {
    vi.stubEnv('PATH', '')
    await expect(read(adpcm(1, 0))).rejects.toMatchObject({
      code: 'AUDIO_UNSUPPORTED',
      message: expect.stringMatching(/IMA ADPCM.*install ffmpeg/),
    })
  })

  it('names a format that nobody reads', async () => {
    await expect(read(Buffer.concat([Buffer.from('WAac'), Buffer.alloc(100)]))).rejects.toMatchObject({
      code: 'AUDIO_UNSUPPORTED',
      message: expect.stringContaining('WAC'),
    })
  })
})
