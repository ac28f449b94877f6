import { describe, expect, it } from 'vitest'
import { parseCsv, readCsv } from './read-csv.js'

describe('parseCsv', () => {
  it('reads quoted fields, a byte order mark and CRLF, and tells the lines', () => {
    const text = '\uFEFFkey,label\r\n"a, b.wav",frog\r\n\r\nc.wav,"said ""hu"""\r\n'
    expect(parseCsv(text, ['key', 'label'], 'x.csv')).toEqual([
      { line: 2, values: { key: 'a, b.wav', label: 'frog' } },
      { line: 4, values: { key: 'c.wav', label: 'said "hu"' } },
    ])
  })

  it.each([
    ['a missing column', 'key,name\na,b\n', 'lacks label'],
    ['a row of another length', 'key,label\na,b,c\n', 'line 2'],
    ['an open quote', 'key,label\n"a,b\n', 'cannot be read as CSV'],
    ['no rows', 'key,label\n', 'no row'],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseCsv(text, ['key', 'label'], 'x.csv')).toThrow(expect.objectContaining({ code: 'CSV_INVALID' }))
    expect(() => parseCsv(text, ['key', 'label'], 'x.csv')).toThrow(message)
  })

  it('refuses a file that is not there', async () => {
    await expect(readCsv('/nowhere/at/all.csv', [])).rejects.toMatchObject({ code: 'CSV_INVALID' })
  })
})
