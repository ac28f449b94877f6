import { randomBytes, randomUUID } from 'node:crypto'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMissingAccounts, recordingsToPrepareAnew } from '../background.js'
import { unfinished } from '../backlog.js'
import { nextToPrepare } from '../dispatch.js'
import { claimContent } from '../content.js'
import {
  addRecording,
  addSegments,
  addSource,
  addSpace,
  openTestDatabase,
  randomNumbers,
  testFrontEndId,
} from '../database.fixture.js'
import { saveEmbeddings } from '../embeddings.js'
import { searchableWindows } from '../evaluation.js'
import { listRecordings } from '../listing.js'
import { inTransaction } from '../open.js'
import { loadWork, saveFacts, type RecordingFacts } from '../recording-work.js'
import { adoptImported, replaceVersion } from '../recordings.js'
import { searchNeighbours } from '../search.js'
import { saveSegments } from '../segments.js'
import { listSources } from '../source-list.js'
import { spacesOfOneFrontEnd } from '../choose-space.js'
import { activateFilled, ensureSpaces, spaceById, listSpaces, type Space } from '../spaces.js'
import { normaliseL2 } from '../vectors.js'
import { importRecordings, planRecordings, type ImportedRecording } from './imported-recordings.js'
import { beginImport, checkImport, finishImport, importedSpace } from './imported-space.js'
import { saveImportedVectors, saveImportedWindows } from './save-vectors.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const dimension = 8
const unit = (seed: number) => normaliseL2(randomNumbers(seed, dimension))
const hex = () => randomBytes(32).toString('hex')
const newKey = () => `${randomUUID()}/a.wav`

const begin = async (draft: Partial<Parameters<typeof beginImport>[1]> = {}): Promise<Space> => {
  const definition = { name: `perch-${randomUUID()}`, dimension, windowS: 5, hopS: 5, ...draft }
  return (await beginImport(database, definition, 0)).space
}

const reference = (draft: Partial<ImportedRecording> = {}): ImportedRecording => ({
  source: null,
  key: newKey(),
  sha256: null,
  site: null,
  recorder: null,
  startedAt: null,
  ...draft,
})
const how = { nowhere: 'import:test', timeZone: null }

async function importOne(draft: Partial<ImportedRecording> = {}): Promise<number> {
  const [saved] = await importRecordings(database, [reference(draft)], how)
  if (!saved || 'refused' in saved) throw new Error(JSON.stringify(saved))
  return saved.recordingId
}

const windowsOf = (recordingId: number, count: number, seed = 1) =>
  Array.from({ length: count }, (_, i) => ({ recordingId, startS: i * 5, endS: i * 5 + 5, embedding: unit(seed + i) }))

const segmentsOf = async (id: number) => {
  const { rows } = await database.pool.query<{ id: number; index: number | null; start_s: number }>(
    'select id, index, start_s from coro.segment where recording_id = $1 order by start_s, id',
    [id],
  )
  return rows
}

/** A recording with its file, prepared, with `count` windows of 5 s. */
async function withFile(draft: { source?: number; key?: string; sha256?: string; count?: number } = {}) {
  const sourceId = draft.source ?? (await addSource(database)).id
  const id = await addRecording(database, sourceId, draft.key === undefined ? {} : { key: draft.key })
  if (draft.sha256 !== undefined) await claimContent(database.pool, Buffer.from(draft.sha256, 'hex'), id)
  const segments = draft.count ? await addSegments(database, id, [], draft.count) : []
  return { id, sourceId, segments }
}

