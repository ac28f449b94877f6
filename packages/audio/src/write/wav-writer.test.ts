import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readAll } from '../fixtures/read-all.js'
import { noise } from '../fixtures/signals.js'
import { temporaryFolder } from '../fixtures/temporary-folder.js'
import { wavHeader } from './wav-header.js'
import { openWavWriter } from './wav-writer.js'

describe('the WAV writer', () => {
  it('rounds to the nearest 16-bit value, and limits', async () => {
    using folder = temporaryFolder()
    const writer = openWavWriter(folder.path('a.wav'), { sampleRateHz: 32_000 })
    writer.write(Float32Array.of(0.25, 1, -1, 2, -2, 0.6 / 32768, -0.6 / 32768, 0.4 / 32768))
    writer.finish()
    const { samples, header } = await readAll(folder.path('a.wav'))
    expect([...samples].map((value) => value * 32768)).toEqual([8192, 32767, -32768, 32767, -32768, 1, -1, 0])
    expect(header).toMatchObject({ codec: 'pcm_s16le', sampleRateHz: 32_000, channels: 1, frames: 8 })
    expect(writer.peak).toBe(1)
    expect(readFileSync(folder.path('a.wav'))).toHaveLength(44 + 16)
  })

  it('writes long blocks and silence in order', async () => {
    using folder = temporaryFolder()
    const writer = openWavWriter(folder.path('a.wav'), { sampleRateHz: 32_000, float: true })
    const block = noise(100_001, 0.5)
    writer.writeSilence(40_000)
    writer.write(block)
    writer.finish()
    const { samples, header } = await readAll(folder.path('a.wav'))
    expect(header.codec).toBe('pcm_f32le')
    expect(samples.subarray(0, 40_000).every((value) => value === 0)).toBe(true)
    expect(samples.subarray(40_000)).toEqual(block)
  })

  it('removes an abandoned file', () => {
    using folder = temporaryFolder()
    const writer = openWavWriter(folder.path('a.wav'), { sampleRateHz: 32_000 })
    writer.abandon()
    expect(existsSync(folder.path('a.wav'))).toBe(false)
  })

  it('says that it cannot write, which is not the fault of what is read', () => {
    using folder = temporaryFolder()
    const open = () => openWavWriter(folder.path('none/a.wav'), { sampleRateHz: 32_000 })
    expect(open).toThrow(expect.objectContaining({ code: 'AUDIO_UNWRITABLE', disposition: 'wait' }))
  })

  it('uses 64-bit sizes beyond 4 GiB, and only there', () => {
    const shape = { sampleRateHz: 32_000, bytesPerSample: 2, wide: true } as const
    const large = wavHeader({ ...shape, dataBytes: 5_000_000_000 })
    expect(large.toString('latin1', 0, 4)).toBe('RF64')
    expect(large.toString('latin1', 12, 16)).toBe('ds64')
    expect(large.readBigUInt64LE(28)).toBe(5_000_000_000n)
    expect(large.readUInt32LE(76)).toBe(0xffffffff)
    const small = wavHeader({ ...shape, dataBytes: 100 })
    expect(small.toString('latin1', 0, 4) + small.toString('latin1', 12, 16)).toBe('RIFFJUNK')
    expect(small.readUInt32LE(76)).toBe(100)
  })
})
