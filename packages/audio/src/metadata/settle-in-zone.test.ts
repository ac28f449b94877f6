import { describe, expect, it } from 'vitest'
import { settleInZone } from './settle-in-zone.js'

const named = (local: string, utcOffsetMin: number | null = null) => [
  { source: 'filename', local, utcOffsetMin, confidence: 0.6 },
]

describe('settleInZone', () => {
  it.each([
    ['winter', '2026-01-10T06:00:00', '2026-01-10T05:00:00.000Z', 60],
    ['summer', '2026-07-10T06:00:00', '2026-07-10T04:00:00.000Z', 120],
    // Berlin's clocks jump from 02:00 to 03:00: read with the offset before the jump.
    ['an hour that was skipped', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z', 60],
    // 02:00 to 03:00 comes twice: the first time.
    ['an hour that comes twice', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z', 120],
  ])('reads local time in %s', (_, local, startedAt, utcOffsetMin) => {
    expect(settleInZone(named(local), 'Europe/Berlin')).toEqual({
      startedAt: new Date(startedAt),
      utcOffsetMin,
      timeSource: 'filename',
      timeConfidence: 0.6,
    })
  })

  it('leaves a claim that states its offset', () => {
    expect(settleInZone(named('2026-01-10T06:00:00', -180), 'Europe/Berlin')).toMatchObject({
      startedAt: new Date('2026-01-10T09:00:00Z'),
      utcOffsetMin: -180,
    })
  })

  it.each([[undefined], ['x'], [[]], [[null, 'x', { source: 'filename' }]], [named('yesterday')]])(
    'has nothing to read in %j',
    (claims) => {
      expect(settleInZone(claims, 'Europe/Berlin')).toBeNull()
    },
  )
})
