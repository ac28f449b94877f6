import { randomUUID } from 'node:crypto'
import { addSegments, addSpace, openTestDatabase, randomNumbers } from '@coro/shared/database/database.fixture'
import { importRecordings } from '@coro/shared/database/import/imported-recordings'
import { beginImport } from '@coro/shared/database/import/imported-space'
import { saveImportedVectors } from '@coro/shared/database/import/save-vectors'
import { listRecordings } from '@coro/shared/database/listing'
import type { Database } from '@coro/shared/database/open'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { fileStorage } from '@coro/shared/storage/file-storage'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sweep, type SweepParts } from './sweep.js'
import { watchedFolder, type WatchedFolder } from './watching.fixture.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

let folder: WatchedFolder
let parts: SweepParts
/** The ids that were handed on, by call. */
let handed: number[][]
beforeEach(async () => {
  folder = await watchedFolder(database)
  parts = folder.parts
  handed = folder.handed
})
afterEach(() => folder[Symbol.asyncDispose]())

const write: WatchedFolder['write'] = (...file) => folder.write(...file)

async function rows(states?: ['superseded']) {
  const all = await listRecordings(database.pool, { states, limit: 1000 })
  return all.filter(({ source }) => source === parts.source.url).sort((a, b) => (a.key < b.key ? -1 : 1))
}

const nothing = {
  objects: 0,
  found: 0,
  changed: 0,
  restored: 0,
  deleted: 0,
  moved: 0,
  held: 0,
  unsettled: 0,
  passedOver: 0,
  obstacles: 0,
  unreadable: null,
}

describe('sweep', () => {
  it('writes a row for every recording that is new, with its place, and hands it on once', async () => {
    await write('lagoa/A1/x.wav', 'one')
    await write('lagoa/y.FLAC', 'two')
    await write('lagoa/notes.txt', 'not sound')
    expect(await sweep(parts)).toEqual({ ...nothing, source: parts.source.url, objects: 2, found: 2, passedOver: 1 })
    const found = await rows()
    expect(found.map(({ key, state, site, recorder, sizeBytes }) => [key, state, site, recorder, sizeBytes])).toEqual([
      ['lagoa/A1/x.wav', 'discovered', 'lagoa', 'A1', 3],
      ['lagoa/y.FLAC', 'discovered', 'lagoa', null, 3],
    ])
    expect(new Set(handed.flat())).toEqual(new Set(found.map(({ recordingId }) => recordingId)))
    expect(handed.flat()).toHaveLength(2)
    const calls = handed.length
    expect(await sweep(parts)).toMatchObject({ objects: 2, found: 0, changed: 0 })
    expect(handed).toHaveLength(calls)
  })

  it('leaves a file that is still being written until it rests', async () => {
    await write('x.wav', 'half', 0)
    expect(await sweep(parts)).toMatchObject({ found: 0, unsettled: 1 })
    expect(await rows()).toEqual([])
    await write('x.wav', 'half and half', 0)
    expect(await sweep(parts)).toMatchObject({ found: 0, unsettled: 1 })
    await write('x.wav', 'half and half', 10)
    expect(await sweep(parts)).toMatchObject({ found: 1, unsettled: 0 })
    expect(await rows()).toMatchObject([{ sizeBytes: 13 }])
  })

  it('keeps the row of a file that changed before any of it was used', async () => {
    await write('x.wav', 'one')
    await sweep(parts)
    const [before] = await rows()
    await write('x.wav', 'changed', 1800)
    expect(await sweep(parts)).toMatchObject({ found: 0, changed: 1 })
    expect(await rows()).toMatchObject([{ recordingId: before?.recordingId, state: 'discovered', sizeBytes: 7 }])
    expect(await rows(['superseded'])).toEqual([])
    expect(handed).toEqual([[before?.recordingId], [before?.recordingId]])
  })

  it('supersedes a recording whose file changed after it was used, and brings the old bytes back with the file', async () => {
    await write('x.wav', 'one')
    await sweep(parts)
    const used = (await rows())[0]?.recordingId as number
    const space = await addSpace(database)
    await addSegments(database, used, [space], 2)
    await write('x.wav', 'changed', 1800)
    expect(await sweep(parts)).toMatchObject({ found: 0, changed: 1 })
    const [now] = await rows()
    expect(now).toMatchObject({ state: 'discovered', sizeBytes: 7 })
    expect(now?.recordingId).not.toBe(used)
    expect(await rows(['superseded'])).toMatchObject([{ recordingId: used, segments: 0 }])
    const left = await database.pool.query('select from coro.matching_segments($1)', [{ recording: used }])
    expect(left.rowCount).toBe(0)
    expect(await sweep(parts)).toMatchObject({ changed: 0 })
    expect(handed).toEqual([[used], [now?.recordingId]])
  })

  it('by two watchers at once takes each recording once', async () => {
    for (let i = 0; i < 20; i++) await write(`${i}.wav`, String(i))
    const results = await Promise.all([sweep(parts), sweep(parts), sweep(parts)])
    expect(results.reduce((sum, { found }) => sum + found, 0)).toBe(20)
    const ids = handed.flat()
    expect(new Set(ids).size).toBe(20)
    expect(ids).toHaveLength(20)
    expect(await rows()).toHaveLength(20)
  })

  it('ends in an error where the source is away: its recordings stay', async () => {
    await write('x.wav', 'one')
    await sweep(parts)
    const away = { ...parts, storage: fileStorage(`${parts.source.url}/away`) }
    await expect(sweep(away)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', disposition: 'wait' })
    expect(await rows()).toHaveLength(1)
  })
})

describe('a recording whose embeddings were imported before its file came', () => {
  it('is taken up as a new one: its row, windows and embeddings stay', async () => {
    const { pool } = database
    const { space } = await beginImport(database, { name: randomUUID(), dimension: 8, windowS: 5, hopS: 5 }, 0)
    const [saved] = await importRecordings(
      database,
      [{ source: parts.source.url, key: 'lagoa/a.wav', sha256: null, site: 'lagoa', recorder: null, startedAt: null }],
      { nowhere: 'import:test', timeZone: null },
    )
    const { recordingId } = saved as { recordingId: number }
    const embedding = normaliseL2(randomNumbers(1, 8))
    await saveImportedVectors(database, space, [{ recordingId, startS: 0, endS: 5, embedding }], { replace: false })
    expect(await sweep(parts)).toMatchObject(nothing)
    await write('lagoa/a.wav', 'sound')
    await write('lagoa/b.wav', 'sound')
    expect(await sweep(parts)).toMatchObject({ objects: 2, found: 2, changed: 0 })
    expect(await rows()).toMatchObject([
      { recordingId, key: 'lagoa/a.wav', state: 'discovered', site: 'lagoa', sizeBytes: 5 },
      { key: 'lagoa/b.wav', state: 'discovered' },
    ])
    expect(handed.flat()).toContain(recordingId)
    expect((await pool.query(`select from coro.embedding_${space.id}`)).rowCount).toBe(1)
    expect(await sweep(parts)).toMatchObject({ objects: 2, found: 0, changed: 0 })
  })
})
