import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { quantizePcm } from './pcm.js'
import { writeToneWav } from './tone.js'
import { encodeWav, encodeWav16 } from './wav.js'

describe('encodeWav', () => {
  it('writes 16-bit samples, clipped at full scale', () => {
    const wav = encodeWav16(Float32Array.of(0, 1, -1, 2, -2, 0.5), 32000)
    expect(wav).toHaveLength(44 + 12)
    expect(Array.from({ length: 6 }, (_, i) => wav.readInt16LE(44 + 2 * i))).toEqual([
      0, 32767, -32767, 32767, -32767, 16384,
    ])
    expect(wav.readUInt32LE(4)).toBe(wav.length - 8)
    expect(wav.readUInt32LE(24)).toBe(32000)
  })

  it('writes 24-bit stereo, interleaved', () => {
    const pcm = [quantizePcm(Float32Array.of(0.25, -0.25), 24), Int32Array.of(1, -1)]
    const wav = encodeWav({ pcm, sampleRateHz: 96000, bitsPerSample: 24 })
    expect(Array.from({ length: 4 }, (_, i) => wav.readIntLE(44 + 3 * i, 3))).toEqual([2097152, 1, -2097152, -1])
    expect([wav.readUInt16LE(22), wav.readUInt32LE(28), wav.readUInt16LE(32)]).toEqual([2, 576000, 6])
  })

  it('puts chunks before or after the data, padded unless told otherwise', () => {
    const body = Buffer.from('abc')
    const wav = encodeWav16(Float32Array.of(0), 8000, [
      { id: 'LIST', body },
      { id: 'guan', body, place: 'after data', unpadded: true },
    ])
    expect(wav.indexOf('LIST')).toBe(36)
    expect(wav.indexOf('data')).toBe(36 + 12)
    expect(wav.indexOf('guan')).toBe(wav.length - 11)
    expect(wav.readUInt32LE(4)).toBe(wav.length - 8)
  })
})

describe('writeToneWav', () => {
  it('writes a tone at its level, with its folders', async () => {
    const root = await mkdtemp(join(tmpdir(), 'coro-tone-'))
    try {
      const path = join(root, 'a/b/tone.wav')
      await writeToneWav(path, { seconds: 0.5, sampleRateHz: 16000, levelDb: -6 })
      const wav = await readFile(path)
      expect(wav).toHaveLength(44 + 16000)
      const peak = Math.max(...Array.from({ length: 8000 }, (_, i) => wav.readInt16LE(44 + 2 * i)))
      expect(peak / 32767).toBeCloseTo(10 ** (-6 / 20), 2)
    } finally {
      await rm(root, { recursive: true })
    }
  })
})
