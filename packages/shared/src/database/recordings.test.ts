import { createHash, randomUUID } from 'node:crypto'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ObjectInfo } from '../storage/store.js'
import { addRecording, addSegments, addSource, addSpace, openTestDatabase } from './database.fixture.js'
import { claimContent, markDuplicate } from './content.js'
import { sweepDeleted } from './deletions.js'
import { saveEmbeddings } from './embeddings.js'
import { inTransaction } from './open.js'
import { countAttempt, loadWork, moveState } from './recording-work.js'
import { insertRecording, replaceVersion, supersede } from './recordings.js'
import { searchNeighbours } from './search.js'
import { openSegments } from './segments.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const object = (key: string, version: string): ObjectInfo => ({
  key,
  version,
  sizeBytes: 2000,
  modifiedAt: new Date('2026-02-01T00:00:00Z'),
})
const nowhere = { deploymentId: null, siteId: null, recorderId: null }
const stateOf = async (id: number) => (await loadWork(database.pool, id))?.state
const newHash = () => createHash('sha256').update(randomUUID()).digest()

describe('insertRecording', () => {
  it('takes a version once, whoever is faster', async () => {
    const { id: sourceId } = await addSource(database)
    const ids = await Promise.all(
      [1, 2, 3].map(() => insertRecording(database.pool, sourceId, object('a.wav', 'v1'), nowhere)),
    )
    expect(ids.filter((id) => id !== null)).toHaveLength(1)
  })

  it('brings a superseded version back', async () => {
    const { id: sourceId } = await addSource(database)
    const id = await addRecording(database, sourceId, { key: 'a.wav', version: 'v1' })
    await supersede(database.pool, id)
    expect(await insertRecording(database.pool, sourceId, object('a.wav', 'v1'), nowhere)).toBe(id)
    expect(await stateOf(id)).toBe('discovered')
  })
})

describe('moveState', () => {
  it('moves from the named states only, with the reason', async () => {
    const { id: sourceId } = await addSource(database)
    const id = await addRecording(database, sourceId)
    expect(await moveState(database.pool, id, ['preparing'], 'embedding')).toBe(false)
    expect(await moveState(database.pool, id, ['discovered'], 'failed', { code: 'X', message: 'y' })).toBe(true)
    const { rows } = await database.pool.query(
      'select state, reason_code, reason_message from coro.recording where id = $1',
      [id],
    )
    expect(rows).toEqual([{ state: 'failed', reason_code: 'X', reason_message: 'y' }])
    expect(await countAttempt(database.pool, id)).toBe(1)
    expect(await countAttempt(database.pool, id)).toBe(2)
  })
})

describe('claimContent', () => {
  it('has one owner, whichever of many comes first', async () => {
    const { id: sourceId } = await addSource(database)
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => addRecording(database, sourceId)))
    const sha256 = newHash()
    const owners = await Promise.all(ids.map((id) => claimContent(database.pool, sha256, id)))
    expect(new Set(owners).size).toBe(1)
    expect(ids).toContain(owners[0])
    expect(await claimContent(database.pool, sha256, owners[0] as number)).toBe(owners[0])
  })
})

describe('replaceVersion', () => {
  it('gives the row of an unused object its new version, and a fresh start', async () => {
    const { id: sourceId } = await addSource(database)
    const id = await addRecording(database, sourceId, { key: 'a.wav' })
    await countAttempt(database.pool, id)
    await moveState(database.pool, id, ['discovered'], 'quarantined', { code: 'AUDIO_TRUNCATED', message: 'half' })
    expect(await replaceVersion(database.pool, id, object('a.wav', 'v2'))).toBe(true)
    expect(await loadWork(database.pool, id)).toMatchObject({
      state: 'discovered',
      version: 'v2',
      sizeBytes: 2000,
      attempts: 0,
    })
  })

  it('gives up the old content, which another file may have', async () => {
    const { id: sourceId } = await addSource(database)
    const changing = await addRecording(database, sourceId)
    const copy = await addRecording(database, sourceId)
    const sha256 = newHash()
    await claimContent(database.pool, sha256, changing)
    expect(await replaceVersion(database.pool, changing, object('x', 'v2'))).toBe(true)
    expect(await claimContent(database.pool, sha256, copy)).toBe(copy)
  })

  it.each(['embedding', 'searchable', 'duplicate'])('leaves one alone that has been used: %s', async (state) => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const id = await addRecording(database, sourceId)
    if (state !== 'duplicate') await addSegments(database, id, [space], 1)
    await database.pool.query('update coro.recording set state = $2 where id = $1', [id, state])
    expect(await replaceVersion(database.pool, id, object('a.wav', 'v2'))).toBe(false)
    expect(await stateOf(id)).toBe(state)
  })

  it('leaves one alone that has segments from before and is only being prepared again', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const id = await addRecording(database, sourceId)
    await addSegments(database, id, [space], 2)
    await database.pool.query(`update coro.recording set state = 'discovered', segment_count = null where id = $1`, [
      id,
    ])
    expect(await replaceVersion(database.pool, id, object('a.wav', 'v2'))).toBe(false)
  })
})

