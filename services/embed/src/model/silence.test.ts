import { expect, it } from 'vitest'
import { isSilent } from './silence.js'

const window = (fill: number, ...others: number[]): Int16Array => {
  const samples = new Int16Array(100).fill(fill)
  samples.set(others, 50)
  return samples
}

it('calls a window silent whose peak lies below -80 dBFS, which is 3.28 of 32768', () => {
  expect(isSilent(window(0))).toBe(true)
  expect(isSilent(window(0, 3, -3))).toBe(true)
  expect(isSilent(window(0, 4))).toBe(false)
  expect(isSilent(window(0, -4))).toBe(false)
  expect(isSilent(window(3, -32_768))).toBe(false)
})

it('calls a constant silent, however far from zero: a dead microphone with an offset', () => {
  expect(isSilent(window(700))).toBe(true)
  expect(isSilent(window(700, 701))).toBe(false)
  expect(isSilent(window(700, 0))).toBe(false)
})
