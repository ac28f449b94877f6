import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeFinished, openMissingAccounts } from './background.js'
import { prepareAgain, unfinished } from './backlog.js'
import {
  addRecording,
  addSegments,
  addSource,
  addSpace,
  openTestDatabase,
  spaceDefinition,
} from './database.fixture.js'
import { accountsOf as owed, nextToEmbed, nextToPrepare } from './dispatch.js'
import { saveBatch, saveEmbeddings, settleAccounts } from './embeddings.js'
import { loadWork, moveState } from './recording-work.js'
import { chooseQuarantined, retryQuarantined } from './quarantine.js'
import { ensureSpaces } from './spaces.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const embedding = () => new Float32Array(8).fill(Math.SQRT1_2 / 2)
const stateOf = async (id: number) => (await loadWork(database.pool, id))?.state
const accountsOf = (id: number) => owed(database.pool, [id])
const everything = { after: 0, to: Number.MAX_SAFE_INTEGER }
const next = { limit: 1000, inFlight: [], newWithinS: 86_400 }
const recordingsToPrepare = async (limit = 1000) =>
  (await nextToPrepare(database.pool, { ...next, limit })).map(({ id }) => id)

describe('an account of a recording with a space', () => {
  it('is settled by vectors and silences together, and the recording by its last account', async () => {
    const { id: sourceId } = await addSource(database)
    const [raw, denoised] = await ensureSpaces(database, [spaceDefinition(), spaceDefinition()])
    if (!raw || !denoised) throw new Error('no spaces')
    const id = await addRecording(database, sourceId)
    const segments = await addSegments(database, id, [raw, denoised], 3)
    const some = segments.slice(0, 2).map((segmentId) => ({ segmentId, embedding: embedding() }))
    expect(await saveEmbeddings(database, raw, id, some, [])).toEqual({ searchable: false })
    expect(await accountsOf(id)).toHaveLength(2)
    expect(await saveEmbeddings(database, raw, id, [], segments.slice(2))).toEqual({ searchable: false })
    expect(await accountsOf(id)).toEqual([
      { recordingId: id, spaceId: denoised.id, model: denoised.model, segmentCount: 3 },
    ])
    const all = segments.map((segmentId) => ({ segmentId, embedding: embedding() }))
    expect(await saveEmbeddings(database, denoised, id, all, [])).toEqual({ searchable: true })
    expect(await stateOf(id)).toBe('searchable')
  })

  it('counts a batch that is written twice once', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const id = await addRecording(database, sourceId)
    const segments = await addSegments(database, id, [space], 2)
    const batch = segments.slice(0, 1).map((segmentId) => ({ segmentId, embedding: embedding() }))
    await Promise.all([1, 2, 3].map(() => saveEmbeddings(database, space, id, batch, [])))
    const { rows } = await database.pool.query(
      'select embedded, silent, done_at from coro.recording_space where recording_id = $1',
      [id],
    )
    expect(rows).toEqual([{ embedded: 1, silent: 0, done_at: null }])
  })

  it('is settled by batches that end at the same time', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const id = await addRecording(database, sourceId)
    const segments = await addSegments(database, id, [space], 20)
    const answers = await Promise.all(
      segments.map((segmentId) => saveEmbeddings(database, space, id, [{ segmentId, embedding: embedding() }], [])),
    )
    expect(answers.filter(({ searchable }) => searchable)).toHaveLength(1)
    expect(await stateOf(id)).toBe('searchable')
  })

  it('is settled together with that of another space, and waits for a third', async () => {
    const { id: sourceId } = await addSource(database)
    const [raw, denoised, third] = [await addSpace(database), await addSpace(database), await addSpace(database)]
    const id = await addRecording(database, sourceId)
    const segments = await addSegments(database, id, [raw, denoised, third], 2)
    const all = segments.map((segmentId) => ({ segmentId, embedding: embedding() }))
    const results = [
      { space: raw, embedded: all, silentSegmentIds: [] },
      { space: denoised, embedded: all.slice(1), silentSegmentIds: segments.slice(0, 1) },
    ]
    expect(await saveBatch(database, id, results)).toEqual({ searchable: false })
    expect(await accountsOf(id)).toMatchObject([{ spaceId: third.id }])
    expect(await saveBatch(database, id, [{ space: third, embedded: all, silentSegmentIds: [] }])).toEqual({
      searchable: true,
    })
    const { rows } = await database.pool.query(
      'select embedded, silent from coro.recording_space where recording_id = $1 order by space_id',
      [id],
    )
    expect(rows).toEqual([
      { embedded: 2, silent: 0 },
      { embedded: 1, silent: 1 },
      { embedded: 2, silent: 0 },
    ])
  })

  it('stays open where one of two that are settled together lacks a segment', async () => {
    const { id: sourceId } = await addSource(database)
    const [raw, denoised] = [await addSpace(database), await addSpace(database)]
    const id = await addRecording(database, sourceId)
    const segments = await addSegments(database, id, [raw, denoised], 2)
    const all = segments.map((segmentId) => ({ segmentId, embedding: embedding() }))
    const results = [raw, denoised].map((space, i) => ({ space, embedded: all.slice(i), silentSegmentIds: [] }))
    expect(await saveBatch(database, id, results)).toEqual({ searchable: false })
    expect(await accountsOf(id)).toMatchObject([{ spaceId: denoised.id }])
  })

  it('keeps the instant at which it was done when it is counted again', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const id = await addRecording(database, sourceId)
    const segments = await addSegments(database, id, [space], 1)
    await saveEmbeddings(database, space, id, [], segments)
    const done = () => database.pool.query('select done_at from coro.recording_space where recording_id = $1', [id])
    const before = await done()
    expect(await settleAccounts(database.pool, [space.id], id)).toEqual({ searchable: false })
    expect((await done()).rows).toEqual(before.rows)
  })

  it('of a space that is not kept filled holds nobody up', async () => {
    const { id: sourceId } = await addSource(database)
    const old = await addSpace(database)
    const id = await addRecording(database, sourceId)
    await addSegments(database, id, [old], 1)
    const wanted = await addSpace(database)
    expect(await accountsOf(id)).toEqual([])
    await openMissingAccounts(database.pool, everything)
    expect(await accountsOf(id)).toEqual([
      { recordingId: id, spaceId: wanted.id, model: wanted.model, segmentCount: 1 },
    ])
  })
})

