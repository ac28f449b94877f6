import { describe, expect, it } from 'vitest'
import { mp3Tone } from '../../fixtures/encoded-tones.js'
import { readAll } from '../../fixtures/read-all.js'
import { sine, snrDb } from '../../fixtures/signals.js'
import { temporaryFolder } from '../../fixtures/temporary-folder.js'

async function read(bytes: Buffer) {
  using folder = temporaryFolder()
  return await readAll(folder.file('a.mp3', bytes))
}

const tone = sine(8000, 1000, 16_000, 0.5)

describe('MP3', () => {
  it('is read without what the encoder added', async () => {
    const found = await read(mp3Tone)
    expect(found.header).toEqual({
      format: 'mp3',
      codec: 'mp3',
      sampleRateHz: 16_000,
      channels: 1,
      bitsPerSample: 16,
      frames: 8000,
      durationS: 0.5,
    })
    expect(found.samples).toHaveLength(8000)
    expect(snrDb(tone, found.samples, 1000, 7000)).toBeGreaterThan(20)
    expect(found.warnings).toEqual([])
  })

  it('is found behind tags and padding, whose words are read', async () => {
    const text = 'Recorded at 09:32:00 04/05/2018 (UTC) by AudioMoth 0FE081F80FE081F0 at gain setting 2'
    const content = Buffer.from(`TXXX....${text}`, 'utf16le')
    const tag = Buffer.concat([
      Buffer.from('ID3\x03\0\0\0\0', 'latin1'),
      Buffer.from([content.length >> 7, content.length & 127]),
    ])
    const found = await read(Buffer.concat([tag, content, Buffer.alloc(3000), mp3Tone]))
    expect(found.samples).toHaveLength(8000)
    expect(found.metadata.device.recorderId).toBe('0FE081F80FE081F0')
  })

  it('uses what is there of a truncated file', async () => {
    const found = await read(mp3Tone.subarray(0, mp3Tone.length >> 1))
    expect(found.samples.length).toBeGreaterThan(2000)
    expect(found.warnings).toEqual(['AUDIO_TRUNCATED'])
  })

  it('sees that a file without a claim of its length is cut off', async () => {
    // Behind the tag and the first frame, which holds the claim: the frames are alike, of 108 bytes or so.
    const sound = mp3Tone.subarray(mp3Tone.indexOf(Buffer.from([0xff, 0xf3]), 60))
    expect((await read(sound)).warnings).toEqual([])
    expect((await read(Buffer.concat([sound, Buffer.from('TAG'.padEnd(128, '\0'))]))).warnings).toEqual([])
    expect((await read(sound.subarray(0, sound.length - 30))).warnings).toEqual(['AUDIO_TRUNCATED'])
  })

  it('is found where its tag claims more than the file holds', async () => {
    const tag = Buffer.from('ID3\x03\0\0\x7f\x7f\x7f\x7f', 'latin1')
    expect((await read(Buffer.concat([tag, mp3Tone]))).samples).toHaveLength(8000)
  })

  it('passes over damage', async () => {
    const bytes = Buffer.from(mp3Tone)
    bytes.fill(0, 1000, 1300)
    const found = await read(bytes)
    expect(found.samples.length).toBeGreaterThan(5000)
    expect(found.warnings).toContain('AUDIO_CORRUPT_FRAMES')
  })

  it('is not seen in other data', async () => {
    await expect(read(Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919) % 251)))).rejects.toMatchObject({
      code: 'AUDIO_NOT_AUDIO',
    })
    await expect(read(Buffer.concat([mp3Tone.subarray(0, 80), Buffer.alloc(300)]))).rejects.toMatchObject({
      code: 'AUDIO_NO_SAMPLES',
    })
  })
})