describe('which recording a reference means', () => {
  const plan = async (draft: Partial<ImportedRecording>) => (await planRecordings(database.pool, [reference(draft)]))[0]
  const found = (recordingId: number) => ({ recordingId, created: false })

  it('goes by source and key, by the hash, by a key that one source has; else it is new', async () => {
    const [key, sha256] = [newKey(), hex()]
    const source = await addSource(database)
    const { id } = await withFile({ source: source.id, key, sha256 })
    expect(await plan({ source: source.url, key })).toEqual(found(id))
    expect(await plan({ key })).toEqual(found(id))
    expect(await plan({ sha256, key: null })).toEqual(found(id))
    expect(await plan({ sha256, key: newKey(), source: 'file:///elsewhere' })).toEqual(found(id))
    expect(await plan({ source: 'file:///elsewhere', key })).toEqual({ recordingId: 0, created: true })
    expect(await plan({})).toEqual({ recordingId: 0, created: true })
    expect(await plan({ key: null, sha256: hex() })).toEqual({ refused: expect.stringContaining('no key') as string })
  })

  it('is refused where several sources have the key, unless the hash or the source tells', async () => {
    const [key, sha256] = [newKey(), hex()]
    const first = await withFile({ key, sha256 })
    const second = await addSource(database)
    const other = await withFile({ source: second.id, key, sha256: hex() })
    expect(await plan({ key })).toEqual({ refused: expect.stringContaining('several sources') as string })
    expect(await plan({ key, sha256 })).toEqual(found(first.id))
    expect(await plan({ key, source: second.url })).toEqual(found(other.id))
  })

  it('is refused where the bytes are known to be others', async () => {
    const key = newKey()
    await withFile({ key, sha256: hex() })
    expect(await plan({ key, sha256: hex() })).toEqual({ refused: expect.stringContaining('are others') as string })
    const imported = newKey()
    await importOne({ key: imported, sha256: hex() })
    expect(await plan({ key: imported, sha256: hex() })).toEqual({
      refused: expect.stringContaining('was imported') as string,
    })
  })

  it('is the original of a duplicate, and never an earlier version', async () => {
    const [key, sha256] = [newKey(), hex()]
    const original = await withFile({ sha256 })
    const copy = await withFile({ key })
    await database.pool.query(`update coro.recording set state = 'duplicate', duplicate_of = $2 where id = $1`, [
      copy.id,
      original.id,
    ])
    expect(await plan({ key })).toEqual(found(original.id))
    await database.pool.query(`update coro.recording set state = 'superseded', duplicate_of = null where id = $1`, [
      copy.id,
    ])
    expect(await plan({ key })).toEqual({ recordingId: 0, created: true })
  })
})

describe('a recording without its file', () => {
  it('is made once, with what the references say, and learns what later ones say', async () => {
    const key = newKey()
    const site = `site-${randomUUID()}`
    const id = await importOne({ key, site, startedAt: '2026-01-10T22:00:00.000Z' })
    expect(await importOne({ key, sha256: 'ab'.repeat(32), recorder: 'A1', site: 'another' })).toBe(id)
    const [recording] = await listRecordings(database.pool, { id, limit: 1 })
    expect(recording).toMatchObject({
      state: 'imported',
      source: 'import:test',
      key,
      site,
      recorder: 'A1',
      startedAt: '2026-01-10T22:00:00.000Z',
      timeSource: 'import',
    })
    const local = await importRecordings(database, [reference({ startedAt: '2026-01-10T22:00:00' })], {
      ...how,
      timeZone: 'America/Sao_Paulo',
    })
    const [inZone] = await listRecordings(database.pool, {
      id: (local[0] as { recordingId: number }).recordingId,
      limit: 1,
    })
    expect(inZone?.startedAt).toBe('2026-01-11T01:00:00.000Z')
  })

  it('is not made where another reference of the same call is refused', async () => {
    const key = newKey()
    const saved = await importRecordings(database, [reference({ key }), reference({ key: null, sha256: hex() })], how)
    expect(saved).toEqual([{ recordingId: 0, created: true }, { refused: expect.anything() as string }])
    expect(await listRecordings(database.pool, { key, limit: 1 })).toEqual([])
  })

  it('is left alone by what prepares, embeds, evaluates, and lists sources', async () => {
    const wanted = await addSpace(database)
    const space = await begin()
    const id = await importOne({ source: 'file:///nowhere/at/all' })
    await saveImportedVectors(database, space, windowsOf(id, 3), { replace: false })
    const some = { limit: 1000, inFlight: [] }
    const everything = { after: 0, to: Number.MAX_SAFE_INTEGER }
    const toPrepare = await nextToPrepare(database.pool, { ...some, newWithinS: 0 })
    expect(toPrepare.map((next) => next.id)).not.toContain(id)
    expect(await recordingsToPrepareAnew(database.pool, everything, some)).not.toContain(id)
    await openMissingAccounts(database.pool, everything)
    const { rows } = await database.pool.query(
      'select from coro.recording_space where recording_id = $1 and space_id = $2',
      [id, wanted.id],
    )
    expect(rows).toEqual([])
    expect((await searchableWindows(database.pool, null)).map(({ recordingId }) => recordingId)).not.toContain(id)
    expect((await listSources(database.pool)).map(({ url }) => url)).not.toContain('file:///nowhere/at/all')
    const before = await unfinished(database.pool)
    await importOne()
    expect(await unfinished(database.pool)).toBe(before)
  })
})

