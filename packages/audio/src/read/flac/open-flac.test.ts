import { describe, expect, it } from 'vitest'
import { flacFrame } from '../../fixtures/flac-frame-writer.js'
import { flacBytes, flacFrameBytes, flacHead } from '../../fixtures/flac-bytes.js'
import { readAll } from '../../fixtures/read-all.js'
import { noise } from '../../fixtures/signals.js'
import { temporaryFolder } from '../../fixtures/temporary-folder.js'
import { crc16 } from './flac-crc.js'
import { parseFrameHeader } from './flac-frame-header.js'

async function read(bytes: Buffer) {
  using folder = temporaryFolder()
  return await readAll(folder.file('a.flac', bytes))
}

/** Whole numbers that touch both ends of the range. */
function integers(length: number, bits: number): number[] {
  const full = 2 ** (bits - 1)
  const values = [...noise(length, 1, bits)].map((value) =>
    Math.max(-full, Math.min(full - 1, Math.round(value * full) | 0)),
  )
  return [-full, full - 1, 0, 1, -1, ...values.slice(5)]
}

describe('FLAC', () => {
  it.each([8, 16, 24] as const)('agrees with WAV to the last bit at %i bits', async (bits) => {
    const values = integers(5000, bits)
    const found = await read(flacBytes([values], { sampleRateHz: 44100, bits }))
    expect(found.samples).toEqual(Float32Array.from(values, (value) => value / 2 ** (bits - 1)))
    expect(found.header).toMatchObject({ format: 'flac', sampleRateHz: 44100, bitsPerSample: bits, frames: 5000 })
    expect(found.warnings).toEqual([])
  })

  it('mixes channels down to their mean', async () => {
    const found = await read(
      flacBytes(
        [
          [100, 200],
          [300, -200],
        ],
        { sampleRateHz: 32000, bits: 16 },
      ),
    )
    expect([...found.samples]).toEqual([200 / 32768, 0])
  })

  it('reads frames that leave their rate and depth to STREAMINFO', async () => {
    const values = integers(3000, 16)
    const found = await read(flacBytes([values], { sampleRateHz: 22050, bits: 16, terse: true }))
    expect(found.samples).toEqual(Float32Array.from(values, (value) => value / 32768))
  })

  it('finds the length by decoding where the header does not say it', async () => {
    const found = await read(flacBytes([integers(3000, 16)], { sampleRateHz: 32000, bits: 16, totalFrames: 0 }))
    expect(found.header.frames).toBeNull()
    expect(found.samples).toHaveLength(3000)
    expect(found.warnings).toEqual([])
  })

  it('does not believe a length that the file cannot hold', async () => {
    const shape = { sampleRateHz: 48000, bits: 16, totalFrames: 1_000_000 * 48000 } as const
    const found = await read(flacBytes([integers(3000, 16)], shape))
    expect(found.header.frames).toBeNull()
    expect(found.samples).toHaveLength(3000)
    expect(found.warnings).toEqual(['AUDIO_IMPOSSIBLE_LENGTH'])
  })

  it('uses what is there of a truncated file', async () => {
    const shape = { sampleRateHz: 32000, bits: 16 } as const
    const values = integers(4096, 16)
    const whole = flacBytes([values], shape)
    const found = await read(whole.subarray(0, whole.length - 500))
    expect(found.samples).toEqual(Float32Array.from(values.slice(0, 3072), (value) => value / 32768))
    expect(found.warnings).toEqual(['AUDIO_TRUNCATED'])
    const untold = flacBytes([values], { ...shape, totalFrames: 0 })
    expect((await read(untold.subarray(0, untold.length - 500))).warnings).toEqual(['AUDIO_TRUNCATED'])
  })

  it('refuses a file of which hardly anything can be decoded', async () => {
    const shape = { sampleRateHz: 32000, bits: 16 } as const
    const values = integers(4096, 16)
    const junk = Buffer.alloc(100_000, 0x5a)
    const [frame] = flacFrameBytes([values], shape)
    await expect(read(Buffer.concat([flacHead([values], shape), junk, frame!, junk]))).rejects.toMatchObject({
      code: 'AUDIO_DAMAGED',
    })
  })

  it('keeps the time where a frame is damaged', async () => {
    const shape = { sampleRateHz: 32000, bits: 16 } as const
    const values = integers(4096, 16)
    const frames = flacFrameBytes([values], shape)
    frames[1]![100]! ^= 0x40
    const found = await read(Buffer.concat([flacHead([values], shape), ...frames]))
    const expected = Float32Array.from(values, (value) => value / 32768).fill(0, 1024, 2048)
    expect(found.samples).toEqual(expected)
    expect(found.warnings).toEqual(['AUDIO_CORRUPT_FRAMES'])
  })

  it('reads what stands behind padding and behind junk, frame by frame', async () => {
    const shape = { sampleRateHz: 32000, bits: 16 } as const
    const values = integers(4096, 16)
    const frames = flacFrameBytes([values], shape)
    const all = Float32Array.from(values, (value) => value / 32768)
    const padded = await read(Buffer.concat([flacHead([values], shape), ...frames, Buffer.alloc(1)]))
    expect(padded).toMatchObject({ samples: all, warnings: [] })
    const junk = Buffer.from('ffd8ffe000104a46494600010101', 'hex')
    const mixed = frames.flatMap((frame) => [frame, junk])
    const found = await read(Buffer.concat([flacHead([values], shape), ...mixed]))
    expect(found).toMatchObject({ samples: all, warnings: ['AUDIO_CORRUPT_FRAMES'] })
  })

  it('keeps the time of a frame that is of no known kind, though its checksum be right', async () => {
    const shape = { sampleRateHz: 32000, bits: 16 } as const
    const values = integers(4096, 16)
    const frames = flacFrameBytes([values], shape)
    // Behind the header of 8 bytes the subframe's: kind 2 is reserved.
    frames[3]![8] = 0x04
    frames[3]!.writeUInt16BE(crc16(0, frames[3]!, 0, frames[3]!.length - 2), frames[3]!.length - 2)
    const found = await read(Buffer.concat([flacHead([values], shape), ...frames]))
    expect(found.samples).toEqual(Float32Array.from(values, (value) => value / 32768).fill(0, 3072))
    expect(found.warnings).toEqual(['AUDIO_CORRUPT_FRAMES'])
  })

  it.each([
    [[12, [250]], 250_000],
    [[13, [0x30, 0x39]], 12_345],
    [[14, [0xff, 0xff]], 655_350],
    [[11, []], 96_000],
  ] as const)('reads the rate out of the frame header %j', async ([code, bytes], sampleRateHz) => {
    const values = integers(300, 16)
    const frame = flacFrame({
      subframes: [values],
      plans: [{ kind: 'fixed', order: 2, method: 1 }],
      bits: 16,
      rate: [code, [...bytes]],
      sampleNumber: 2 ** 36 - 1,
    })
    expect(parseFrameHeader(frame, 0)).toMatchObject({ sampleRateHz, codedNumber: 2 ** 36 - 1, countsSamples: true })
    const found = await read(Buffer.concat([flacHead([values], { sampleRateHz, bits: 16 }), frame]))
    expect(found.header.sampleRateHz).toBe(sampleRateHz)
    expect(found.samples).toEqual(Float32Array.from(values, (value) => value / 32768))
  })

  it('stops where the format changes', async () => {
    const mono = integers(1024, 16)
    const frames = flacFrameBytes([mono, mono], { sampleRateHz: 32000, bits: 16 })
    const found = await read(Buffer.concat([flacBytes([mono], { sampleRateHz: 32000, bits: 16 }), ...frames]))
    expect(found.samples).toHaveLength(1024)
    expect(found.warnings).toEqual(['AUDIO_FORMAT_CHANGED'])
  })

  it('rejects a header without sound', async () => {
    const head = flacHead([[1]], { sampleRateHz: 32000, bits: 16 })
    await expect(read(head)).rejects.toMatchObject({ code: 'AUDIO_NO_SAMPLES' })
    await expect(read(head.subarray(0, 20))).rejects.toMatchObject({ code: 'AUDIO_TRUNCATED_HEADER' })
  })

  it('reads what recorders write into comments', async () => {
    const comments = [
      'RecordingStart=2022-05-02T07:59:22+10:00',
      'SensorLocation=-27.54167+153.04277/  ',
      'SensorUid=4024',
    ]
    const found = await read(flacBytes([[1, 2]], { sampleRateHz: 32000, bits: 16, comments }))
    expect(found.metadata.claims[0]).toMatchObject({
      source: 'vorbis',
      local: '2022-05-02T07:59:22',
      utcOffsetMin: 600,
    })
    expect(found.metadata.device).toMatchObject({
      recorderId: '4024',
      position: { latitude: -27.54167, longitude: 153.04277 },
    })
  })
})
