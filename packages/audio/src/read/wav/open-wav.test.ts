import { describe, expect, it } from 'vitest'
import { readAll } from '../../fixtures/read-all.js'
import { temporaryFolder } from '../../fixtures/temporary-folder.js'
import { chunk, commentList, fmt, int16Bytes, rifx, riff, simpleWav, w64 } from '../../fixtures/wav-bytes.js'

const values = [0, 1, -1, 32767, -32768, 12345, -54]
const scaled = values.map((value) => value / 32768)

async function read(bytes: Buffer, channel: 'mix' | number = 'mix') {
  using folder = temporaryFolder()
  return await readAll(folder.file('a.wav', bytes), { channel })
}

describe('WAV codings', () => {
  it('reads 16 bit', async () => {
    const found = await read(simpleWav(values, 44100))
    expect([...found.samples]).toEqual(scaled)
    expect(found.header).toEqual({
      format: 'wav',
      codec: 'pcm_s16le',
      sampleRateHz: 44100,
      channels: 1,
      bitsPerSample: 16,
      frames: 7,
      durationS: 7 / 44100,
    })
    expect(found.warnings).toEqual([])
  })

  it('reads 8 bit around 128', async () => {
    const found = await read(riff([fmt({ bits: 8 }), chunk('data', Buffer.from([0, 128, 255, 129]))]))
    expect([...found.samples]).toEqual([-1, 0, 127 / 128, 1 / 128])
  })

  it('reads 24 and 32 bit', async () => {
    const wide = Buffer.alloc(12)
    wide.writeIntLE(-8388608, 0, 3)
    wide.writeIntLE(8388607, 3, 3)
    wide.writeIntLE(-1, 6, 3)
    const found = await read(riff([fmt({ bits: 24 }), chunk('data', wide.subarray(0, 9))]))
    expect([...found.samples]).toEqual([-1, 8388607 / 8388608, -1 / 8388608])
    wide.writeInt32LE(-(2 ** 31), 0)
    wide.writeInt32LE(2 ** 30, 4)
    wide.writeInt32LE(0, 8)
    const longer = await read(riff([fmt({ bits: 32 }), chunk('data', wide)]))
    expect([...longer.samples]).toEqual([-1, 0.5, 0])
  })

  it('reads float32 and float64, making them finite and within range', async () => {
    const single = Buffer.from(Float32Array.of(0.25, Number.NaN, 1.5, -Infinity).buffer)
    const found = await read(riff([fmt({ tag: 3, bits: 32 }), chunk('data', single)]))
    expect([...found.samples]).toEqual([0.25, 0, 1, 0])
    expect(found.warnings).toEqual(['AUDIO_NON_FINITE', 'AUDIO_OVER_RANGE'])
    const double = Buffer.from(Float64Array.of(0.25, -0.5).buffer)
    expect([...(await read(riff([fmt({ tag: 3, bits: 64 }), chunk('data', double)]))).samples]).toEqual([0.25, -0.5])
  })

  it('reads A-law and mu-law', async () => {
    const alaw = await read(riff([fmt({ tag: 6, bits: 8 }), chunk('data', Buffer.from([0xd5, 0x55, 0xaa, 0x2a]))]))
    expect([...alaw.samples]).toEqual([8, -8, 32256, -32256].map((value) => value / 32768))
    const mulaw = await read(riff([fmt({ tag: 7, bits: 8 }), chunk('data', Buffer.from([0xff, 0x80, 0x00, 0xfe]))]))
    expect([...mulaw.samples]).toEqual([0, 32124, -32124, 8].map((value) => value / 32768))
    expect(mulaw.header.codec).toBe('pcm_mulaw')
  })

  it('reads RIFX, big-endian throughout', async () => {
    const found = await read(rifx(simpleWav(values, 44100)))
    expect([...found.samples]).toEqual(scaled)
    expect(found.header).toMatchObject({ format: 'wav', codec: 'pcm_s16be', sampleRateHz: 44100, frames: 7 })
  })

  it('reads Wave64', async () => {
    const found = await read(w64(fmt({ sampleRateHz: 44100 }).subarray(8), int16Bytes(values)))
    expect([...found.samples]).toEqual(scaled)
    expect(found.header).toMatchObject({ format: 'w64', codec: 'pcm_s16le', sampleRateHz: 44100, frames: 7 })
  })

  it('rejects floats none of which is finite', async () => {
    const bytes = Buffer.from(Float32Array.of(Number.NaN, Infinity).buffer)
    await expect(read(riff([fmt({ tag: 3, bits: 32 }), chunk('data', bytes)]))).rejects.toMatchObject({
      code: 'AUDIO_NON_FINITE',
      disposition: 'reject',
    })
  })

  it('reads WAVE_FORMAT_EXTENSIBLE with fewer valid bits, left-aligned', async () => {
    const content = Buffer.alloc(40)
    fmt({ tag: 0xfffe }).copy(content, 0, 8)
    content.writeUInt16LE(22, 16)
    content.writeUInt16LE(12, 18)
    content.writeUInt16LE(1, 24)
    const found = await read(riff([chunk('fmt ', content), chunk('data', int16Bytes([16384]))]))
    expect(found.header.bitsPerSample).toBe(12)
    expect([...found.samples]).toEqual([0.5])
  })

  it('mixes channels down to their mean, or takes one', async () => {
    const bytes = riff([fmt({ channels: 2 }), chunk('data', int16Bytes([16384, -16384, 8192, 0]))])
    expect([...(await read(bytes)).samples]).toEqual([0, 0.125])
    expect([...(await read(bytes, 1)).samples]).toEqual([-0.5, 0])
    await expect(read(bytes, 2)).rejects.toMatchObject({
      code: 'AUDIO_NO_CHANNEL',
      message: expect.stringContaining('channel 3 was asked for and the file has 2') as string,
    })
  })
})

