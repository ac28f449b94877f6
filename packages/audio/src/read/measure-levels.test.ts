import { describe, expect, it } from 'vitest'
import { noise, sine } from '../fixtures/signals.js'
import { levelMeter } from './measure-levels.js'

function warn(blocks: Float32Array[], bits = 16): string[] {
  const meter = levelMeter(bits)
  for (const block of blocks) meter.add(block)
  const warnings: { code: string; message: string }[] = []
  meter.finish(warnings)
  return warnings.map(({ code, message }) => `${code} ${/^[\d.]+ %/.exec(message)?.[0] ?? ''}`.trim())
}

describe('levelMeter', () => {
  it('has no word for sound', () => {
    expect(warn([sine(9000, 440, 32_000, 0.99), noise(9000, 0.0001)])).toEqual([])
  })

  it('tells silence and constants, a single sample of sound not', () => {
    expect(warn([new Float32Array(1000), new Float32Array(1000)])).toEqual(['AUDIO_SILENT'])
    expect(warn([new Float32Array(1000).fill(-1)])).toEqual(['AUDIO_CONSTANT'])
    expect(warn([new Float32Array(1000), Float32Array.of(2 ** -13)])).toEqual([])
  })

  it('tells the last bits of a dead microphone, as whose windows none is embedded', () => {
    expect(warn([noise(1000, 0.99e-4)])).toEqual(['AUDIO_SILENT'])
    expect(warn([noise(1000, 0.99e-4).map((value) => value + 0.04)])).toEqual([])
  })

  it('tells the share that is clipped, across blocks and at the highest value of few bits', () => {
    const loud = sine(10_000, 440, 32_000, 1.2).map((value) => Math.max(-1, Math.min(32767 / 32768, value)))
    expect(warn([loud])[0]).toMatch(/^AUDIO_CLIPPED 3\d\.\d %$/)
    const quiet = noise(998, 0.1)
    const top = Float32Array.of(127 / 128)
    expect(warn([quiet, top, top], 8)).toEqual(['AUDIO_CLIPPED 0.200 %'])
    expect(warn([top, quiet, top], 8)).toEqual([])
  })
})
