import { afterEach, describe, expect, it, vi } from 'vitest'
import { opusTone, vorbisTone } from '../../fixtures/encoded-tones.js'
import { readAll } from '../../fixtures/read-all.js'
import { sine, snrDb } from '../../fixtures/signals.js'
import { temporaryFolder } from '../../fixtures/temporary-folder.js'
import { opusPacketSamples } from './opus-packet.js'
import { pageCrc, parseOggPage } from './ogg-pages.js'

async function read(bytes: Buffer) {
  using folder = temporaryFolder()
  return await readAll(folder.file('a.ogg', bytes))
}

/** The pages of a file, each in memory of its own. */
function pagesOf(bytes: Buffer): Buffer[] {
  const pages: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = parseOggPage(bytes.subarray(at))!.bytes
    pages.push(Buffer.from(bytes.subarray(at, at + length)))
    at += length
  }
  return pages
}

function withCrc(page: Buffer): Buffer {
  page.writeUInt32LE(pageCrc(page), 22)
  return page
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('Ogg', () => {
  it.each([
    ['vorbis', vorbisTone, 16_000],
    ['opus', opusTone, 48_000],
  ] as const)('with %s is read at its full length', async (codec, bytes, sampleRateHz) => {
    const found = await read(bytes)
    const frames = sampleRateHz / 2
    expect(found.header).toMatchObject({ format: 'ogg', codec, sampleRateHz, channels: 1, frames, durationS: 0.5 })
    expect(found.samples).toHaveLength(frames)
    const tone = sine(frames, 1000, sampleRateHz, 0.5)
    expect(snrDb(tone, found.samples, frames / 4, (frames * 3) / 4)).toBeGreaterThan(8)
    expect(found.warnings).toEqual([])
  })

  it('uses what is there of a truncated file', async () => {
    const pages = pagesOf(vorbisTone)
    await expect(read(Buffer.concat(pages.slice(0, 1)))).rejects.toMatchObject({ code: 'AUDIO_TRUNCATED_HEADER' })
    const last = Buffer.from(pages.at(-1)!)
    last[5] = 0
    const found = await read(Buffer.concat([...pages.slice(0, -1), withCrc(last)]))
    expect(found.samples.length).toBeGreaterThanOrEqual(8000)
    expect(found.warnings).toEqual(['AUDIO_TRUNCATED'])
    const more = Buffer.concat([...pages.slice(0, -1), withCrc(last), Buffer.from(last).subarray(0, 100)])
    expect((await read(more)).warnings).toEqual(['AUDIO_TRUNCATED'])
  })

  it('says that a header alone is no sound', async () => {
    await expect(read(Buffer.concat(pagesOf(opusTone).slice(0, 2)))).rejects.toMatchObject({ code: 'AUDIO_NO_SAMPLES' })
  })

  it('does not believe a page whose checksum is wrong', async () => {
    const bytes = Buffer.from(opusTone)
    bytes[bytes.length - 100]! ^= 1
    await expect(read(bytes)).rejects.toMatchObject({ code: 'AUDIO_NO_SAMPLES' })
  })

  it('does not believe a length that the file cannot hold', async () => {
    const pages = pagesOf(opusTone)
    pages.at(-1)!.writeBigInt64LE(10n ** 12n, 6)
    withCrc(pages.at(-1)!)
    const found = await read(Buffer.concat(pages))
    expect(found.header.frames).toBeNull()
    expect(found.warnings).toContain('AUDIO_IMPOSSIBLE_LENGTH')
  })

  it('names what it does not read', async () => {
    vi.stubEnv('PATH', '')
    const [first] = pagesOf(opusTone)
    first!.write('Speex   ', 28, 'latin1')
    await expect(read(withCrc(first!))).rejects.toMatchObject({
      code: 'AUDIO_UNSUPPORTED',
      message: expect.stringContaining('Speex'),
    })
  })
})

describe('opusPacketSamples', () => {
  it.each([
    [[0x08, 1, 2], 960],
    [[0x09, 1, 2], 1920],
    [[0x09, 1], 0],
    [[0x0a, 1, 9, 9], 1920],
    [[0x0a, 5, 9], 0],
    [[0x0b, 3, 1, 2, 3], 2880],
    [[0x0b, 3, 1, 2], 0],
    [[0x0b, 0], 0],
    [[0x0b, 0x83, 1, 1, 9, 9, 9], 2880],
    [[0x0b, 0x42, 1, 8, 8, 0], 1920],
    [[], 0],
  ])('of %j is %i', (bytes, samples) => {
    expect(opusPacketSamples(Uint8Array.from(bytes))).toBe(samples)
  })
})
