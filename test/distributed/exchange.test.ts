import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SearchAnswer } from '@coro/api/schemas'
import { randomNumbers } from '@coro/shared/database/database.fixture'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { coro } from './services.js'
import { createSystem, type System } from './system.js'

const recordings = 20
const windowsEach = 15
const dimension = 96
/** A window of its own in every recording: [recordings * windowsEach], 2.5 s apart, each of length 1. */
const rows = Array.from({ length: recordings * windowsEach }, (_, i) => {
  const own = randomNumbers(1000 + i, dimension)
  const shared = randomNumbers(1 + Math.floor(i / windowsEach), dimension)
  const key = `lagoa/A1/night-${String(Math.floor(i / windowsEach)).padStart(2, '0')}.wav`
  const startS = (i % windowsEach) * 2.5
  return { key, startS, embedding: normaliseL2(own.map((x, j) => 0.4 * x + (shared[j] as number))) }
})
const head = ['source', 'key', 'site', 'recorder', 'recording_started_at', 'start_s', 'end_s']
const references = rows.map(({ key, startS }) =>
  ['file:///elsewhere', key, 'lagoa', 'A1', '2026-01-10T22:00:00Z', startS, startS + 5].join(','),
)

let system: System
let folder: string
/** The API of another process, which the command asks. */
let remote: Record<string, string>
beforeAll(async () => {
  system = await createSystem('exchange', { source: 'file', store: 'file' })
  folder = await mkdtemp(join(tmpdir(), 'coro-exchange-'))
  const { api } = await system.start('api')
  remote = { ...system.environment, CORO_API_URL: api.url }
  const cells = rows.map(({ embedding }, i) => `${references[i]},"[${embedding.join(',')}]"`)
  await writeFile(inFolder('lab.csv'), [[...head, 'embedding'].join(','), ...cells, ''].join('\n'))
  await writeFile(inFolder('windows.csv'), [head.join(','), ...references, ''].join('\n'))
  await writeFile(inFolder('lab.npy'), npy(rows.map(({ embedding }) => embedding)))
})
afterAll(async () => {
  await system?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const inFolder = (name: string) => join(folder, name)

/** As numpy.save writes float32 [rows, dimension], C order. Source: numpy/lib/format.py, version 1.0. */
function npy(matrix: Float32Array[]): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${matrix.length}, ${dimension}), }`
  const padded = `${text.padEnd(Math.ceil((11 + text.length) / 64) * 64 - 11)}\n`
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1')
  start.writeUInt16LE(padded.length, 8)
  const bytes = matrix.map((row) => Buffer.from(new Float32Array(row).buffer))
  return Buffer.concat([start, Buffer.from(padded), ...bytes])
}

async function json<T>(args: string[], environment = remote): Promise<T> {
  const { code, stdout, stderr } = await coro([...args, '--json'], environment)
  if (code !== 0) throw new Error(`coro ${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as T
}

/** Reference and embedding of each exported row. */
async function exported(space: string, file: string): Promise<string[]> {
  await json(['export', 'embeddings', '--space', space, '--out', inFolder(file)])
  const [heading, ...lines] = (await readFile(inFolder(file), 'utf8')).trimEnd().split('\r\n')
  expect(heading?.split(',').slice(2, 4)).toEqual(['source', 'key'])
  return lines.map((line) => line.split(',').slice(2).join(',')).sort()
}

/** What a search of a space by a segment finds: ids and similarities. */
async function search(space: string, mode: 'exact' | 'hnsw') {
  const answer = await json<SearchAnswer>(['search', '--segment', '40', '-k', '20', '--space', space, '--mode', mode])
  expect(answer.mode).toBe(mode)
  return answer.results.map(({ segmentId, similarity }) => [segmentId, similarity])
}

it('embeddings go in by CSV, Parquet and NumPy, into the same windows, and are found alike', async () => {
  const all = { rows: rows.length, bad: 0, inserted: rows.length, embeddings: rows.length }
  const byCsv = await json(['import', inFolder('lab.csv'), '--space', 'lab/csv'])
  expect(byCsv).toMatchObject({ ...all, recordings: { found: 0, created: recordings } })
  await json(['export', 'embeddings', '--space', 'lab/csv', '--out', inFolder('lab.parquet')])
  const byParquet = await json(['import', inFolder('lab.parquet'), '--space', 'lab/parquet'])
  expect(byParquet).toMatchObject({ ...all, recordings: { found: recordings, created: 0 } })
  // without a server: the command opens the database itself
  const npyArgs = ['import', inFolder('lab.npy'), '--references', inFolder('windows.csv'), '--space', 'lab/npy']
  expect(await json(npyArgs, system.environment)).toMatchObject({
    ...all,
    recordings: { found: recordings, created: 0 },
  })
  expect(await json(npyArgs)).toMatchObject({ inserted: 0, unchanged: rows.length })

  const found = await search('lab/csv', 'exact')
  expect(found).toHaveLength(20)
  for (const space of ['lab/csv', 'lab/parquet', 'lab/npy']) {
    expect(await search(space, 'exact')).toEqual(found)
    // the index, which the import built; 300 vectors are all in its list
    expect(await search(space, 'hnsw')).toEqual(found)
  }
})

it('and leave as they came', async () => {
  const csv = await exported('lab/csv', 'a.csv')
  expect(csv).toHaveLength(rows.length)
  expect(await exported('lab/parquet', 'b.csv')).toEqual(csv)
  expect(await exported('lab/npy', 'c.csv')).toEqual(csv)
  const keys = new Set(csv.map((line) => line.split(',')[1]))
  expect(keys).toEqual(new Set(rows.map(({ key }) => key)))
  // float16 of a server: 11 bits of each number
  const [line = ''] = csv.filter(
    (text) => text.startsWith(`file:///elsewhere,${rows[3]?.key},`) && text.includes(',7.5,12.5,'),
  )
  const numbers = JSON.parse(/"(\[.*\])"/.exec(line)?.[1] ?? '[]') as number[]
  expect(numbers).toHaveLength(dimension)
  for (const [i, number] of numbers.entries()) {
    expect(Math.abs(number - (rows[3]?.embedding[i] as number))).toBeLessThan(0.0005)
  }
})

it('a space that is not used any more is removed by its name, after a yes; the active one is not', async () => {
  const names = async () =>
    (await json<{ name: string; imported: boolean; vectors: number }[]>(['space', 'list'])).map(
      ({ name, vectors }) => `${name} ${vectors}`,
    )
  expect(await names()).toEqual(['lab/csv 300', 'lab/parquet 300', 'lab/npy 300'])
  const unasked = await coro(['space', 'remove', 'lab/npy'], remote)
  expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringMatching(/lab\/npy has 300 vectors.*--yes/)])
  const active = await coro(['space', 'remove', 'lab/csv', '--yes'], remote)
  expect([active.code, active.stderr]).toEqual([3, expect.stringMatching(/SPACE_IN_USE.*lab\/csv is the active one/)])
  // without a server
  const gone = await json(['space', 'remove', 'lab/npy', '--yes'], system.environment)
  // the windows are in the other spaces too
  expect(gone).toEqual({ space: 'lab/npy', removed: true, vectors: 300, samples: 0, recordings: 0, windows: 0 })
  expect(await names()).toEqual(['lab/csv 300', 'lab/parquet 300'])
  expect(await search('lab/csv', 'hnsw')).toHaveLength(20)
})
