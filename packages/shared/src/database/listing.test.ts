import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  addRecording,
  addSegments,
  addSource,
  addSpace,
  openTestDatabase,
  spaceDefinition,
} from './database.fixture.js'
import { saveEmbeddings } from './embeddings.js'
import { formatOffset, listRecordings } from './listing.js'
import { moveState, saveFacts } from './recording-work.js'
import { supersede } from './recordings.js'
import { listSources } from './source-list.js'
import { noteSweep, saveSource, siteIdOf } from './sources.js'
import { chooseSpace } from './choose-space.js'
import { ensureSpaces, listSpaces } from './spaces.js'
import { countAll } from './status.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

describe('formatOffset', () => {
  it.each([
    [0, '+00:00'],
    [-180, '-03:00'],
    [-210, '-03:30'],
    [-30, '-00:30'],
    [345, '+05:45'],
    [840, '+14:00'],
  ])('%i minutes is %s', (minutes, text) => {
    expect(formatOffset(minutes)).toBe(text)
  })
})

describe('listRecordings', () => {
  it('shows what is known, in the form that leaves the house', async () => {
    const { id: sourceId, url } = await addSource(database)
    const siteId = await siteIdOf(database.pool, 'lagoa')
    const id = await addRecording(database, sourceId, { key: 'A1/x.wav', siteId })
    await saveFacts(database.pool, id, {
      format: 'wav',
      codec: 'pcm',
      sampleRateHz: 48_000,
      channels: 2,
      bitsPerSample: 16,
      durationS: 61.5,
      startedAt: new Date('2026-01-10T22:00:00.250Z'),
      utcOffsetMin: -180,
      timeSource: 'guano',
      timeConfidence: 0.9,
      recorderId: null,
      metadata: { conflicts: [{ kind: 'recorder', values: ['a', 'b'] }] },
      warnings: [{ code: 'W', message: 'hm' }],
    })
    await moveState(database.pool, id, ['discovered'], 'quarantined', { code: 'AUDIO_X', message: 'no' })
    const [recording] = await listRecordings(database.pool, { id, limit: 1 })
    expect(recording).toEqual({
      recordingId: id,
      source: url,
      key: 'A1/x.wav',
      state: 'quarantined',
      reason: { code: 'AUDIO_X', message: 'no' },
      startedAt: '2026-01-10T22:00:00.250Z',
      claimedAt: null,
      utcOffset: '-03:00',
      timeSource: 'guano',
      durationS: 61.5,
      sampleRateHz: 48_000,
      channels: 2,
      channel: null,
      segments: 0,
      sha256: null,
      site: 'lagoa',
      recorder: null,
      format: 'wav',
      sizeBytes: 1000,
      warnings: [{ code: 'W', message: 'hm' }],
      conflicts: [{ kind: 'recorder', values: ['a', 'b'] }],
      duplicateOf: null,
    })
  })

  it('filters, goes by pages, and passes over superseded versions unless they are asked for', async () => {
    const { id: sourceId } = await addSource(database)
    const siteId = await siteIdOf(database.pool, 'a site of its own')
    const ids: number[] = []
    for (let i = 0; i < 5; i++) ids.push(await addRecording(database, sourceId, { siteId, key: `${i}.wav` }))
    const old = ids[1] as number
    await supersede(database.pool, old)
    const list = async (query: object) =>
      (await listRecordings(database.pool, { site: 'a site of its own', limit: 100, ...query })).map(
        (r) => r.recordingId,
      )
    expect(await list({})).toEqual(ids.filter((id) => id !== old))
    expect(await list({ states: ['superseded'] })).toEqual([old])
    expect(await list({ id: old })).toEqual([old])
    expect(await list({ key: '3.wav' })).toEqual([ids[3]])
    expect(await list({ limit: 2 })).toEqual([ids[0], ids[2]])
    expect(await list({ limit: 2, after: ids[2] })).toEqual([ids[3], ids[4]])
    expect(await list({ recorder: 'nobody' })).toEqual([])
  })
})

