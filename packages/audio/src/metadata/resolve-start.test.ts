import { describe, expect, it } from 'vitest'
import type { TimeClaim } from './recorder-metadata.js'
import { resolveStart } from './resolve-start.js'

function claim(source: TimeClaim['source'], local: string, utcOffsetMin: number | null, confidence: number): TimeClaim {
  return { source, local, utcOffsetMin, confidence }
}

const named = (local: string): TimeClaim => claim('filename', local, null, 0.6)

describe('resolveStart', () => {
  it('prefers a claim that states its offset', () => {
    const resolved = resolveStart([
      claim('guano', '2024-09-03T20:26:15', null, 0.8),
      claim('filename', '2024-09-03T20:26:15', 600, 0.85),
    ])
    expect(resolved).toEqual({
      startedAt: new Date('2024-09-03T10:26:15Z'),
      utcOffsetMin: 600,
      timeSource: 'filename',
      confidence: 0.85,
    })
  })

  it("reads local time in the deployment's zone, daylight saving included", () => {
    const options = { timeZone: 'America/Sao_Paulo' }
    expect(resolveStart([named('2018-12-01T06:00:00')], options)).toMatchObject({
      startedAt: new Date('2018-12-01T08:00:00Z'),
      utcOffsetMin: -120,
    })
    expect(resolveStart([named('2020-12-01T06:00:00')], options).utcOffsetMin).toBe(-180)
  })

  it('defines local times that exist twice or never', () => {
    const options = { timeZone: 'Europe/Berlin' }
    // 2024-10-27 02:30 exists twice: the earlier instant. 2024-03-31 02:30 never: with the offset before the jump.
    expect(resolveStart([named('2024-10-27T02:30:00')], options)).toMatchObject({
      startedAt: new Date('2024-10-27T00:30:00Z'),
      utcOffsetMin: 120,
    })
    expect(resolveStart([named('2024-03-31T02:30:00')], options)).toMatchObject({
      startedAt: new Date('2024-03-31T01:30:00Z'),
      utcOffsetMin: 60,
    })
    expect(resolveStart([named('2024-10-27T03:00:00')], options).utcOffsetMin).toBe(60)
    expect(resolveStart([named('2024-03-31T03:00:00')], options).utcOffsetMin).toBe(120)
  })

  it('knows offsets of half hours, and keeps milliseconds', () => {
    const resolved = resolveStart([named('2024-01-01T00:00:00.250')], { timeZone: 'Asia/Kathmandu' })
    expect(resolved.startedAt?.toISOString()).toBe('2023-12-31T18:15:00.250Z')
  })

  it('reads local time as UTC, with little confidence, where no zone is known', () => {
    const resolved = resolveStart([named('2024-01-01T00:00:00')])
    expect(resolved).toMatchObject({ startedAt: new Date('2024-01-01T00:00:00Z'), utcOffsetMin: null })
    expect(resolved.confidence).toBeLessThan(0.3)
  })

  it("falls back to the object's time, then to nothing", () => {
    const objectTime = new Date('2024-01-01T00:00:00Z')
    expect(resolveStart([], { objectTime })).toMatchObject({ startedAt: objectTime, timeSource: 'object' })
    expect(resolveStart([])).toEqual({ startedAt: null, utcOffsetMin: null, timeSource: 'none', confidence: 0 })
  })
})
