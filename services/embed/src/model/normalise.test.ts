import { expect, it } from 'vitest'
import { normalizePeak } from './normalise.js'

function normalized(samples: number[]): number[] {
  const window = new Float32Array(samples.length).fill(Number.NaN)
  normalizePeak(Int16Array.from(samples), window, 0.25)
  return [...window]
}

it('removes the mean and scales the greatest deviation to the target', () => {
  expect(normalized([100, 300, 100, 300])).toEqual([-0.25, 0.25, -0.25, 0.25])
  expect(normalized([0, 0, 0, -400, 0, 0, 0, 0])).toEqual(
    [1 / 28, 1 / 28, 1 / 28, -0.25, 1 / 28, 1 / 28, 1 / 28, 1 / 28].map(Math.fround),
  )
})

it('is the same at every level', () => {
  const samples = Array.from({ length: 400 }, (_, index) => Math.round(1000 * Math.sin(index)))
  const louder = normalized(samples.map((sample) => 16 * sample + 500))
  normalized(samples).forEach((sample, index) => expect(sample).toBeCloseTo(louder[index] ?? Number.NaN, 6))
})

it('makes zeros of silence, with or without an offset', () => {
  expect(normalized([0, 0, 0, 0])).toEqual([0, 0, 0, 0])
  expect(normalized([-3000, -3000, -3000, -3000]).map(Math.abs)).toEqual([0, 0, 0, 0])
})
