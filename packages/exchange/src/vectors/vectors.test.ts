import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../temporary-folder.fixture.js'
import { RowChecker, type CheckOptions } from './check-rows.js'
import { chooseColumns } from './fields.js'
import { openVectors, type RawRow } from './open-vectors.js'
import { parseEmbedding } from './parse-embedding.js'

describe('chooseColumns', () => {
  const choose = (columns: string[], named: Record<string, string> = {}, lists: string[] = []) =>
    chooseColumns('a.csv', columns, lists, named)

  it.each([
    [['key', 'start_s', 'end_s', 'embedding'], { key: 'key', start_s: 'start_s', end_s: 'end_s' }],
    [['file', 'start_time', 'end_time', 'embedding'], { key: 'file', start_s: 'start_time', end_s: 'end_time' }],
    [['Filename', 'Offset', 'Embedding'], { key: 'Filename', start_s: 'Offset' }],
    [['sha256', 'start_s', 'embedding'], { sha256: 'sha256', start_s: 'start_s' }],
  ])('knows the columns of %j', (columns, fields) => {
    expect(choose(columns)).toEqual({ fields, embedding: { one: columns.at(-1) } })
  })

  it('finds numbered columns, whatever stands before their numbers, and keeps them in order', () => {
    const many = Array.from({ length: 12 }, (_, i) => `e${i}`)
    expect(choose(['key', 'start_s', ...many.toReversed(), 'x1']).embedding).toEqual({ many })
    expect(choose(['key', 'start_s', '1', '2', '3']).embedding).toEqual({ many: ['1', '2', '3'] })
  })

  it('takes the one column of lists, or the one that is named', () => {
    expect(choose(['key', 'start_s', 'perch'], {}, ['perch']).embedding).toEqual({ one: 'perch' })
    expect(choose(['key', 'start_s', 'a', 'b'], { embedding: 'b' }, ['a', 'b']).embedding).toEqual({ one: 'b' })
    expect(choose(['name', 'start_s', 'embedding'], { key: 'name' }).fields.key).toBe('name')
  })

  it.each([
    [['start_s', 'embedding'], {}, /key \(or sha256\)/],
    [['key', 'embedding'], {}, /start_s/],
    [['key', 'start_s'], {}, /no column of embeddings/],
    [['key', 'start_s', '0', '2'], {}, /no column of embeddings/],
    [['key', 'start_s', 'embedding'], { key: 'nothing' }, /no column nothing/],
  ])('says what %j lacks', (columns, named, message) => {
    expect(() => choose(columns, named)).toThrow(expect.objectContaining({ code: 'COLUMNS_UNKNOWN' }))
    expect(() => choose(columns, named)).toThrow(message)
  })
})

describe('parseEmbedding', () => {
  it.each(['[0.5, -1, 2e-3]', '0.5 -1 2e-3', '0.5;-1;2e-3', ' [ 0.5\n-1  2e-3 ] '])('reads %j', (text) => {
    expect(parseEmbedding(text)).toEqual(Float32Array.of(0.5, -1, 2e-3))
  })

  it.each([
    ['[0.5 ... 2]', /abbreviated/],
    ['0.5,x', /"x" for number 2/],
    ['0.5,,1', /"" for number 2/],
    ['', /no embedding/],
    [null, /no embedding/],
    [7, /no list/],
  ])('says what is wrong with %j', (cell, reason) => {
    expect(parseEmbedding(cell)).toMatch(reason)
  })
})

const sha256 = 'ab'.repeat(32)
const options: CheckOptions = { keyOf: (key) => (key.startsWith('/') ? null : key) }
let number = 0
const raw = (fields: RawRow['fields'], embedding: RawRow['embedding'] = Float32Array.of(1, 2, 3)): RawRow => ({
  row: ++number,
  line: null,
  fields: { key: 'a.wav', start_s: 0, end_s: 5, ...fields },
  embedding,
})
const checkAll = (rows: RawRow[], own: Partial<CheckOptions> = {}) => {
  const checker = new RowChecker({ ...options, ...own })
  return { checker, answers: rows.map((row) => checker.check(row)) }
}
const messages = (rows: RawRow[], own: Partial<CheckOptions> = {}) =>
  checkAll(rows, own).answers.map((answer) =>
    answer === 'again' ? answer : 'message' in answer ? answer.message : null,
  )