describe('WAV containers', () => {
  it('finds data behind junk, and chunks behind data', async () => {
    const junk = chunk('JUNK', Buffer.alloc(5000))
    const comment = commentList('Recorded at 10:00:00 01/02/2024 (UTC) by AudioMoth 24F319055FDF2205 at medium gain')
    const found = await read(riff([junk, fmt(), chunk('data', int16Bytes(values)), comment]))
    expect([...found.samples]).toEqual(scaled)
    expect(found.metadata.device.recorderId).toBe('24F319055FDF2205')
  })

  it('reads chunks of odd size, padded or not', async () => {
    for (const pad of [true, false]) {
      const guano = chunk('guan', Buffer.from('GUANO|Version: 1.0\nSerial:7'), { pad })
      const found = await read(riff([guano, fmt(), chunk('data', int16Bytes(values))]))
      expect([...found.samples]).toEqual(scaled)
      expect(found.metadata.device.recorderId).toBe('7')
      const cut = await read(riff([fmt(), guano, chunk('data', int16Bytes(values), { claimedBytes: 1000 })]))
      expect(cut).toMatchObject({ samples: Float32Array.from(scaled), warnings: ['AUDIO_TRUNCATED'] })
    }
  })

  it('uses what is there when the header claims no size, or an impossible one', async () => {
    for (const claimedBytes of [0, 0xffffffff]) {
      const found = await read(riff([fmt(), chunk('data', int16Bytes(values), { claimedBytes })]))
      expect([...found.samples]).toEqual(scaled)
      expect(found.warnings).toEqual(['AUDIO_SIZE_UNKNOWN'])
    }
    const cut = await read(riff([fmt(), chunk('data', int16Bytes(values), { claimedBytes: 1000 })]))
    expect([...cut.samples]).toEqual(scaled)
    expect(cut.warnings).toEqual(['AUDIO_TRUNCATED'])
  })

  it('does not take chunks behind an empty data chunk for sound', async () => {
    const bytes = riff([fmt(), chunk('data', Buffer.alloc(0)), commentList('nothing')])
    await expect(read(bytes)).rejects.toMatchObject({ code: 'AUDIO_NO_SAMPLES' })
  })

  it('reads RF64 with its size in ds64', async () => {
    const sizes = Buffer.alloc(28)
    sizes.writeBigUInt64LE(14n, 8)
    const data = chunk('data', int16Bytes(values), { claimedBytes: 0xffffffff })
    const found = await read(riff([chunk('ds64', sizes), fmt(), data, commentList('behind')], 'RF64'))
    expect([...found.samples]).toEqual(scaled)
    expect(found.warnings).toEqual([])
  })

  it('tells what is missing', async () => {
    await expect(read(Buffer.alloc(0))).rejects.toMatchObject({ code: 'AUDIO_EMPTY' })
    await expect(read(Buffer.from('RIFF\0'))).rejects.toMatchObject({ code: 'AUDIO_TRUNCATED_HEADER' })
    await expect(read(riff([fmt(), chunk('data', Buffer.alloc(0))]))).rejects.toMatchObject({
      code: 'AUDIO_NO_SAMPLES',
    })
    await expect(read(riff([fmt({ sampleRateHz: 3 })]))).rejects.toMatchObject({ code: 'AUDIO_BAD_HEADER' })
    await expect(read(riff([fmt({ channels: 0 })]))).rejects.toMatchObject({ code: 'AUDIO_BAD_HEADER' })
    await expect(read(Buffer.from('nothing of the kind'))).rejects.toMatchObject({ code: 'AUDIO_NOT_AUDIO' })
  })
})
