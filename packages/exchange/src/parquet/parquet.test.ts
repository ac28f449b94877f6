import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { collect, numbers, temporaryFolder } from '../temporary-folder.fixture.js'
import type { Cell, Table } from '../table/table.js'
import { listRows } from './column-rows.js'
import { openParquet } from './open-parquet.js'
import { pandasFiles } from './pandas-files.fixture.js'
import { parquetOf } from './write-parquet.js'

/** All rows of a file, by column; its columns' kinds. */
async function read(bytes: Uint8Array, names?: string[]) {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.parquet')
  await writeFile(path, bytes)
  await using file = await openParquet(path)
  const columns = new Map<string, unknown[]>()
  for await (const batch of file.rows(names ?? file.columns.map(({ name }) => name))) {
    for (const [name, cells] of batch) columns.set(name, [...(columns.get(name) ?? []), ...cells])
  }
  return { rowCount: file.rowCount, kinds: file.columns.map(({ name, kind }) => `${name}: ${kind}`), columns }
}

const pandas = (name: keyof typeof pandasFiles) => Buffer.from(pandasFiles[name], 'base64')

describe('a file by pandas', () => {
  it.each(['snappy', 'zstd2', 'gzip'] as const)(
    '(%s) is read: texts, numbers, instants, local times, lists',
    async (name) => {
      const { rowCount, kinds, columns } = await read(pandas(name))
      expect(rowCount).toBe(3)
      expect(kinds).toEqual([
        'key: scalar',
        'start_s: number',
        'n: number',
        'at: scalar',
        'local: scalar',
        'embedding: list',
      ])
      expect(columns.get('key')).toEqual(['a/1.WAV', 'a/1.WAV', null])
      expect(columns.get('start_s')).toEqual([0, 5, 10])
      expect(columns.get('n')).toEqual([1, 2, 3])
      expect(columns.get('at')).toEqual(
        ['2026-01-11T01:00:00Z', '2026-01-11T01:00:05.25Z', '2026-01-11T01:00:10Z'].map((at) => new Date(at)),
      )
      expect(columns.get('local')).toEqual(['2026-01-10T22:00:00.000', '2026-01-10T22:00:05.250', null])
      expect(columns.get('embedding')).toEqual([
        Float32Array.of(0.5, -1.25, 3),
        Float32Array.of(1e-3, 2, -7),
        Float32Array.of(0.1, 0.2, 0.3),
      ])
    },
  )

  it('tells missing lists, empty ones, and numbers that are missing', async () => {
    const { columns } = await read(pandas('holes'))
    expect(columns.get('embedding')).toEqual([
      null,
      new Float32Array(0),
      Float32Array.of(Math.fround(0.1), Number.NaN, Math.fround(0.3)),
    ])
  })

  it('is read page by page', async () => {
    const { columns } = await read(pandas('pages'))
    const expected = Array.from({ length: 40 }, (_, i) => Float32Array.from({ length: 10 }, (_, j) => i * 10 + j))
    expect(columns.get('embedding')).toEqual(expected)
  })

  it('is refused where it is damaged, cut, or none at all, never with an error without a code', async () => {
    const whole = pandas('snappy')
    const refused = { code: 'PARQUET_INVALID', disposition: 'reject' }
    await expect(read(whole.subarray(0, -20))).rejects.toMatchObject(refused)
    await expect(read(Buffer.from('PAR1 and nothing else'))).rejects.toMatchObject(refused)
    await expect(read(Buffer.alloc(0))).rejects.toMatchObject(refused)
    let damaged = 0
    for (let at = 4; at < whole.length - 8; at += 7) {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] as number) ^ 0xff
      const outcome = await read(bytes).catch((error: unknown) => error)
      if (!(outcome instanceof Error)) continue
      damaged++
      expect(outcome).toMatchObject(refused)
    }
    expect(damaged).toBeGreaterThan(10)
  })
})