describe('RowChecker', () => {
  it('makes windows of rows, and keeps dimension, window, hop and recordings', () => {
    const { checker, answers } = checkAll([
      raw({ start_s: '0', end_s: '5', site: 'lagoa', recording_started_at: '2026-01-10T22:00:00Z' }),
      raw({ start_s: 2.5, end_s: 7.5, recorder: 'A1' }),
      raw({ key: 'b.wav', start_s: 10, end_s: 12, sha256: sha256.toUpperCase() }),
    ])
    expect(answers).toMatchObject([
      { recording: 0, startS: 0, endS: 5 },
      { recording: 0, startS: 2.5, endS: 7.5 },
      { recording: 1, startS: 10, endS: 12 },
    ])
    expect(checker).toMatchObject({ dimension: 3, windowS: 5, hopS: 2.5 })
    expect(checker.recordings).toEqual([
      {
        source: null,
        key: 'a.wav',
        sha256: null,
        site: 'lagoa',
        recorder: 'A1',
        startedAt: '2026-01-10T22:00:00.000Z',
      },
      { source: null, key: 'b.wav', sha256, site: null, recorder: null, startedAt: null },
    ])
  })

  it.each([
    ['another dimension', raw({ start_s: 5, end_s: 10 }, Float32Array.of(1, 2)), /2 numbers; those before have 3/],
    ['one number', raw({}, Float32Array.of(1)), /1 numbers; 2 to 16000/],
    ['not a number', raw({}, Float32Array.of(1, Number.NaN, 3)), /number 2 .* NaN/],
    ['infinity', raw({}, Float32Array.of(1, 2, -Infinity)), /number 3 .* -Infinity/],
    ['zeros', raw({}, new Float32Array(3)), /all zeros/],
    ['no embedding', raw({}, 'it has no embedding'), /no embedding/],
    ['no recording', raw({ key: ' ' }), /names no recording/],
    ['a path elsewhere', raw({ key: '/x/a.wav' }), /--source FOLDER/],
    ['no start', raw({ start_s: null }), /no start_s/],
    ['a start that is no number', raw({ start_s: 'soon' }), /start_s is soon/],
    ['a start before the recording', raw({ start_s: -1 }), /start_s is -1/],
    ['an end before the start', raw({ start_s: 5, end_s: 5 }), /ends at 5/],
    ['no end', raw({ end_s: '' }), /--window SECONDS/],
    ['a hash that is none', raw({ sha256: 'abc' }), /64 hex digits/],
    ['a time that is none', raw({ recording_started_at: 'yesterday' }), /ISO 8601/],
    ['a day that is none', raw({ recording_started_at: '2026-02-30T00:00:00Z' }), /ISO 8601/],
    ['a month that is none', raw({ recording_started_at: '2026-13-01' }), /ISO 8601/],
    ['a time without an offset', raw({ recording_started_at: '2026-01-10T22:00:00' }), /--time-zone/],
  ])('refuses %s, with its row', (_name, row, reason) => {
    const { answers } = checkAll([raw({ key: 'first.wav' }), row])
    expect(answers[0]).toHaveProperty('startS')
    expect(answers[1]).toMatchObject({ row: row.row, message: expect.stringMatching(reason) as string })
  })

  it('takes the same row twice once, and refuses another embedding for the same window', () => {
    const rows = [
      raw({ start_s: 5, end_s: 10 }),
      raw({ start_s: 5.0001, end_s: 10.0001 }),
      raw({ start_s: 5, end_s: 10 }, Float32Array.of(3, 2, 1)),
    ]
    expect(messages(rows)).toEqual([
      null,
      'again',
      `it is the same window as row ${rows[0]!.row}, with another embedding`,
    ])
  })

  it('refuses rows of one recording that contradict each other', () => {
    expect(
      messages([
        raw({ site: 'lagoa', recording_started_at: '2026-01-10T22:00:00Z', sha256 }),
        raw({ start_s: 5, end_s: 10, site: 'mata' }),
        raw({ start_s: 10, end_s: 15, sha256: 'cd'.repeat(32) }),
        raw({ start_s: 15, end_s: 20, recording_started_at: '2026-01-10T23:00:00Z' }),
        raw({ start_s: 20, end_s: 25, started_at: '2026-01-10T22:00:20.400Z' }),
      ]),
    ).toEqual([
      null,
      expect.stringContaining('site'),
      expect.stringContaining('sha256'),
      expect.stringContaining('starts at'),
      null,
    ])
  })

  it.each([
    [{ started_at: '2026-01-10 19:00:05-0300', start_s: 5, end_s: 10 }, {}, '2026-01-10T22:00:00.000Z'],
    [{ started_at: new Date('2026-01-10T22:00:05Z'), start_s: 5, end_s: 10 }, {}, '2026-01-10T22:00:00.000Z'],
    [{ recording_started_at: '2026-01-10' }, { timeZone: 'America/Sao_Paulo' }, '2026-01-10T00:00:00.000'],
  ])('counts back to the start of the recording: %j', (fields, own, startedAt) => {
    expect(checkAll([raw(fields)], own).checker.recordings).toMatchObject([{ startedAt }])
  })

  it('takes the window that the user gives where the file has none, and no longer ones', () => {
    expect(messages([raw({ end_s: null }), raw({ start_s: 5, end_s: 9 })], { windowS: 3 })).toEqual([
      null,
      'its window is 4 s long, not 3',
    ])
  })
})

