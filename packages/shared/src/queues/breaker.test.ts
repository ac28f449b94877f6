import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backoffS, holdS } from './backoff.js'
import { createBreaker, type Breaker, type Held } from './breaker.js'

describe('backoff', () => {
  it('doubles with every failure, by code, up to ten minutes, half to both sides', () => {
    const middle = () => 0.5
    expect([1, 2, 3, 4].map((n) => backoffS('EIO', n, middle))).toEqual([2, 4, 8, 16])
    expect(backoffS('THREAD_DIED', 1, middle)).toBe(10)
    expect(backoffS('EIO', 100, middle)).toBe(600)
    expect([backoffS('EIO', 1, () => 0), backoffS('EIO', 1, () => 1)]).toEqual([1, 3])
  })

  it('holds a stage for a second, then twice as long, up to a minute', () => {
    const middle = () => 0.5
    expect([1, 2, 3, 7, 50].map((n) => holdS(n, middle))).toEqual([1, 2, 4, 60, 60])
  })
})

describe('the breaker', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function breaker() {
    const told: string[] = []
    const changes: (Held | null)[] = []
    const made: Breaker = createBreaker({
      holdS: (failures) => failures * 10,
      stop: () => told.push('stop'),
      go: (oneAtATime) => told.push(oneAtATime ? 'probe' : 'go'),
      onChange: (held) => changes.push(held),
    })
    return { told, changes, made }
  }

  it('stops the stage, probes with one job, and goes on when that gets through', () => {
    const { told, changes, made } = breaker()
    expect(made.failed('STORAGE_UNAVAILABLE', 'no')).toBe(10_000)
    // In hand when it opened: the same outage, and no sign of its end either.
    expect(made.failed('STORAGE_UNAVAILABLE', 'no')).toBe(10_000)
    made.passed()
    expect(told).toEqual(['stop'])
    vi.advanceTimersByTime(10_000)
    expect(told).toEqual(['stop', 'probe'])
    expect(made.held).toMatchObject({ failures: 1, code: 'STORAGE_UNAVAILABLE' })
    made.passed()
    expect(told).toEqual(['stop', 'probe', 'go'])
    expect(changes).toMatchObject([{ failures: 1 }, null])
    made.passed()
    expect(told).toHaveLength(3)
  })

  it('waits longer after every probe in vain, and as short as at first once it was well', () => {
    const { told, made } = breaker()
    made.failed('ECONNREFUSED', 'no')
    vi.advanceTimersByTime(10_000)
    expect(made.failed('ECONNREFUSED', 'no')).toBe(20_000)
    vi.advanceTimersByTime(10_000)
    expect(told).toEqual(['stop', 'probe', 'stop'])
    vi.advanceTimersByTime(10_000)
    made.passed()
    expect(made.held).toBeNull()
    expect(made.failed('ECONNREFUSED', 'no')).toBe(10_000)
  })
})