describe('lists', () => {
  it('may end in another page than they begin in (writers before pages of version 2)', async () => {
    const element = (name: string, repetition: 'REQUIRED' | 'REPEATED') => ({
      children: [],
      count: 1,
      element: { name, repetition_type: repetition },
      path: [],
    })
    const path = [element('root', 'REQUIRED'), element('list', 'REQUIRED'), element('element', 'REPEATED')]
    async function* pages() {
      yield { values: Float32Array.of(1, 2), definitionLevels: [], repetitionLevels: [0, 1] }
      yield { values: Float32Array.of(3), definitionLevels: [], repetitionLevels: [1] }
      yield { values: Float32Array.of(4, 5, 6), definitionLevels: [], repetitionLevels: [1, 0, 1] }
    }
    const rows: unknown[] = []
    for await (const some of listRows(pages(), path)) rows.push(...some)
    expect(rows).toEqual([Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6)])
  })
})

describe('a table as Parquet', () => {
  const columns: Table['columns'] = [
    { name: 'id', kind: 'integer' },
    { name: 'key', kind: 'text' },
    { name: 'facts', kind: 'json' },
    { name: 'similarity', kind: 'real' },
    { name: 'silent', kind: 'boolean' },
    { name: 'at', kind: 'instant' },
    { name: 'local', kind: 'local' },
    { name: 'day', kind: 'day' },
    { name: 'embedding', kind: 'vector' },
  ]
  const row = (i: number): Cell[] => [
    i,
    i % 3 === 0 ? null : `lagoa/${i % 5}.WAV`,
    '{"a":1}',
    i % 2 === 0 ? null : i / 7,
    i % 4 === 0,
    i % 5 === 0 ? null : new Date(1_768_082_435_123 + i),
    i % 6 === 0 ? null : '2026-01-10T22:00:35.250',
    '2026-01-10',
    numbers(i + 1, 20),
  ]

  it('is read back as it was, over several row groups', async () => {
    const rows = Array.from({ length: 2500 }, (_, i) => row(i))
    async function* batches() {
      for (let from = 0; from < rows.length; from += 300) yield rows.slice(from, from + 300)
    }
    const back = await read(await collect(parquetOf({ columns, batches: batches() })))
    expect(back.rowCount).toBe(2500)
    const of = (name: string) => back.columns.get(name)
    for (const [place, { name }] of columns.entries()) {
      const written = (cells: Cell[]) => (name === 'day' ? new Date('2026-01-10T00:00:00Z') : cells[place])
      expect(of(name)).toEqual(rows.map(written))
    }
  })

  it('is read back with embeddings that are missing, some of a page or all', async () => {
    for (const isMissing of [(i: number) => i % 7 === 0, (i: number) => i > 100, () => true]) {
      const rows = Array.from({ length: 600 }, (_, i) => [...row(i).slice(0, -1), isMissing(i) ? null : numbers(i, 20)])
      async function* batches() {
        yield rows
      }
      const back = await read(await collect(parquetOf({ columns, batches: batches() })))
      expect(back.columns.get('embedding')).toEqual(rows.map((cells) => cells.at(-1)))
    }
  })

  it('of no rows is a file all the same', async () => {
    async function* none(): AsyncGenerator<Cell[][]> {}
    expect(await read(await collect(parquetOf({ columns, batches: none() })))).toMatchObject({ rowCount: 0 })
  })

  it('refuses embeddings of unequal lengths', async () => {
    async function* unequal(): AsyncGenerator<Cell[][]> {
      yield [[1, Float32Array.of(1, 2)]]
      yield [[2, Float32Array.of(1, 2, 3)]]
    }
    const two: Table['columns'] = [
      { name: 'id', kind: 'integer' },
      { name: 'embedding', kind: 'vector' },
    ]
    await expect(collect(parquetOf({ columns: two, batches: unequal() }))).rejects.toThrow(/3 numbers among 2/)
  })
})
