import { afterEach, describe, expect, it, vi } from 'vitest'
import { aiff, aiffChunk, comm, ssnd } from '../../fixtures/aiff-bytes.js'
import { readAll } from '../../fixtures/read-all.js'
import { temporaryFolder } from '../../fixtures/temporary-folder.js'

const values = [0, 1, -1, 32767, -32768, 12345, -54]
const scaled = values.map((value) => value / 32768)
const bigEndian = Buffer.from(Int16Array.from(values).buffer).swap16()

async function read(bytes: Buffer) {
  using folder = temporaryFolder()
  return await readAll(folder.file('a.aif', bytes))
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('AIFF', () => {
  it('reads 16 bit', async () => {
    const found = await read(aiff([comm({ frames: 7, sampleRateHz: 44100 }), ssnd(bigEndian)]))
    expect([...found.samples]).toEqual(scaled)
    expect(found.header).toEqual({
      format: 'aiff',
      codec: 'pcm_s16be',
      sampleRateHz: 44100,
      channels: 1,
      bitsPerSample: 16,
      frames: 7,
      durationS: 7 / 44100,
    })
    expect(found.warnings).toEqual([])
  })

  it.each([
    ['sowt', 16, Buffer.from(Int16Array.of(-32768, 1).buffer), [-1, 1 / 32768]],
    ['twos', 8, Buffer.from([0x80, 0x7f]), [-1, 127 / 128]],
    ['raw ', 8, Buffer.from([0, 255]), [-1, 127 / 128]],
    ['NONE', 24, Buffer.from([0x80, 0, 0, 0, 0, 1]), [-1, 2 ** -23]],
    ['in32', 32, Buffer.from([0x80, 0, 0, 0, 0x40, 0, 0, 0]), [-1, 0.5]],
    ['fl32', 32, Buffer.from(Float32Array.of(0.25, -0.5).buffer).swap32(), [0.25, -0.5]],
    ['fl64', 64, Buffer.from(Float64Array.of(0.25, -0.5).buffer).swap64(), [0.25, -0.5]],
    ['alaw', 16, Buffer.from([0xd5, 0x55]), [8 / 32768, -8 / 32768]],
    ['ULAW', 16, Buffer.from([0x80, 0x00]), [32124 / 32768, -32124 / 32768]],
  ])('reads AIFF-C %s of %i bits', async (coding, bits, bytes, expected) => {
    const found = await read(aiff([comm({ frames: 2, bits, coding }), ssnd(bytes)], 'AIFC'))
    expect([...found.samples]).toEqual(expected)
    expect(found.warnings).toEqual([])
  })

  it('names a coding that it does not read', async () => {
    vi.stubEnv('PATH', '')
    const bytes = aiff([comm({ frames: 2, coding: 'QDMC' }), ssnd(bigEndian)], 'AIFC')
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'AUDIO_UNSUPPORTED',
      message: expect.stringContaining('QDMC'),
    })
  })

  it('uses what is there of a truncated file', async () => {
    const found = await read(aiff([comm({ frames: 1000 }), ssnd(bigEndian, 2008)]))
    expect([...found.samples]).toEqual(scaled)
    expect(found.warnings).toEqual(['AUDIO_TRUNCATED'])
    const open = await read(aiff([comm({ frames: 0 }), ssnd(bigEndian, 0)]))
    expect([...open.samples]).toEqual(scaled)
    expect(open.warnings).toEqual(['AUDIO_SIZE_UNKNOWN'])
    const half = await read(aiff([comm({ frames: 7 }), ssnd(bigEndian, 0)]))
    expect([...half.samples]).toEqual(scaled)
    expect(half.warnings).toEqual(['AUDIO_SIZE_UNKNOWN'])
  })

  it('reads a recorder comment that a converter kept', async () => {
    const text = 'Recorded at 09:32:00 04/05/2018 (UTC) by AudioMoth 0FE081F80FE081F0 at gain setting 2'
    const found = await read(aiff([comm({ frames: 7 }), ssnd(bigEndian), aiffChunk('ANNO', Buffer.from(text))]))
    expect(found.metadata.device.recorderId).toBe('0FE081F80FE081F0')
  })

  it('tells what is missing', async () => {
    await expect(read(Buffer.from('FORM\0'))).rejects.toMatchObject({ code: 'AUDIO_TRUNCATED_HEADER' })
    await expect(read(aiff([ssnd(bigEndian)]))).rejects.toMatchObject({ code: 'AUDIO_BAD_HEADER' })
    await expect(read(aiff([comm({ frames: 7 })]))).rejects.toMatchObject({ code: 'AUDIO_NO_SAMPLES' })
    await expect(read(aiff([comm({ frames: 7, sampleRateHz: 3 }), ssnd(bigEndian)]))).rejects.toMatchObject({
      code: 'AUDIO_BAD_HEADER',
    })
  })
})
