import { describe, expect, it } from 'vitest'
import { tableExp } from './table-exp.js'

describe('tableExp', () => {
  it('agrees with Math.exp to a few units in the last place', () => {
    let worst = 0
    for (let x = -699.9; x < 700; x += 0.00937) worst = Math.max(worst, Math.abs(tableExp(x) / Math.exp(x) - 1))
    expect(worst).toBeLessThan(4 * Number.EPSILON)
    expect(tableExp(0)).toBe(1)
  })

  it('stays finite and above 0 outside, and keeps NaN', () => {
    expect(tableExp(Infinity)).toBe(Math.exp(700))
    expect(tableExp(-1e9)).toBeCloseTo(Math.exp(-700), 310)
    expect(tableExp(-1e9)).toBeGreaterThan(0)
    expect(tableExp(Number.NaN)).toBeNaN()
  })
})