describe('openVectors', () => {
  async function rowsOf(files: Record<string, string | Buffer>, references?: string) {
    await using folder = await temporaryFolder()
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder.path, name), content)
    const at = (name: string) => join(folder.path, name)
    const file = await openVectors(at(Object.keys(files)[0]!), {
      columns: {},
      references: references === undefined ? undefined : at(references),
    })
    const rows: RawRow[] = []
    for await (const batch of file.rows()) rows.push(...batch)
    return rows
  }

  it('reads a CSV with an embedding in one column, and one with a number a column', async () => {
    const one = await rowsOf({ 'a.csv': 'key,start_s,embedding\na.wav,0,"[1,2]"\n\'=b.wav,5,"[3,4]"\n' })
    expect(one).toMatchObject([
      { row: 1, line: 2, fields: { key: 'a.wav', start_s: '0' }, embedding: Float32Array.of(1, 2) },
      { row: 2, line: 3, fields: { key: '=b.wav', start_s: '5' }, embedding: Float32Array.of(3, 4) },
    ])
    const many = await rowsOf({ 'a.csv': 'file,start_time,end_time,0,1\na.wav,0,5,1,2\nb.wav,5,10,,4\n' })
    expect(many.map(({ embedding }) => embedding)).toEqual([Float32Array.of(1, 2), 'column 0 is empty'])
  })

  const npy = (rows: number): Buffer => {
    const head = `\x93NUMPY\x01\x00v\x00${`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, 2), }`.padEnd(117)}\n`
    return Buffer.concat([
      Buffer.from(head, 'latin1'),
      Buffer.from(Float32Array.from({ length: rows * 2 }, (_, i) => i).buffer),
    ])
  }
  const csv = (rows: number) => `key,start_s\n${Array.from({ length: rows }, (_, i) => `a.wav,${i * 5}\n`).join('')}`

  it('reads a .npy with a line of references for each of its rows', async () => {
    const rows = await rowsOf({ 'a.npy': npy(1200), 'r.csv': csv(1200) }, 'r.csv')
    expect(rows).toHaveLength(1200)
    expect(rows[1100]).toMatchObject({ row: 1101, fields: { start_s: '5500' }, embedding: Float32Array.of(2200, 2201) })
  })

  it.each([
    ['fewer', 3, /r.csv has 3/],
    ['more', 5, /r.csv has more/],
  ])('refuses %s references than rows', async (_name, lines, reason) => {
    const refusal = rowsOf({ 'a.npy': npy(4), 'r.csv': csv(lines) }, 'r.csv')
    await expect(refusal).rejects.toThrow(reason)
    await expect(rowsOf({ 'a.npy': npy(4), 'r.csv': csv(lines) }, 'r.csv')).rejects.toMatchObject({
      code: 'REFERENCES_MISMATCH',
    })
  })

  it('asks for what is missing', async () => {
    await expect(rowsOf({ 'a.npy': npy(1) })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(rowsOf({ 'a.csv': 'x\n1\n' })).rejects.toMatchObject({ code: 'COLUMNS_UNKNOWN' })
    await expect(rowsOf({ 'a.csv': '' })).rejects.toMatchObject({ code: 'CSV_INVALID' })
    await expect(openVectors('/nowhere', { columns: {} })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' })
  })
})
