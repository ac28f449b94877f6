import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { collect, numbers } from '../temporary-folder.fixture.js'
import type { Cell, ColumnKind } from '../table/table.js'
import { csvLine, guarded, shortestFloat, unguarded } from './csv-line.js'
import { csvOf } from './write-csv.js'

const line = (cells: Cell[], kind: ColumnKind = 'text', guard = true) =>
  csvLine(
    cells,
    cells.map(() => kind),
    { guard },
  )

describe('a line of CSV', () => {
  it.each([
    [['a', 'b'], 'a,b\r\n'],
    [['a,b', 'say "hi"', 'two\nlines', 'cr\r'], '"a,b","say ""hi""","two\nlines","cr\r"\r\n'],
    [[null, ''], ',""\r\n'],
    [[' outer '], '" outer "\r\n'],
    [[true, false, 1.5, -3], 'true,false,1.5,-3\r\n'],
    [[new Date('2026-01-10T19:00:35-03:00')], '2026-01-10T22:00:35.000Z\r\n'],
    [[new Date(Number.NaN)], '\r\n'],
    [[Float32Array.of(0.1, -2, 1e-7)], '"[0.1,-2,1e-7]"\r\n'],
  ])('%j', (cells, expected) => {
    expect(line(cells)).toBe(expected)
  })

  it('keeps what a spreadsheet would run from being run, and numbers as they are', () => {
    expect(line(['=HYPERLINK("http://x")', '+1', '-1', '@x', '\tx', 'x=1'])).toBe(
      `"'=HYPERLINK(""http://x"")",'+1,'-1,'@x,'\tx,x=1\r\n`,
    )
    expect(line([-1.5], 'real')).toBe('-1.5\r\n')
    expect(line(['=1+1'], 'text', false)).toBe('=1+1\r\n')
  })

  it.each(['=a', "'=a", "''=a", "'a", 'a', '', '-', "'", '-2026/x.wav'])('gives %j back from its guard', (text) => {
    expect(unguarded(guarded(text))).toBe(text)
  })
})

describe('shortestFloat', () => {
  it('gives every float32 back, in at most 9 digits', () => {
    for (const x of [...numbers(1, 2000), 1e-45, 3.4028234663852886e38, -1.17549435e-38, 0.1, 1 / 3]) {
      const single = Math.fround(x)
      expect(Math.fround(Number(shortestFloat(single)))).toBe(single)
      expect(
        shortestFloat(single)
          .replace(/e.*|[-.]/g, '')
          .replace(/^0+/, '').length,
      ).toBeLessThanOrEqual(9)
    }
    expect(shortestFloat(Math.fround(0.1))).toBe('0.1')
  })
})

describe('a CSV file', () => {
  it('is read back by a reader of its own: every cell, whatever stands in it', async () => {
    const texts = ['plain', 'a,b', '"', 'a\r\nb', ' x ', 'é, 鳥', '', ';', "'", '\u2028']
    async function* batches() {
      yield texts.slice(0, 4).map((text, i): Cell[] => [i, text, null])
      yield texts.slice(4).map((text, i): Cell[] => [i + 4, text, true])
    }
    const columns = [
      { name: 'n', kind: 'integer' as const },
      { name: 'text', kind: 'text' as const },
      { name: 'flag', kind: 'boolean' as const },
    ]
    const bytes = await collect(csvOf({ columns, batches: batches() }, { guard: true }))
    const rows = parse(bytes, { relax_column_count: false })
    expect(rows[0]).toEqual(['n', 'text', 'flag'])
    expect(rows.slice(1)).toEqual(texts.map((text, i) => [String(i), text, i < 4 ? '' : 'true']))
  })
})
