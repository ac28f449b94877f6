import { describe, expect, it } from 'vitest'
import { compareKeys, keyAfter, rangeOfPrefix, rangesBetween } from './key-order.js'

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe('the order of keys', () => {
  const keys = [
    '',
    'a',
    'a ',
    'a-b/x',
    'a.wav',
    'a/',
    'a/b',
    'a0',
    'ab',
    'B',
    'ä',
    '\uD7FF',
    '\uE000',
    '\uFFFD',
    '😀',
    '😀a',
  ]
  it('is that of their UTF-8 bytes, beyond the basic plane too', () => {
    expect([...keys].sort(compareKeys)).toEqual([...keys].sort(byBytes))
    expect([...keys].sort()).not.toEqual([...keys].sort(byBytes))
  })

  it.each(keys)('has %j in the range of each of its prefixes, and of no other', (key) => {
    for (const prefix of keys) {
      const { from, to } = rangeOfPrefix(prefix)
      const isWithin = byBytes(key, from) >= 0 && byBytes(key, to) < 0
      expect(isWithin, JSON.stringify(prefix)).toBe(key.startsWith(prefix))
    }
    for (const other of keys) expect(byBytes(other, keyAfter(key)) >= 0).toBe(byBytes(other, key) > 0)
  })

  it('is divided by prefixes into what lies between them', () => {
    const gaps = rangesBetween(rangeOfPrefix('x/'), ['x/b/', 'x/a/'])
    const isBetween = (key: string) => gaps.some(({ from, to }) => byBytes(key, from) >= 0 && byBytes(key, to) < 0)
    for (const key of ['x/1.wav', 'x/a', 'x/a.wav', 'x/a0', 'x/b', 'x/c/1.wav', 'x/😀'])
      expect(isBetween(key), key).toBe(true)
    expect(rangesBetween({ from: 'c', to: 'm' }, ['a', 'dd', 'd', 'z', 'mm'])).toEqual([
      { from: 'c', to: 'd' },
      { from: 'e', to: 'm' },
    ])
    for (const key of ['w', 'x', 'x/a/', 'x/a/1.wav', 'x/b/b/1.wav', 'x0', 'y']) expect(isBetween(key), key).toBe(false)
  })
})
