import { describe, expect, it } from 'vitest'
import { table } from './output.js'

describe('table', () => {
  it('aligns words to the left and numbers to the right, without blanks at the end', () => {
    expect(
      table(
        ['key', 'n', 'state'],
        [
          ['a.wav', 5, 'searchable'],
          ['longer.wav', 1234, 'failed'],
          ['x', null, ''],
        ],
      ).split('\n'),
    ).toEqual([
      //
      'key            n  state',
      'a.wav          5  searchable',
      'longer.wav  1234  failed',
      'x              -',
    ])
  })

  it('without rows is its headers', () => {
    expect(table(['key', 'n'], [])).toBe('key  n')
  })
})
