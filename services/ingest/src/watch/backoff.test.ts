import { expect, it } from 'vitest'
import { backoffMs } from './backoff.js'

it('leaves a source in peace for longer after each failure, five minutes at most, and not for all the same time', () => {
  const least = Array.from({ length: 12 }, (_, i) => backoffMs(i + 1, () => 0))
  expect(least.slice(0, 4)).toEqual([500, 1000, 2000, 4000])
  expect(least.at(-1)).toBe(150_000)
  expect(backoffMs(1, () => 0.5)).toBe(750)
  for (let i = 1; i < 40; i++) expect(backoffMs(i)).toBeLessThanOrEqual(300_000)
})