describe('countAll', () => {
  it('counts one source or all; windows once, whatever the number of spaces', async () => {
    const spaces = await ensureSpaces(database, [spaceDefinition(), spaceDefinition()])
    const [first, second] = [await addSource(database), await addSource(database)]
    const before = await countAll(database.pool)
    const one = await addRecording(database, first.id)
    const segments = await addSegments(database, one, spaces, 3)
    const embedding = new Float32Array(8).fill(Math.SQRT1_2 / 2)
    const embedded = segments.slice(1).map((segmentId) => ({ segmentId, embedding }))
    for (const space of spaces) await saveEmbeddings(database, space, one, embedded, segments.slice(0, 1))
    await addRecording(database, second.id)
    const counts = await countAll(database.pool, first.url)
    expect(counts.recordings).toMatchObject({ searchable: 1, discovered: 0 })
    expect(counts.segments).toBe(3)
    for (const { name } of spaces) {
      expect(counts.embeddings[name]).toBe(2)
      expect(counts.silent[name]).toBe(1)
    }
    expect((await countAll(database.pool, second.url)).recordings).toMatchObject({ searchable: 0, discovered: 1 })
    expect((await countAll(database.pool, 'file:///unknown')).segments).toBe(0)
    const after = await countAll(database.pool)
    expect(after.segments - before.segments).toBe(3)
    expect(after.recordings.discovered - before.recordings.discovered).toBe(1)
  })
})

describe('sources', () => {
  it('are written again without a second row; sweeps are noted', async () => {
    const config = {
      url: 'file:///cards',
      timeZone: 'America/Sao_Paulo',
      deployments: [{ prefix: 'A1/', site: 'north', recorder: 'AM1', timeZone: 'America/Manaus' }],
      sites: [{ name: 'north', latitude: -3 }],
    }
    const saved = await saveSource(database, config)
    const again = await saveSource(database, { ...config, name: 'cards' })
    expect(again).toEqual({ ...saved, name: 'cards', declaredAt: expect.any(String) as string })
    await noteSweep(database.pool, saved.id, { objects: 7, passedOver: 2 }, 'STORAGE_DENIED: no')
    const listed = (await listSources(database.pool)).filter(({ url }) => url === config.url)
    expect(listed).toMatchObject([{ name: 'cards', lastSweepObjects: 7, lastSweepError: 'STORAGE_DENIED: no' }])
    expect(listed[0]?.lastSweepAt).toBeInstanceOf(Date)
    const { rows } = await database.pool.query(`select time_zone, latitude from coro.site where name = 'north'`)
    expect(rows).toEqual([{ time_zone: 'America/Manaus', latitude: -3 }])
  })
})

describe('spaces', () => {
  it('are found again', async () => {
    const definition = spaceDefinition({ active: true })
    const [made] = await ensureSpaces(database, [definition])
    const [found] = await ensureSpaces(database, [definition])
    expect(found).toEqual(made)
  })

  it('are made once by services that start at the same time', async () => {
    const definition = spaceDefinition()
    const made = await Promise.all([1, 2, 3].map(() => ensureSpaces(database, [definition])))
    expect(new Set(made.flat().map(({ id }) => id)).size).toBe(1)
  })

  it('have exactly one that is active; the others keep their vectors and are not filled', async () => {
    const model = 'net'
    const raw = spaceDefinition({ model, variant: 'raw' })
    const denoised = spaceDefinition({ model, variant: 'denoised', active: true })
    await ensureSpaces(database, [raw, denoised])
    expect((await chooseSpace(database.pool, {})).name).toBe('net/denoised')
    expect((await chooseSpace(database.pool, { variant: 'raw' })).name).toBe('net/raw')
    await ensureSpaces(database, [{ ...raw, active: true }])
    const spaces = await listSpaces(database.pool)
    expect(spaces.filter(({ active }) => active).map(({ name }) => name)).toEqual(['net/raw'])
    expect(spaces.filter(({ wanted }) => wanted).map(({ name }) => name)).toEqual(['net/raw'])
    expect((await chooseSpace(database.pool, { space: 'net/denoised' })).wanted).toBe(false)
  })

  it('that do not exist are an error that names those that do', async () => {
    await addSpace(database, { name: 'a/raw' })
    await expect(chooseSpace(database.pool, { space: 'perch/raw' })).rejects.toMatchObject({
      code: 'SPACE_UNKNOWN',
      message: expect.stringContaining('a/raw') as string,
    })
  })
})
