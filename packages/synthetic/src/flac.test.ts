import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { describe, expect, it } from 'vitest'
import { encodeFlac } from './flac.js'
import type { BitsPerSample } from './pcm.js'
import { createRandom } from './random.js'

type Shape = 'noise' | 'tone' | 'silence' | 'extremes' | 'steps'

function makePcm(shape: Shape, frames: number, bitsPerSample: BitsPerSample, seed: number): Int32Array {
  const top = 2 ** (bitsPerSample - 1) - 1
  const random = createRandom(seed)
  return Int32Array.from({ length: frames }, (_, i) => {
    if (shape === 'silence') return 0
    if (shape === 'extremes') return random() < 0.5 ? -top - 1 : top
    if (shape === 'steps') return i % 7000 < 3000 ? Math.round(random() * 3) : Math.round((random() - 0.5) * top)
    if (shape === 'tone') return Math.round(top * 0.5 * Math.sin(i * 0.05 * seed))
    return Math.round((random() * 2 - 1) * top * 0.1)
  })
}

/** Where the first frame begins. */
function firstFrame(flac: Buffer): number {
  let at = 4
  while (((flac[at] ?? 0x80) & 0x80) === 0) at += 4 + flac.readUIntBE(at + 1, 3)
  return at + 4 + flac.readUIntBE(at + 1, 3)
}

/** The decoder's stream parser sometimes loses a file's last frame, also of files that the flac program made, as it wants
 *  to see the next frame's header. So the frames are given twice, and what comes after the first time is left out. */
async function decode(
  flac: Buffer,
  frames: number,
): Promise<{ pcm: Float32Array[]; sampleRate: number; errors: number }> {
  const decoder = new FLACDecoder()
  await decoder.ready
  const decoded = await decoder.decodeFile(new Uint8Array(Buffer.concat([flac, flac.subarray(firstFrame(flac))])))
  decoder.free()
  const pcm = decoded.channelData.map((channel) => channel.subarray(0, frames))
  return { pcm, sampleRate: decoded.sampleRate, errors: decoded.errors.length }
}

const shapes: Shape[] = ['noise', 'tone', 'silence', 'extremes', 'steps']
const cases = shapes.flatMap((shape) =>
  ([16, 24] as const).flatMap((bits) => [1, 2].map((channels) => ({ shape, bits, channels }))),
)

describe('encodeFlac', () => {
  it.each(cases)('$shape, $bits bits, $channels channels comes back exactly', async ({ shape, bits, channels }) => {
    const frames = 4096 * 5 + 1234
    const pcm = Array.from({ length: channels }, (_, n) => makePcm(shape, frames, bits, n + 1))
    const decoded = await decode(encodeFlac({ pcm, sampleRateHz: 44100, bitsPerSample: bits }), frames)
    expect(decoded.errors).toBe(0)
    expect(decoded.sampleRate).toBe(44100)
    expect(decoded.pcm).toHaveLength(channels)
    decoded.pcm.forEach((samples, n) => {
      // This decoder divides by 2^(bits-1) - 1.
      const scale = 2 ** (bits - 1) - 1
      const wrong = samples.findIndex((sample, i) => Math.round(sample * scale) !== pcm[n]?.[i])
      expect(samples).toHaveLength(pcm[n]?.length ?? 0)
      expect(wrong).toBe(-1)
    })
  })

  it('carries its comments and its length', () => {
    const pcm = [makePcm('tone', 100000, 16, 1)]
    const flac = encodeFlac({ pcm, sampleRateHz: 32000, bitsPerSample: 16, comments: [['ARTIST', 'AudioMoth 0']] })
    expect(flac.toString('latin1', 0, 4)).toBe('fLaC')
    expect(flac.includes('ARTIST=AudioMoth 0')).toBe(true)
    expect(Number(flac.readBigUInt64BE(18) & 0xfffffffffn)).toBe(100000)
    expect(flac.length).toBeLessThan(150000)
  })

  it('numbers more than 2047 frames', async () => {
    const pcm = [makePcm('silence', 4096 * 2100, 16, 1)]
    const decoded = await decode(encodeFlac({ pcm, sampleRateHz: 48000, bitsPerSample: 16 }), 4096 * 2100)
    expect(decoded.errors).toBe(0)
    expect(decoded.pcm[0]).toHaveLength(4096 * 2100)
  })
})