describe('an imported space', () => {
  it('is found again by its name, and taken for nothing else', async () => {
    const space = await begin({ model: 'perch_8', variant: 'denoised' })
    expect(space).toMatchObject({ imported: true, importOpen: true, wanted: false, model: 'perch_8', frontEndId: null })
    expect((await begin({ name: space.name })).id).toBe(space.id)
    const taken = { code: 'SPACE_TAKEN', disposition: 'reject' }
    for (const draft of [{ dimension: 9 }, { model: 'other' }, { variant: 'raw' as const }]) {
      const definition = { name: space.name, dimension, windowS: 5, hopS: 5, ...draft }
      await expect(begin(definition)).rejects.toMatchObject(taken)
      await expect(checkImport(database.pool, definition)).rejects.toMatchObject(taken)
    }
    const own = await addSpace(database)
    await expect(begin({ name: own.name })).rejects.toMatchObject(taken)
    await expect(importedSpace(database.pool, own.name)).rejects.toMatchObject(taken)
    await expect(importedSpace(database.pool, 'nothing')).rejects.toMatchObject({ code: 'SPACE_UNKNOWN' })
  })

  it('is not what Coro fills: a network of the same name gets spaces of its own, and evaluations leave it out', async () => {
    const space = await begin({ model: `net-${randomUUID()}` })
    const own = await addSpace(database, { model: space.model, variant: 'raw' })
    expect(own.id).not.toBe(space.id)
    expect(spacesOfOneFrontEnd(await listSpaces(database.pool), space.model).map(({ id }) => id)).toEqual([own.id])
    expect((await spaceById(database.pool, space.id))?.wanted).toBe(false)
  })

  it('ends whole, with its count', async () => {
    const space = await begin()
    await saveImportedVectors(database, space, windowsOf(await importOne(), 4), { replace: false })
    expect(await finishImport(database, space)).toEqual({ embeddings: 4, indexWanted: false })
    expect((await spaceById(database.pool, space.id))?.importOpen).toBe(false)
  })
})

