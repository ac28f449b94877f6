import { createHash, randomUUID } from 'node:crypto'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { cancelBacklog, restoreBacklog } from './cancelling.js'
import { claimContent, yieldOrRepeat } from './content.js'
import { addRecording, addSegments, addSource, addSpace, openTestDatabase } from './database.fixture.js'
import { saveEmbeddings } from './embeddings.js'
import { takeFromCancelled } from './give-way.js'
import { loadWork } from './recording-work.js'
import type { Space } from './spaces.js'

let database: Database
let space: Space
beforeAll(async () => {
  database = await openTestDatabase()
  space = await addSpace(database)
})
afterAll(() => database[Symbol.asyncDispose]())

let sha256: Buffer
let source: number
beforeEach(async () => {
  sha256 = createHash('sha256').update(randomUUID()).digest()
  source = (await addSource(database)).id
})

const stateOf = async (id: number) => (await loadWork(database.pool, id))?.state
const counted = async (id: number) =>
  (await database.pool.query(`select from coro.segment where recording_id = $1`, [id])).rowCount
const cancel = () => cancelBacklog(database, { sourceId: source, before: null }, { by: null, reason: 'the old card' })
const restore = () => restoreBacklog(database, { sourceId: source, before: null }, { by: null })

/** An original that is being embedded, one of its two segments done. */
async function original(): Promise<number> {
  const id = await addRecording(database, source)
  await claimContent(database.pool, sha256, id)
  const [first = 0] = await addSegments(database, id, [space], 2)
  await saveEmbeddings(database, space, id, [], [first])
  return id
}

/** What preparing does with a recording once its bytes are known. */
async function hash(id: number): Promise<string> {
  const owner = await claimContent(database.pool, sha256, id)
  if (owner === id || (await takeFromCancelled(database, id, owner))) return 'original'
  return yieldOrRepeat(database, id, owner, 'w')
}

it('what is cancelled gives way to the copies of it that nobody cancelled: one of them is prepared, the others are its duplicates', async () => {
  const id = await original()
  const elsewhere = (await addSource(database)).id
  const [one, two] = [await addRecording(database, elsewhere), await addRecording(database, elsewhere)]
  expect([await hash(one), await hash(two)]).toEqual(['duplicate', 'duplicate'])
  expect(await cancel()).toBe(1)
  expect(await Promise.all([id, one, two].map(stateOf))).toEqual(['cancelled', 'discovered', 'discovered'])
  expect([await hash(one), await hash(two)]).toEqual(['original', 'duplicate'])
  await addSegments(database, one, [space], 2)
  // Back in the backlog it begins with its file, and turns out to be a copy: its sound is there once.
  expect(await counted(id)).toBe(0)
  expect(await restore()).toBe(1)
  expect(await stateOf(id)).toBe('discovered')
  expect(await hash(id)).toBe('duplicate')
})

it('copies that lie in what is cancelled are cancelled with it', async () => {
  const id = await original()
  const copy = await addRecording(database, source)
  expect(await hash(copy)).toBe('duplicate')
  expect(await cancel()).toBe(2)
  expect(await Promise.all([id, copy].map(stateOf))).toEqual(['cancelled', 'cancelled'])
  expect(await restore()).toBe(2)
  expect([await hash(id), await hash(copy)]).toEqual(['original', 'duplicate'])
})

it('a copy that comes in later takes the place of what is cancelled', async () => {
  const id = await original()
  await cancel()
  expect(await counted(id)).toBe(2)
  const late = await addRecording(database, (await addSource(database)).id)
  expect(await hash(late)).toBe('original')
  expect(await claimContent(database.pool, sha256, late)).toBe(late)
  expect(await counted(id)).toBe(0)
  await restore()
  expect(await hash(id)).toBe('duplicate')
})

it('without a copy it loses nothing', async () => {
  const id = await original()
  await cancel()
  await restore()
  expect([await stateOf(id), await counted(id)]).toEqual(['embedding', 2])
})
