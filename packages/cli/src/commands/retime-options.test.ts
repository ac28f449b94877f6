import { describe, expect, it } from 'vitest'
import { parseInstant, parseOffset, parseReference } from './retime-options.js'

describe('parseOffset', () => {
  it.each([
    ['+01:00:00', 3600],
    ['01:00:00', 3600],
    ['-00:00:04.5', -4.5],
    ['+8760:00:00', 31_536_000],
    ['-3600', -3600],
    ['4.25', 4.25],
  ])('%s is %d s', (text, seconds) => {
    expect(parseOffset(text)).toBe(seconds)
  })

  it.each(['', '1h', '01:00', '01:60:00', '1e3', '--5', 'Infinity'])('refuses %j', (text) => {
    expect(() => parseOffset(text)).toThrow(/HH:MM:SS/)
  })
})

describe('parseInstant', () => {
  it.each(['2026-03-01T12:00:00Z', '2026-03-01T12:00-03:00', '2026-03-01T12:00:00.5+05:30'])('takes %s', (text) => {
    expect(parseInstant(text)).toBe(text)
  })

  it.each(['2026-03-01', '2026-03-01T12:00:00', '2026-13-01T12:00:00Z', 'noon'])('refuses %s', (text) => {
    expect(() => parseInstant(text)).toThrow(/with Z or an offset/)
  })
})

describe('parseReference', () => {
  it('collects pairs', () => {
    const first = parseReference('2026-03-01T12:00:00Z=2026-03-01T13:00:04Z', [])
    expect(parseReference('2026-04-01T12:00:00Z=2026-04-01T13:01:06Z', first)).toEqual([
      { clock: '2026-03-01T12:00:00Z', true: '2026-03-01T13:00:04Z' },
      { clock: '2026-04-01T12:00:00Z', true: '2026-04-01T13:01:06Z' },
    ])
  })
})