describe('saveImportedVectors', () => {
  it('makes windows that are missing, and is searched like any space, with filters too', async () => {
    const site = `site-${randomUUID()}`
    const [space, id, other] = [await begin(), await importOne({ site }), await importOne()]
    const vectors = [...windowsOf(id, 5, 10), ...windowsOf(other, 5, 20)]
    expect(await saveImportedVectors(database, space, vectors, { replace: false })).toEqual({
      inserted: 10,
      unchanged: 0,
      replaced: 0,
      kept: 0,
    })
    const segments = await segmentsOf(id)
    expect(segments.map(({ index, start_s }) => [index, start_s])).toEqual([0, 5, 10, 15, 20].map((at) => [null, at]))
    const ask = { embedding: unit(12), k: 3, mode: 'auto' as const }
    const all = await searchNeighbours(database, space, { ...ask, filter: {} })
    expect(all).toMatchObject({ candidates: 10, neighbours: [{ segmentId: segments[2]?.id }, {}, {}] })
    const here = await searchNeighbours(database, space, { ...ask, k: 9, filter: { site } })
    expect(here.neighbours.map(({ segmentId }) => segmentId).sort((a, b) => a - b)).toEqual(
      segments.map(({ id }) => id),
    )
    const [recording] = await listRecordings(database.pool, { id, limit: 1 })
    expect(recording).toMatchObject({ segments: 5, state: 'imported' })
  })

  it('is found under a filter where windows of several recordings came in turns', async () => {
    const site = `site-${randomUUID()}`
    const [space, a, b] = [await begin(), await importOne({ site }), await importOne()]
    const [ofA, ofB] = [windowsOf(a, 4, 30), windowsOf(b, 4, 40)]
    for (const i of [0, 1, 2, 3]) {
      await saveImportedVectors(database, space, [ofA[i]!, ofB[i]!], { replace: false })
    }
    const { neighbours } = await searchNeighbours(database, space, {
      embedding: unit(31),
      k: 9,
      mode: 'auto',
      filter: { site },
    })
    expect(neighbours).toHaveLength(4)
    // With the windows first, ids of one recording follow each other.
    const [c, d] = [await importOne(), await importOne()]
    await saveImportedWindows(database, [...windowsOf(c, 3), ...windowsOf(d, 3)])
    await saveImportedVectors(database, space, [...windowsOf(d, 3), ...windowsOf(c, 3)], { replace: false })
    const ids = (await segmentsOf(c)).map(({ id }) => id)
    expect(ids).toEqual([ids[0]!, ids[0]! + 1, ids[0]! + 2])
  })

  it('gives embeddings to the windows that Coro has itself, and leaves its own as they are', async () => {
    const own = await addSpace(database)
    const source = await addSource(database)
    const id = await addRecording(database, source.id)
    const segments = await addSegments(database, id, [own], 3)
    await saveEmbeddings(
      database,
      own,
      id,
      segments.map((segmentId) => ({ segmentId, embedding: unit(segmentId) })),
      [],
    )
    const space = await begin()
    await saveImportedVectors(database, space, windowsOf(id, 3), { replace: false })
    expect((await segmentsOf(id)).map((row) => row.id)).toEqual(segments)
    expect(await loadWork(database.pool, id)).toMatchObject({
      state: 'searchable',
      segmentCount: 3,
      hasImported: false,
    })
    // Other windows of the same recording lie beside them.
    const others = windowsOf(id, 2).map((vector) => ({
      ...vector,
      startS: vector.startS + 1.5,
      endS: vector.endS + 1.5,
    }))
    await saveImportedVectors(database, space, others, { replace: false })
    expect((await segmentsOf(id)).map(({ index }) => index)).toEqual([0, null, 1, null, 2])
    expect(await loadWork(database.pool, id)).toMatchObject({ state: 'searchable', segmentCount: 3, hasImported: true })
    const { candidates } = await searchNeighbours(database, space, {
      embedding: unit(1),
      k: 1,
      mode: 'exact',
      filter: {},
    })
    expect(candidates).toBe(5)
    const evaluated = (await searchableWindows(database.pool, source.url)).map(({ index }) => index)
    expect(evaluated).toEqual([0, 1, 2])
  })

  it('twice is once; another embedding stays out, or goes in with `replace`', async () => {
    const [space, id] = [await begin(), await importOne()]
    const vectors = windowsOf(id, 3)
    await saveImportedVectors(database, space, vectors, { replace: false })
    const none = { inserted: 0, unchanged: 3, replaced: 0, kept: 0 }
    expect(await saveImportedVectors(database, space, vectors, { replace: false })).toEqual(none)
    expect(await saveImportedVectors(database, space, vectors, { replace: true })).toEqual(none)
    const changed = [
      vectors[0]!,
      { ...vectors[1]!, embedding: unit(99) },
      { ...vectors[2]!, startS: 10.0004, endS: 15.0004 },
    ]
    const kept = await saveImportedVectors(database, space, changed, { replace: false })
    expect(kept).toEqual({ inserted: 0, unchanged: 2, replaced: 0, kept: 1 })
    expect(await nearest(space, 99)).toBeLessThan(0.999)
    const replaced = await saveImportedVectors(database, space, changed, { replace: true })
    expect(replaced).toEqual({ inserted: 0, unchanged: 2, replaced: 1, kept: 0 })
    expect(await nearest(space, 99)).toBeCloseTo(1, 5)
    expect(await segmentsOf(id)).toHaveLength(3)
  })

  const nearest = async (space: Space, seed: number) => {
    const answer = await searchNeighbours(database, space, { embedding: unit(seed), k: 1, mode: 'exact', filter: {} })
    return answer.neighbours[0]?.similarity
  }

  it('writes all of a batch or nothing', async () => {
    const [space, id] = [await begin(), await importOne()]
    const batch = [...windowsOf(id, 2), ...windowsOf(2 ** 40, 1)]
    await expect(saveImportedVectors(database, space, batch, { replace: false })).rejects.toMatchObject({
      code: 'RECORDING_UNKNOWN',
    })
    expect(await segmentsOf(id)).toEqual([])
  })
})

