import { describe, expect, it } from 'vitest'
import { decodePng } from './decode-png.fixture.js'
import { drawSpectrogram } from './draw-spectrogram.js'
import { spectrogramDefaults, type SpectrogramOptions } from './spectrogram-options.js'

const rate = 32_000
const options = (changes: Partial<SpectrogramOptions> = {}): SpectrogramOptions => ({
  ...spectrogramDefaults,
  maxHz: 16_000,
  ...changes,
})
const sound = (seconds: number, at: (timeS: number) => number) =>
  Float32Array.from({ length: seconds * rate }, (_, index) => at(index / rate))
const tone = (hz: number, amplitude = 0.5) => sound(2, (t) => amplitude * Math.sin(2 * Math.PI * hz * t))
const draw = (samples: Float32Array, changes: Partial<SpectrogramOptions> = {}) =>
  decodePng(drawSpectrogram(samples, rate, options(changes)))
type Picture = ReturnType<typeof draw>

function brightestRow({ height, at }: Picture, column: number): number {
  let best = 0
  for (let row = 1; row < height; row += 1) if (at(column, row) > at(column, best)) best = row
  return best
}

describe('a spectrogram', () => {
  it.each([500, 1200, 4000, 9000, 15_000])('shows a tone of %i Hz in its row of the linear scale', (hz) => {
    const picture = draw(tone(hz), { scale: 'linear' })
    expect([picture.width, picture.height]).toEqual([400, 200])
    for (const column of [0, 7, 200, 399]) {
      expect(Math.abs(brightestRow(picture, column) - (200 * (1 - hz / 16_000) - 0.5))).toBeLessThanOrEqual(1)
    }
  })

  it.each([500, 1200, 4000, 9000, 15_000])('shows a tone of %i Hz in its row of the mel scale', (hz) => {
    const mel = (f: number) => 2595 * Math.log10(1 + f / 700)
    const part = (mel(hz) - mel(300)) / (mel(16_000) - mel(300))
    const picture = draw(tone(hz), { minHz: 300, height: 120 })
    expect(Math.abs(brightestRow(picture, 200) - (120 * (1 - part) - 0.5))).toBeLessThanOrEqual(1)
  })

  it('rises with a chirp, and shows a click in its column', () => {
    const chirp = draw(
      sound(2, (t) => 0.5 * Math.sin(2 * Math.PI * (1000 * t + 3000 * t * t))),
      { scale: 'linear' },
    )
    const rows = [20, 100, 200, 300, 380].map((column) => brightestRow(chirp, column))
    expect(rows).toEqual([...rows].sort((a, b) => b - a))
    expect(new Set(rows).size).toBe(5)
    const click = new Float32Array(60 * rate)
    click[15 * rate] = 1
    const { at } = draw(click)
    expect([at(98, 100), at(100, 100), at(103, 100)]).toEqual([0, expect.any(Number), 0])
    expect(Math.max(at(99, 100), at(100, 100))).toBeGreaterThan(200)
  })

  it('has neither stripes nor dark rows in steady noise', () => {
    let state = 1
    const noise = sound(5, () => ((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5) * 0.2)
    const { at } = draw(noise)
    const columnMean = (column: number) =>
      Array.from({ length: 200 }, (_, row) => at(column, row)).reduce((a, b) => a + b)
    const columns = Array.from({ length: 400 }, (_, column) => columnMean(column) / 200)
    expect(Math.max(...columns) - Math.min(...columns)).toBeLessThan(30)
    for (let row = 0; row < 200; row += 1) {
      expect(Array.from({ length: 400 }, (_, column) => at(column, row)).some((value) => value > 100)).toBe(true)
    }
  })

  it('gives a full-scale sine about 0 dB, and colours evenly in dB', () => {
    const peak = (amplitude: number, changes: Partial<SpectrogramOptions>) => {
      const picture = draw(tone(4000, amplitude), { scale: 'linear', ...changes })
      return picture.at(200, brightestRow(picture, 200))
    }
    expect(peak(1, { maxDb: 2, rangeDb: 100 })).toBeGreaterThan(245)
    const step = peak(0.1, { maxDb: 0, rangeDb: 80 }) - peak(0.01, { maxDb: 0, rangeDb: 80 })
    expect(Math.abs(step - (20 / 80) * 255)).toBeLessThanOrEqual(1)
    expect(peak(0.1, { maxDb: -40 })).toBe(255)
    expect(peak(0.001, { maxDb: 0, rangeDb: 40 })).toBe(0)
    expect(peak(0.001, {})).toBe(255)
  })

  it('is even for silence, for noise below -80 dBFS, and for no sound at all', () => {
    for (const samples of [new Float32Array(rate), tone(1000, 0.00005), new Float32Array(0)]) {
      const { width, height, at } = draw(samples, { width: 40, height: 20 })
      for (let pixel = 0; pixel < width * height; pixel += 1)
        expect(at(pixel % width, Math.floor(pixel / width))).toBe(0)
    }
    expect(draw(new Float32Array(0), { maxDb: 0 }).at(0, 0)).toBe(0)
  })

  it('takes its palette', () => {
    const first = (palette: SpectrogramOptions['palette']) => draw(new Float32Array(100), { palette }).palette
    expect(first('viridis').subarray(0, 3).toString('hex')).toBe('440154')
    expect(first('magma').subarray(765).toString('hex')).toBe('fcfdbf')
    expect(first('inferno').subarray(765).toString('hex')).toBe('fcffa4')
    expect(first('grey').subarray(765).toString('hex')).toBe('ffffff')
  })

  it.each([
    [{ width: 0 }, 'width is 0'],
    [{ height: 100.5 }, 'whole pixels'],
    [{ minHz: 9000, maxHz: 8000 }, 'no band'],
    [{ minHz: Number.NaN }, 'no band'],
    [{ maxHz: 16_001 }, 'up to 16000 Hz'],
    [{ rangeDb: 5 }, 'rangeDb is 5'],
    [{ maxDb: Number.NaN }, 'maxDb is NaN'],
  ])('refuses %j', (changes, message) => {
    expect(() => draw(tone(1000), changes)).toThrow(
      expect.objectContaining({
        code: 'SPECTROGRAM_INVALID',
        disposition: 'reject',
        message: expect.stringContaining(message) as string,
      }),
    )
  })
})