describe('supersede', () => {
  it('takes segments out of every search; a sweep of marks takes them, vectors, accounts and the content away; the row stays', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const id = await addRecording(database, sourceId)
    const sha256 = newHash()
    await claimContent(database.pool, sha256, id)
    const found = async () => {
      const embedding = new Float32Array(8).fill(Math.SQRT1_2 / 2)
      return (await searchNeighbours(database, space, { embedding, k: 9, mode: 'auto', filter: {} })).neighbours
    }
    const [first = 0, second = 0] = await addSegments(database, id, [space], 2)
    await saveEmbeddings(
      database,
      space,
      id,
      [{ segmentId: first, embedding: new Float32Array(8).fill(Math.SQRT1_2 / 2) }],
      [second],
    )
    expect(await stateOf(id)).toBe('searchable')
    expect(await found()).toHaveLength(1)
    await inTransaction(database, (tx) => supersede(tx, id))
    expect(await stateOf(id)).toBe('superseded')
    expect(await found()).toEqual([])
    await sweepDeleted(database)
    expect(await loadWork(database.pool, id)).toMatchObject({ state: 'superseded', segmentCount: null })
    for (const table of [`embedding_${space.id}`, 'silent_segment', 'segment']) {
      const id = table === 'segment' ? 'id' : 'segment_id'
      const { rows } = await database.pool.query(`select from coro.${table} where ${id} = any($1)`, [[first, second]])
      expect(rows, table).toHaveLength(0)
    }
    const other = await addRecording(database, sourceId)
    expect(await claimContent(database.pool, sha256, other)).toBe(other)
    // A batch that was being embedded meanwhile writes nothing any more.
    const late = { segmentId: first, embedding: new Float32Array(8).fill(Math.SQRT1_2 / 2) }
    expect(await saveEmbeddings(database, space, id, [late], [])).toEqual({ searchable: false })
    const open = { recordingId: id, spaceIds: [space.id], firstSegment: 0, count: 9 }
    expect(await openSegments(database.pool, open)).toEqual([])
  })

  it('gives way whole when the version returns before a sweep', async () => {
    const { id: sourceId } = await addSource(database)
    const space = await addSpace(database)
    const id = (await insertRecording(database.pool, sourceId, object('back.wav', 'v1'), nowhere)) as number
    const old = await addSegments(database, id, [space], 3)
    await supersede(database.pool, id)
    expect(await insertRecording(database.pool, sourceId, object('back.wav', 'v1'), nowhere)).toBe(id)
    const fresh = await addSegments(database, id, [space], 2)
    expect(fresh).toHaveLength(2)
    expect(old).not.toContain(fresh[0])
    const open = await openSegments(database.pool, { recordingId: id, spaceIds: [space.id], firstSegment: 0, count: 9 })
    expect(open.map((segment) => segment.id)).toEqual(fresh)
  })

  it('lets the duplicates of the old content be recordings of their own', async () => {
    const { id: sourceId } = await addSource(database)
    const [owner, copy] = [await addRecording(database, sourceId), await addRecording(database, sourceId)]
    const sha256 = newHash()
    await claimContent(database.pool, sha256, owner)
    await markDuplicate(database.pool, copy, await claimContent(database.pool, sha256, copy))
    expect(await stateOf(copy)).toBe('duplicate')
    await supersede(database.pool, owner)
    expect(await stateOf(copy)).toBe('discovered')
    expect(await claimContent(database.pool, sha256, copy)).toBe(copy)
  })
})