describe('the file of an imported recording', () => {
  const object = (key: string, version = 'v1') => ({ key, version, sizeBytes: 1000, modifiedAt: new Date() })
  const place = { deploymentId: null, siteId: null, recorderId: null }
  const prepared = { prefix: 'prepared/x', offsetBytes: 44, frontEndId: testFrontEndId, channel: 'mix' }
  const spans = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ index, startS: index * 5, endS: index * 5 + 5 }))
  const facts = (draft: Partial<RecordingFacts> = {}): RecordingFacts => ({
    format: 'wav',
    codec: 'pcm_s16le',
    sampleRateHz: 48_000,
    channels: 1,
    bitsPerSample: 16,
    durationS: 15,
    startedAt: null,
    utcOffsetMin: null,
    timeSource: 'none',
    timeConfidence: 0,
    recorderId: null,
    metadata: {},
    warnings: [],
    ...draft,
  })

  it('makes it a recording like any other: windows keep their ids and embeddings, and get their index', async () => {
    const { url, id: sourceId } = await addSource(database)
    const [key, space] = [newKey(), await begin()]
    const id = await importOne({ source: url, key })
    const vectors = [...windowsOf(id, 3), { ...windowsOf(id, 1)[0]!, startS: 1, endS: 6, embedding: unit(50) }]
    await saveImportedVectors(database, space, vectors, { replace: false })
    const before = await segmentsOf(id)
    expect(await inTransaction(database, (tx) => adoptImported(tx, id, sourceId, { object: object(key), place }))).toBe(
      id,
    )
    expect(await loadWork(database.pool, id)).toMatchObject({ state: 'discovered', version: 'v1', segmentCount: null })
    // It is still being written: nothing of it has been used.
    expect(await replaceVersion(database.pool, id, object(key, 'v2'))).toBe(true)
    const own = await addSpace(database)
    await saveSegments(database.pool, id, spans(4), [own.id], prepared)
    const after = await segmentsOf(id)
    expect(after.map(({ index, start_s }) => [start_s, index])).toEqual([
      [0, 0],
      [1, null],
      [5, 1],
      [10, 2],
      [15, 3],
    ])
    expect(after.slice(0, 4).map((row) => row.id)).toEqual(before.map((row) => row.id))
    // Prepared twice it has the same windows.
    await saveSegments(database.pool, id, spans(4), [own.id], prepared)
    expect(await segmentsOf(id)).toEqual(after)
    const { neighbours } = await searchNeighbours(database, space, {
      embedding: unit(50),
      k: 9,
      mode: 'exact',
      filter: { recording: id },
    })
    expect(neighbours.map(({ segmentId }) => segmentId).sort((a, b) => a - b)).toEqual(
      before.map((row) => row.id).sort((a, b) => a - b),
    )
  })

  it('under another name is known by its hash: it takes the embeddings over', async () => {
    const [space, sha256] = [await begin(), hex()]
    const id = await importOne({ sha256 })
    await saveImportedVectors(database, space, windowsOf(id, 3), { replace: false })
    const segments = (await segmentsOf(id)).map((row) => row.id)
    const file = await withFile({})
    expect(await claimContent(database.pool, Buffer.from(sha256, 'hex'), file.id)).toBe(file.id)
    expect(await loadWork(database.pool, id)).toBeNull()
    expect((await segmentsOf(file.id)).map((row) => row.id)).toEqual(segments)
    const { candidates } = await searchNeighbours(database, space, {
      embedding: unit(1),
      k: 1,
      mode: 'exact',
      filter: {},
    })
    expect(candidates).toBe(3)
  })

  it('that came in meanwhile is joined by the next import', async () => {
    const [space, key] = [await begin(), newKey()]
    const id = await importOne({ key })
    const vectors = windowsOf(id, 3)
    await saveImportedVectors(database, space, vectors, { replace: false })
    await database.pool.query(
      `insert into coro.label (recording_id, start_s, end_s, label) values ($1, 0, 5, 'frog')`,
      [id],
    )
    const file = await withFile({ key, count: 2 })
    expect(await importOne({ key })).toBe(file.id)
    const { rows: labels } = await database.pool.query('select label from coro.label where recording_id = $1', [
      file.id,
    ])
    expect(labels).toEqual([{ label: 'frog' }])
    const filtered = await searchNeighbours(database, space, {
      embedding: unit(1),
      k: 9,
      mode: 'auto',
      filter: { recording: file.id },
    })
    expect(filtered.neighbours).toHaveLength(3)
    expect(await loadWork(database.pool, id)).toBeNull()
    expect((await segmentsOf(file.id)).map(({ index }) => index)).toEqual([0, 1, null])
    const again = vectors.map((vector) => ({ ...vector, recordingId: file.id }))
    expect(await saveImportedVectors(database, space, again, { replace: false })).toMatchObject({ unchanged: 3 })
    expect((await finishImport(database, space)).embeddings).toBe(3)
  })

  it('tells its own start where it knows one as well; else what was imported stays', async () => {
    const id = await importOne({ startedAt: '2026-01-10T22:00:00Z' })
    await saveFacts(database.pool, id, facts())
    const view = async () => (await listRecordings(database.pool, { id, limit: 1 }))[0]
    expect(await view()).toMatchObject({ startedAt: '2026-01-10T22:00:00.000Z', timeSource: 'import' })
    const startedAt = new Date('2026-01-10T23:00:00Z')
    await saveFacts(
      database.pool,
      id,
      facts({ startedAt, timeSource: 'filename', timeConfidence: 0.6, utcOffsetMin: -180 }),
    )
    expect(await view()).toMatchObject({
      startedAt: '2026-01-10T23:00:00.000Z',
      timeSource: 'filename',
      utcOffset: '-03:00',
    })
  })
})