describe('the backlog', () => {
  it('is what was found, begun, or failed with attempts left', async () => {
    const { id: sourceId } = await addSource(database)
    const ids: number[] = []
    for (let i = 0; i < 5; i++) ids.push(await addRecording(database, sourceId))
    const [found = 0, begun = 0, failed = 0, quarantined = 0, duplicate = 0] = ids
    await moveState(database.pool, begun, ['discovered'], 'preparing')
    await moveState(database.pool, failed, ['discovered'], 'failed')
    await moveState(database.pool, quarantined, ['discovered'], 'quarantined')
    await moveState(database.pool, duplicate, ['discovered'], 'duplicate')
    const open = await recordingsToPrepare()
    expect(open.filter((id) => ids.includes(id))).toEqual([found, begun, failed])
    expect(await recordingsToPrepare(2)).toHaveLength(2)
    expect(await unfinished(database.pool)).toBeGreaterThanOrEqual(3)
  })

  it('has a recording that failed while it was embedded among its accounts, not among the unprepared', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const id = await addRecording(database, sourceId)
    await addSegments(database, id, [space], 1)
    await moveState(database.pool, id, ['embedding'], 'failed')
    expect(await recordingsToPrepare()).not.toContain(id)
    expect(await accountsOf(id)).toHaveLength(1)
    const toEmbed = await nextToEmbed(database.pool, { ...next, model: space.model })
    expect(toEmbed.map(({ id }) => id)).toContain(id)
  })

  it('closes recordings whose last account was done as a process died', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const [done, open] = [await addRecording(database, sourceId), await addRecording(database, sourceId)]
    await addSegments(database, done, [space], 1)
    await addSegments(database, open, [space], 1)
    await database.pool.query('update coro.recording_space set done_at = now() where recording_id = $1', [done])
    const look = await closeFinished(database.pool, { after: 0, limit: 1000 })
    expect(look.closed).toBeGreaterThan(0)
    expect(look.next).toBeNull()
    expect([await stateOf(done), await stateOf(open)]).toEqual(['searchable', 'embedding'])
  })

  it('takes a recording up again whose prepared file has gone; segments and vectors stay', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const id = await addRecording(database, sourceId)
    const segments = await addSegments(database, id, [space], 2)
    await prepareAgain(database.pool, id)
    expect(await recordingsToPrepare()).toContain(id)
    expect(await addSegments(database, id, [space], 2)).toEqual(segments)
  })
})

describe('retryQuarantined', () => {
  it('takes up one, those with a code or of a source, or all: where each of them stopped', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const ids: number[] = []
    for (const code of ['A', 'A', 'B', 'B']) {
      const id = await addRecording(database, sourceId)
      await moveState(database.pool, id, ['discovered'], 'quarantined', { code, message: 'no' })
      ids.push(id)
    }
    const [one = 0, two = 0, three = 0, four = 0] = ids
    await addSegments(database, four, [space], 1)
    await moveState(database.pool, four, ['embedding'], 'quarantined', { code: 'B', message: 'no' })
    await database.pool.query('update coro.recording set attempts = 3, deaths = 2 where id = any($1)', [ids])
    expect(await retryQuarantined(database, { recordingId: one })).toEqual([one])
    expect(await retryQuarantined(database, { recordingId: one })).toEqual([])
    expect(await retryQuarantined(database, { recordingId: three, code: 'A' })).toEqual([])
    expect(await chooseQuarantined(database.pool, { code: 'A', sourceId: sourceId + 1 })).toEqual([])
    expect(await chooseQuarantined(database.pool, { code: 'A', sourceId })).toEqual([two])
    expect(await stateOf(two)).toBe('quarantined')
    expect(await retryQuarantined(database, { code: 'A', sourceId })).toEqual([two])
    const rest = await retryQuarantined(database, {})
    expect(rest.filter((id) => ids.includes(id)).sort((a, b) => a - b)).toEqual([three, four])
    expect(await loadWork(database.pool, three)).toMatchObject({ state: 'discovered', attempts: 0, deaths: 0 })
    expect(await stateOf(four)).toBe('embedding')
  })
})
