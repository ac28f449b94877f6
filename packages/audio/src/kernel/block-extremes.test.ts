import { describe, expect, it } from 'vitest'
import { noise } from '../fixtures/signals.js'
import { blockExtremes, plainExtremes } from './block-extremes.js'

describe('blockExtremes', () => {
  it.each([0, 1, 3, 4, 8191, 8192, 8193, 20_001])('of %i samples: as without the kernel', (length) => {
    const block = noise(length, 0.3).map((value) => value + 0.5)
    expect(blockExtremes(block)).toEqual(plainExtremes(block))
  })

  it('finds the only one, wherever it is', () => {
    for (const at of [0, 5, 8191, 8192, 9000]) {
      const block = new Float32Array(9001)
      block[at] = -0.25
      expect(blockExtremes(block)).toEqual({ min: -0.25, max: 0 })
    }
  })
})
