import { openDatabase, type Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { beginAnew, isToPrepareAnew, recordingsToPrepareAnew } from './background.js'
import { addRecording, addSegments, addSource, openTestDatabase, spaceDefinition } from './database.fixture.js'
import { accountsOf } from './dispatch.js'
import { saveEmbeddings } from './embeddings.js'
import { migrate, readMigrations } from './migrate.js'
import { loadWork, moveState } from './recording-work.js'
import { saveSegments } from './segments.js'
import { chooseSpace } from './choose-space.js'
import { activateFilled, ensureSpaces, listSpaces, type SpaceDefinition } from './spaces.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const first = { identity: '1'.repeat(64), frontEndId: '1'.repeat(12), active: true }
const second = { identity: '2'.repeat(64), frontEndId: '2'.repeat(12), active: true }

async function ensure(definition: SpaceDefinition) {
  const [space] = await ensureSpaces(database, [definition])
  if (!space) throw new Error('no space was made')
  return space
}

/** A recording that is searchable in a space, prepared with that space's front end. */
async function addSearchable(definition: SpaceDefinition, embedded = 1): Promise<number> {
  const space = await ensure(definition)
  const { id: sourceId } = await addSource(database)
  const id = await addRecording(database, sourceId)
  const segments = await addSegments(database, id, [space], 1)
  const { frontEndId } = definition
  await saveSegments(database.pool, id, [], [], { prefix: `x/${id}`, offsetBytes: 44, frontEndId, channel: 'mix' })
  await database.pool.query('update coro.recording set segment_count = 1 where id = $1', [id])
  const vectors = segments
    .slice(0, embedded)
    .map((segmentId) => ({ segmentId, embedding: new Float32Array(8).fill(Math.SQRT1_2 / 2) }))
  await saveEmbeddings(database, space, id, vectors, [])
  return id
}

describe('a space made with another front end', () => {
  // Whatever space another test has left active holds nothing, and gives way at once.
  beforeEach(() => database.pool.query('delete from coro.recording'))

  it('has a name of its own; both are found again', async () => {
    const definition = spaceDefinition(first)
    const old = await ensure(definition)
    expect(old.name).toBe(definition.name)
    const changed = await ensure({ ...definition, ...second })
    expect(changed.name).toBe(`${definition.name}@22222222`)
    expect((await ensure({ ...definition, ...second })).id).toBe(changed.id)
    const back = await ensure(definition)
    expect(back).toMatchObject({ id: old.id, wanted: true })
    const spaces = (await listSpaces(database.pool)).filter(({ model }) => model === definition.model)
    expect(spaces.map(({ wanted }) => wanted)).toEqual([true, false])
  })

  it('becomes active once it holds every recording that the active one answers with, and not before', async () => {
    const definition = spaceDefinition(first)
    const ids = [await addSearchable(definition), await addSearchable(definition), await addSearchable(definition)]
    const changed = await ensure({ ...definition, ...second })
    expect(changed).toMatchObject({ active: false, activeWanted: true })
    expect((await chooseSpace(database.pool, {})).name).toBe(definition.name)
    const fill = async (id: number) => {
      const segments = await addSegments(database, id, [changed], 1)
      await saveEmbeddings(database, changed, id, [], segments)
    }
    await fill(ids[0] ?? 0)
    expect(await activateFilled(database.pool)).toBeNull()
    // What was set aside meanwhile is not waited for.
    await moveState(database.pool, ids[1] ?? 0, ['searchable'], 'quarantined', { code: 'X', message: 'no' })
    expect(await activateFilled(database.pool)).toBeNull()
    await fill(ids[2] ?? 0)
    expect(await activateFilled(database.pool)).toBe(changed.name)
    expect((await chooseSpace(database.pool, {})).name).toBe(changed.name)
    expect(await activateFilled(database.pool)).toBeNull()
    expect((await chooseSpace(database.pool, { space: definition.name })).active).toBe(false)
  })

  it('goes by variant: the space of the active front end, else the one that is kept filled', async () => {
    const denoised = spaceDefinition(first)
    const raw = { ...spaceDefinition({ model: denoised.model, variant: 'raw', ...first }), active: false }
    await addSearchable(denoised)
    await ensureSpaces(database, [raw, denoised])
    await ensureSpaces(database, [
      { ...raw, ...second, active: false },
      { ...denoised, ...second },
    ])
    expect((await chooseSpace(database.pool, { variant: 'raw' })).name).toBe(raw.name)
    expect((await chooseSpace(database.pool, { variant: 'denoised' })).name).toBe(denoised.name)
    // A raw space that does not depend on what has changed is the same one, prepared together with the new one.
    await ensureSpaces(database, [
      { ...raw, frontEndId: second.frontEndId },
      { ...denoised, ...second },
    ])
    expect((await chooseSpace(database.pool, { variant: 'raw' })).name).toBe(raw.name)
  })
})

describe('a recording prepared with another front end', () => {
  it('is prepared anew where it owes vectors, and never embedded from what there is', async () => {
    const definition = spaceDefinition(first)
    const [done, open] = [await addSearchable(definition), await addSearchable(definition, 0)]
    const isAnew = async (id: number) => {
      const everything = { after: 0, to: Number.MAX_SAFE_INTEGER }
      const listed = (await recordingsToPrepareAnew(database.pool, everything, { limit: 1000, inFlight: [] })).includes(
        id,
      )
      expect(await isToPrepareAnew(database.pool, id)).toBe(listed)
      return listed
    }
    const owed = async () => {
      const accounts = await accountsOf(database.pool, [done, open])
      return accounts.map((a) => a.recordingId)
    }
    expect([await isAnew(done), await isAnew(open)]).toEqual([false, false])
    expect(await owed()).toEqual([open])
    const changed = await ensure({ ...definition, ...second })
    await database.pool.query(
      'insert into coro.recording_space (recording_id, space_id) select unnest($1::bigint[]), $2',
      [[done, open], changed.id],
    )
    expect([await isAnew(done), await isAnew(open)]).toEqual([true, true])
    expect(await owed()).toEqual([])
    await database.pool.query('update coro.recording set attempts = 2, deaths = 1 where id = $1', [done])
    await beginAnew(database.pool, done)
    expect(await loadWork(database.pool, done)).toMatchObject({ state: 'preparing', attempts: 0, deaths: 0 })
    await moveState(database.pool, done, ['preparing'], 'failed', { code: 'X', message: 'no' })
    expect(await isAnew(done)).toBe(true)
    const prepared = { prefix: 'y', offsetBytes: 44, frontEndId: second.frontEndId, channel: 'mix' }
    await saveSegments(database.pool, done, [{ index: 0, startS: 0, endS: 5 }], [changed.id], prepared)
    expect(await isAnew(done)).toBe(false)
    expect(await owed()).toEqual([done])
    // Back again: what is whole in the first space owes it nothing, what is not does.
    await ensure(definition)
    expect([await isAnew(done), await isAnew(open)]).toEqual([false, false])
    await saveSegments(database.pool, open, [{ index: 0, startS: 0, endS: 5 }], [], prepared)
    expect(await isAnew(open)).toBe(true)
  })
})

describe('the channel of a recording', () => {
  it("is its deployment's, else its source's, else the mix; once prepared it stays", async () => {
    const source = { url: 'file:///stereo', name: 'stereo', sites: [], channel: 2 }
    const deployments = [
      { prefix: 'a/', site: 'a', channel: 'mix' as const },
      { prefix: 'b/', site: 'b' },
    ]
    const { id: sourceId, deployments: rows } = await addSource(database, { ...source, deployments })
    const ids: number[] = []
    for (const deploymentId of [rows[0]?.id ?? null, rows[1]?.id ?? null, null]) {
      const id = await addRecording(database, sourceId)
      await database.pool.query('update coro.recording set deployment_id = $2 where id = $1', [id, deploymentId])
      ids.push(id)
    }
    const channels = async () => Promise.all(ids.map(async (id) => (await loadWork(database.pool, id))?.channel))
    expect(await channels()).toEqual(['mix', '2', '2'])
    const prepared = { prefix: 'x', offsetBytes: 44, frontEndId: 'x', channel: '2' }
    await saveSegments(database.pool, ids[2] ?? 0, [], [], prepared)
    await addSource(database, { url: source.url, deployments: [{ prefix: 'b/', site: 'b', channel: 1 }] })
    expect(await channels()).toEqual(['mix', '1', '2'])
  })
})

describe('a database of version 0.1.0', () => {
  it('knows by their place in the store with which front end its recordings were prepared', async () => {
    await using old = await openDatabase('pglite:memory')
    await migrate(
      old,
      (await readMigrations()).filter(({ name }) => name === '0001_init.sql'),
    )
    await old.pool.query(
      `insert into coro.source (url) values ('file:///cards');
       insert into coro.recording (source_id, key, version, size_bytes, modified_at, state, prepared_prefix)
       select s.id, x.key, 'v', 1, now(), x.state, x.prefix from coro.source s, (values
         ('a.wav', 'searchable', 'prepared/0123456789ab/001/1'), ('b.wav', 'discovered', null),
         ('c.wav', 'superseded', 'prepared/0123456789ab/003/3')) x (key, state, prefix);
       select coro.create_embedding_space('m/raw', 'm', 's', 'raw', '{}', 'i', 8, 'vector', 5, 5, false, false),
              coro.create_embedding_space('m/denoised', 'm', 's', 'denoised', '{}', 'i', 8, 'vector', 5, 5, true, false)`,
    )
    await migrate(old)
    const { rows } = await old.pool.query('select front_end_id, channel from coro.recording order by key')
    expect(rows).toEqual([
      { front_end_id: '0123456789ab', channel: 'mix' },
      { front_end_id: null, channel: null },
      { front_end_id: '0123456789ab', channel: null },
    ])
    const spaces = await listSpaces(old.pool)
    expect(spaces.map(({ activeWanted, frontEndId }) => [activeWanted, frontEndId])).toEqual([
      [false, null],
      [true, null],
    ])
  })
})
