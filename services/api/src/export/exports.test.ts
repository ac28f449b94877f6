import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { openParquet } from '@coro/exchange/parquet/open-parquet'
import {
  addRecording,
  addSegments,
  addSource,
  randomNumbers,
  spaceDefinition,
} from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { siteIdOf } from '@coro/shared/database/sources'
import { ensureSpaces, type Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApi, type TestApi } from '../api.fixture.js'

const dimension = 16
const unit = (seed: number) => normaliseL2(randomNumbers(seed, dimension))

let api: TestApi
let space: Space
let recordingId: number
let segments: number[]
let url: string

beforeAll(async () => {
  api = await openTestApi()
  const { database, store } = api.platform
  const spaces = await ensureSpaces(database, [
    spaceDefinition({ model: 'net', variant: 'denoised', dimension, active: true }),
    spaceDefinition({ model: 'net', variant: 'raw', dimension }),
  ])
  space = spaces[0] as Space
  const source = await addSource(database)
  url = source.url
  const siteId = await siteIdOf(database.pool, '=lagoa')
  recordingId = await addRecording(database, source.id, { key: 'A1/a.WAV', siteId, startedAt: '2026-01-10T22:00:00Z' })
  segments = await addSegments(database, recordingId, spaces, 3)
  await saveEmbeddings(
    database,
    space,
    recordingId,
    segments.map((segmentId, i) => ({ segmentId, embedding: unit(i + 1) })),
    [],
  )
  const expired = await addRecording(database, source.id, { key: 'A1/b.WAV' })
  const others = await addSegments(database, expired, spaces, 2)
  await saveEmbeddings(
    database,
    space,
    expired,
    others.map((segmentId, i) => ({ segmentId, embedding: unit(i + 10) })),
    [],
  )
  const samples = Buffer.alloc(44 + 3 * 320_000)
  for (let i = 0; i < 3; i++) samples.writeInt16LE(100 + i, 44 + i * 320_000)
  await store.put(preparedKey(`prepared/${recordingId}`, 'denoised'), samples)
  segments.push(...others)
})
afterAll(() => api[Symbol.asyncDispose]())

