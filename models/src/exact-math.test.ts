import { describe, expect, it } from 'vitest'
import { cosOfTurn, naturalLog, sinOfTurn } from './exact-math.js'

describe('exact math', () => {
  it('gives cosine and sine of every 512th and 500th of a turn to double precision', () => {
    for (const denominator of [500, 511, 512, 1024]) {
      for (let numerator = -denominator; numerator <= 2 * denominator; numerator += 1) {
        const angle = (2 * Math.PI * numerator) / denominator
        expect(Math.abs(cosOfTurn(numerator, denominator) - Math.cos(angle))).toBeLessThan(3e-15)
        expect(Math.abs(sinOfTurn(numerator, denominator) - Math.sin(angle))).toBeLessThan(3e-15)
      }
    }
  })

  it('gives exact zeros and ones at quarter turns', () => {
    expect([0, 1, 2, 3].map((quarter) => cosOfTurn(quarter, 4) + 0)).toEqual([1, 0, -1, 0])
    expect([0, 1, 2, 3].map((quarter) => sinOfTurn(quarter, 4) + 0)).toEqual([0, 1, 0, -1])
  })

  it('gives the natural logarithm to double precision', () => {
    for (const value of [1e-6, 0.3, 0.999, 1, 1.2, Math.SQRT2, 2, 22.4, 1e6]) {
      expect(Math.abs(naturalLog(value) - Math.log(value))).toBeLessThan(4e-15)
    }
  })
})