describe('what analysts read of imports', () => {
  it('evaluate_retrieval() judges an imported space by the windows that it has', async () => {
    const space = await begin()
    const ids = [await importOne(), await importOne()]
    // Windows of one recording are alike, those of the other are not.
    const vectors = ids.flatMap((recordingId, i) =>
      windowsOf(recordingId, 10).map((vector, j) => ({ ...vector, embedding: near(unit(i + 60), j) })),
    )
    await saveImportedVectors(database, space, vectors, { replace: false })
    const { rows } = await database.pool.query('select * from coro.evaluate_retrieval($1, 1)', [space.name])
    expect(rows).toMatchObject([{ recordings: 2, left_out: 0, queries: 6, stored: 14, top1: 1, top5: 1, p5: 1 }])
    const own = await addSpace(database)
    const nothing = await database.pool.query('select * from coro.evaluate_retrieval($1, 1)', [own.name])
    const searchable = await searchableWindows(database.pool, null)
    const counts = new Map<number, number>()
    for (const { recordingId } of searchable) counts.set(recordingId, (counts.get(recordingId) ?? 0) + 1)
    expect(nothing.rows[0]).toMatchObject({ recordings: [...counts.values()].filter((n) => n > 1).length })
  })

  const near = (vector: Float32Array, seed: number) => {
    const noise = randomNumbers(seed + 1, dimension)
    return normaliseL2(vector.map((x, i) => x + 0.01 * noise[i]!))
  }

  it('activity counts a time once, whatever windows were imported besides', async () => {
    const site = `site-${randomUUID()}`
    const space = await begin()
    const minutes = async () => {
      const { rows } = await database.pool.query<{ minutes: string; segments: number }>(
        'select minutes, segments from coro.activity where site = $1',
        [site],
      )
      return rows.map((row) => [Number(row.minutes), row.segments])
    }
    const id = await importOne({ site, startedAt: '2026-01-10T22:00:00Z' })
    await saveImportedVectors(database, space, windowsOf(id, 12), { replace: false })
    expect(await minutes()).toEqual([[1, 12]])
    const file = await withFile({ count: 12 })
    await database.pool.query(
      `update coro.recording set started_at = '2026-01-10T23:00:00Z', site_id = (select id from coro.site where name = $2)
        where id = $1`,
      [file.id, site],
    )
    const others = windowsOf(file.id, 11).map((window) => ({
      ...window,
      startS: window.startS + 2,
      endS: window.endS + 2,
    }))
    await saveImportedVectors(database, space, others, { replace: false })
    expect(await minutes()).toEqual([
      [1, 12],
      [1, 12],
    ])
  })
})

it('where nothing was ever embedded, an imported space is the active one until Coro has its own', async () => {
  const empty = await openTestDatabase()
  try {
    const { space } = await beginImport(empty, { name: 'perch', dimension, windowS: 5, hopS: 5 }, 0)
    expect(space.active).toBe(true)
    const [saved] = await importRecordings(empty, [reference()], how)
    await saveImportedVectors(empty, space, windowsOf((saved as { recordingId: number }).recordingId, 2), {
      replace: false,
    })
    const { rows } = await empty.pool.query('select from coro.active_embedding')
    expect(rows).toHaveLength(2)
    const second = await beginImport(empty, { name: 'other', dimension, windowS: 5, hopS: 5 }, 0)
    expect(second.space.active).toBe(false)
    const [own] = await ensureSpaces(empty, [
      {
        name: 'own',
        model: 'own',
        modelSha256: '',
        variant: 'raw',
        frontEnd: {},
        frontEndId: testFrontEndId,
        identity: 'own',
        dimension,
        windowS: 5,
        hopS: 5,
        active: true,
      },
    ])
    expect(await inTransaction(empty, activateFilled)).toBeNull()
    expect((await spaceById(empty.pool, own?.id ?? 0))?.active).toBe(true)
  } finally {
    await empty[Symbol.asyncDispose]()
  }
})