const get = (path: string) => api.app.request(path)
const search = (query: string, body: Record<string, unknown> = {}) =>
  api.app.request(`/v1/exports/search?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ segmentId: segments[0], k: 10, ...body }),
  })
const table = async (response: Response) => parse<Record<string, string>>(await response.text(), { columns: true })
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

async function parquetRows(response: Response) {
  const folder = await mkdtemp(join(tmpdir(), 'coro-exports-'))
  try {
    await writeFile(join(folder, 'a.parquet'), await bytesOf(response))
    await using file = await openParquet(join(folder, 'a.parquet'))
    const rows: Record<string, unknown>[] = []
    for await (const batch of file.rows(file.columns.map(({ name }) => name))) {
      const names = [...batch.keys()]
      for (let i = 0; i < (batch.get(names[0]!)?.length ?? 0); i++) {
        rows.push(Object.fromEntries(names.map((name) => [name, batch.get(name)?.[i]])))
      }
    }
    return rows
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A zip by its local headers; its comment. */
function unzip(zip: Buffer): { files: Map<string, Buffer>; comment: string } {
  const files = new Map<string, Buffer>()
  for (let at = 0; zip.readUInt32LE(at) === 0x04034b50;) {
    const packed = zip.readUInt32LE(at + 18)
    const nameEnd = at + 30 + zip.readUInt16LE(at + 26)
    const body = zip.subarray(nameEnd, nameEnd + packed)
    files.set(zip.toString('utf8', at + 30, nameEnd), zip.readUInt16LE(at + 8) === 8 ? inflateRawSync(body) : body)
    at = nameEnd + packed
  }
  return { files, comment: zip.toString('utf8', zip.lastIndexOf('PK\x05\x06', undefined, 'latin1') + 22) }
}

describe('a view or table', () => {
  it('is CSV, with how many rows there are; what a spreadsheet would run is guarded', async () => {
    const response = await get('/v1/exports/site')
    expect(response.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="site.csv"')
    expect(response.headers.get('x-coro-rows')).toBe('1')
    expect(await table(response)).toMatchObject([{ name: "'=lagoa", time_zone: '' }])
    expect(await table(await get('/v1/exports/site?formulas=keep'))).toMatchObject([{ name: '=lagoa' }])
  })

  it('is Parquet with types', async () => {
    const rows = await parquetRows(await get('/v1/exports/recording?format=parquet'))
    expect(rows[0]).toMatchObject({
      id: recordingId,
      key: 'A1/a.WAV',
      started_at: new Date('2026-01-10T22:00:00Z'),
      duration_s: null,
      metadata: '{}',
    })
  })

  it('may be any of the schema, and nothing else', async () => {
    const { exports } = (await (await get('/v1/exports')).json()) as { exports: { name: string; kind: string }[] }
    expect(exports).toContainEqual(expect.objectContaining({ name: 'recording', kind: 'table' }))
    for (const { name } of exports) {
      const response = await get(`/v1/exports/${name}`)
      expect([name, response.status]).toEqual([name, 200])
      await response.text()
      const parquet = await get(`/v1/exports/${name}?format=parquet`)
      expect((await bytesOf(parquet)).subarray(-4).toString()).toBe('PAR1')
    }
    for (const name of ['pg_class', 'nothing', 'recording"; drop table coro.label; --', 'RECORDING']) {
      const response = await get(`/v1/exports/${encodeURIComponent(name)}`)
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ error: { code: 'EXPORT_UNKNOWN' } })
    }
  })

  it('ends where its reader stops, and leaves the connection to others', async () => {
    const { database } = api.platform
    await database.pool.query(
      `create view coro.many as select n as id, repeat('x', 1000) as text from generate_series(1, 20000) n`,
    )
    const response = await get('/v1/exports/many')
    const reader = response.body!.getReader()
    await reader.read()
    await reader.cancel()
    const { rows } = await database.pool.query('select name from pg_cursors')
    expect(rows).toEqual([])
    expect((await table(await get('/v1/exports/many'))).length).toBe(20_000)
    await database.pool.query('drop view coro.many')
  })

  it('that fails in the middle breaks off, so that nobody takes a part for the whole', async () => {
    const { database } = api.platform
    await database.pool.query(
      'create view coro.failing as select n as id, 1 / (1500 - n) as x from generate_series(1, 2000) n',
    )
    const response = await get('/v1/exports/failing')
    await expect(response.text()).rejects.toThrow(/division by zero/)
    await database.pool.query('drop view coro.failing')
  })
})

describe('embeddings', () => {
  it('come with the references that an import reads, bit by bit', async () => {
    const rows = await parquetRows(await get('/v1/exports/embeddings'))
    expect(rows.map(({ segment_id: id }) => id)).toEqual(segments)
    expect(rows[1]).toMatchObject({
      recording_id: recordingId,
      source: url,
      key: 'A1/a.WAV',
      site: '=lagoa',
      recording_started_at: new Date('2026-01-10T22:00:00Z'),
      started_at: new Date('2026-01-10T22:00:05Z'),
      start_s: 5,
      end_s: 10,
      embedding: unit(2),
    })
    const csv = await table(await get('/v1/exports/embeddings?format=csv'))
    expect(csv.map(({ embedding }) => Float32Array.from(JSON.parse(embedding!) as number[]))).toEqual(
      rows.map(({ embedding }) => embedding),
    )
  })

  it('are those that a filter leaves, without those that are marked as deleted', async () => {
    const filtered = async (filter: unknown) =>
      (await table(await get(`/v1/exports/embeddings?format=csv&filter=${encodeURIComponent(JSON.stringify(filter))}`)))
        .length
    expect(await filtered({ site: '=lagoa' })).toBe(3)
    expect(await filtered({ from: '2026-01-10T22:00:04Z' })).toBe(2)
    const { database } = api.platform
    await database.pool.query('insert into coro.deleted_segment (segment_id) values ($1)', [segments[1]])
    expect(await filtered({})).toBe(4)
    expect(await filtered({ site: '=lagoa' })).toBe(2)
    await database.pool.query('delete from coro.deleted_segment')
    const unknown = await get(`/v1/exports/embeddings?filter=${encodeURIComponent('{"site":"nowhere"}')}`)
    expect(await unknown.json()).toMatchObject({ error: { code: 'SITE_UNKNOWN' } })
    expect((await get('/v1/exports/embeddings?filter=x')).status).toBe(400)
    expect((await get('/v1/exports/embeddings?space=nothing')).status).toBe(404)
  })
})

describe('a search', () => {
  it('is CSV or Parquet with the rank, the reference and the similarity', async () => {
    const rows = await table(await search('format=csv', { k: 2 }))
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({
      rank: '1',
      similarity: '1',
      segment_id: String(segments[0]),
      key: 'A1/a.WAV',
      site: "'=lagoa",
      started_at: '2026-01-10T22:00:00.000Z',
      start_s: '0',
      query_start_s: '',
    })
    expect(await parquetRows(await search('format=parquet'))).toHaveLength(5)
  })

  it('is Raven’s selection tables and Audacity’s labels', async () => {
    const raven = await (await search('format=raven')).text()
    expect(raven.split('\n')).toHaveLength(7)
    expect(raven).toContain('Selection\tView\tChannel\tBegin Time (s)')
    const each = unzip(await bytesOf(await search('format=raven&layout=recordings')))
    expect([...each.files.keys()].sort()).toEqual([
      'A1/a.WAV.Table.1.selections.txt',
      'A1/b.WAV.Table.1.selections.txt',
    ])
    const labels = unzip(await bytesOf(await search('format=audacity')))
    expect(labels.files.get('A1/a.WAV.txt')?.toString()).toMatch(/^0\.000000\t5\.000000\t#1 1\.0000 segment \d+\n/)
  })

  it('is a zip of WAVs by rank; what has no sound any more keeps its row, and it is said', async () => {
    const response = await search('format=zip')
    expect(response.headers.get('content-type')).toBe('application/zip')
    const { files, comment } = unzip(await bytesOf(response))
    const names = [...files.keys()]
    expect(names).toHaveLength(4)
    expect(names[0]).toMatch(/^0001_1\.0000_A1-a_2026-01-10T22-00-00Z_0-5s\.wav$/)
    expect(names.at(-1)).toBe('matches.csv')
    const wav = files.get(names[0]!)!
    expect(wav.subarray(0, 4).toString()).toBe('RIFF')
    expect([wav.length, wav.readUInt32LE(24), wav.readInt16LE(44)]).toEqual([320_044, 32_000, 100])
    const rows = parse<Record<string, string>>(files.get('matches.csv')!, { columns: true })
    expect(rows.map(({ rank }) => rank)).toEqual(['1', '2', '3', '4', '5'])
    for (const { key, file, note } of rows) {
      const told = [names.includes(file!), file === '', note!.includes('expired')]
      expect(told).toEqual(key === 'A1/a.WAV' ? [true, false, false] : [false, true, true])
    }
    expect(comment).toBe('2 of 5 matches have no sound here: matches.csv says why.')
  })

  it('of recordings has the segments that are shown of each, each with its own start', async () => {
    const rows = await table(await search('format=csv', { k: 1, group: 'recording', perRecording: 3 }))
    const starts = rows.map(({ start_s: startS, started_at: at }) => `${startS} ${at?.slice(17, 19)}`)
    expect(new Set(starts)).toEqual(new Set(['0 00', '5 05', '10 10']))
    expect(starts).toHaveLength(3)
  })

  it('above a similarity is streamed whole, in every format', async () => {
    const all = async (query: string) =>
      api.app.request(`/v1/exports/matches?${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ segmentId: segments[0], minSimilarity: -1 }),
      })
    const rows = await table(await all('format=csv'))
    expect(rows.map(({ rank, segment_id: id }) => [rank, id])).toEqual(
      (await table(await search('format=csv'))).map(({ rank, segment_id: id }) => [rank, id]),
    )
    expect(await parquetRows(await all('format=parquet'))).toHaveLength(5)
    expect((await (await all('format=raven')).text()).split('\n')).toHaveLength(7)
    expect(unzip(await bytesOf(await all('format=audacity'))).files.size).toBe(2)
    const { files, comment } = unzip(await bytesOf(await all('format=zip')))
    expect([files.size, comment]).toEqual([4, '2 of 5 matches have no sound here: matches.csv says why.'])
    expect((await all('format=csv&audio=raw')).status).toBe(400)
  })

  it.each([
    ['format=csv&layout=one', 'EXPORT_INVALID'],
    ['format=csv&audio=raw', 'EXPORT_INVALID'],
    ['format=xlsx', 'REQUEST_INVALID'],
  ])('refuses %s', async (query, code) => {
    const response = await search(query)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code } })
  })

  it('is refused as the search itself is', async () => {
    expect(await (await search('format=zip', { segmentId: 2 ** 40 })).json()).toMatchObject({
      error: { code: 'SEGMENT_UNKNOWN' },
    })
  })
})
