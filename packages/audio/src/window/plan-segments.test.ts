import { describe, expect, it } from 'vitest'
import { leadingPad, planSegments } from './plan-segments.js'

const grid = { sampleRateHz: 32_000, windowS: 5, hopS: 5 }

describe('planSegments', () => {
  it('drops a partial tail', () => {
    expect(planSegments(2 * 160_000 + 159_999, grid)).toEqual([
      { index: 0, startS: 0, endS: 5 },
      { index: 1, startS: 5, endS: 10 },
    ])
    expect(planSegments(160_000, grid)).toHaveLength(1)
  })

  it('makes one segment of a shorter recording, of its own length', () => {
    expect(planSegments(16_000, grid)).toEqual([{ index: 0, startS: 0, endS: 0.5 }])
    expect(planSegments(0, grid)).toEqual([])
  })

  it('overlaps windows where the hop is shorter', () => {
    expect(planSegments(320_000, { ...grid, hopS: 2.5 }).map((segment) => segment.startS)).toEqual([0, 2.5, 5])
  })

  it('centres', () => {
    expect([leadingPad(1, 160_000), leadingPad(160_000, 160_000), leadingPad(0, 3)]).toEqual([79_999, 0, 1])
  })
})
