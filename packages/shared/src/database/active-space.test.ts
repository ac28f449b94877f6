import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  addRecording,
  addSegments,
  addSource,
  openTestDatabase,
  randomNumbers,
  spaceDefinition,
} from './database.fixture.js'
import { markSegmentsDeleted } from './deletions.js'
import { saveEmbeddings } from './embeddings.js'
import { buildIndex, hasIndex } from './index-build.js'
import { inTransaction } from './open.js'
import { searchNeighbours } from './search.js'
import { ensureSpaces, type Space } from './spaces.js'
import { normaliseL2 } from './vectors.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const make = async (dimension: number): Promise<Space> =>
  (await ensureSpaces(database, [spaceDefinition({ dimension })]))[0] as Space
async function fill(space: Space, count: number): Promise<number[]> {
  const { id: sourceId } = await addSource(database)
  const id = await addRecording(database, sourceId)
  const segments = await addSegments(database, id, [space], count)
  const embedded = segments.map((segmentId) => ({
    segmentId,
    embedding: normaliseL2(randomNumbers(segmentId, space.dimension)),
  }))
  await saveEmbeddings(database, space, id, embedded, [])
  return segments
}
const activate = (space: Space) => database.pool.query('select coro.activate_space($1)', [space.id])
const rows = async <T extends object>(sql: string) => (await database.pool.query<T>(sql)).rows
const inView = async () =>
  (await rows<{ id: number }>('select segment_id as id from coro.active_embedding order by 1')).map(({ id }) => id)

describe('the view of the active space', () => {
  it('is empty while none is active, and follows the active one, of whatever dimension', async () => {
    expect(await inView()).toEqual([])
    const [small, other, large] = [await make(4), await make(4), await make(6)]
    const ids = [await fill(small, 2), await fill(other, 3), await fill(large, 4)]
    for (const [i, space] of [small, other, large, small].entries()) {
      await activate(space)
      expect(await inView()).toEqual(ids[i % 3])
      const [row] = await rows<{ n: number }>('select vector_dims(e) as n from coro.active_embedding limit 1')
      expect(row?.n).toBe(space.dimension)
      const active = await rows<{ id: number }>('select id from coro.embedding_space where active')
      expect(active).toEqual([{ id: space.id }])
    }
  })

  it('changes in the transaction that changes the active space, and goes back with it', async () => {
    const [before, after] = [await make(4), await make(6)]
    const [ids] = [await fill(before, 2), await fill(after, 3)]
    await activate(before)
    const failed = inTransaction(database, async (tx) => {
      await tx.query('select coro.activate_space($1)', [after.id])
      const { rowCount } = await tx.query('select from coro.active_embedding')
      expect(rowCount).toBe(3)
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect(await inView()).toEqual(ids)
  })

  it('takes along the views that depend on it, and who may read it', async () => {
    const [before, after] = [await make(4), await make(6)]
    await fill(before, 2)
    await fill(after, 3)
    await activate(before)
    await database.pool.query(
      `create role view_reader;
       create function coro.renew_active_zz_test() returns void language sql as
         'create or replace view coro.zz_test as select count(*) as n, max(vector_dims(e)) as dims from coro.active_embedding';
       select coro.renew_active_zz_test();
       grant select on coro.active_embedding to view_reader`,
    )
    await activate(after)
    expect(await rows('select * from coro.zz_test')).toEqual([{ n: 3, dims: 6 }])
    expect(await rows(`select has_table_privilege('view_reader', 'coro.active_embedding', 'select') as may`)).toEqual([
      { may: true },
    ])
    await database.pool.query('drop view coro.zz_test; drop function coro.renew_active_zz_test')
  })

  it('leaves out what is marked as deleted', async () => {
    const space = await make(4)
    const [gone = 0, ...left] = await fill(space, 3)
    await activate(space)
    await markSegmentsDeleted(database.pool, [gone], null)
    expect(await inView()).toEqual(left)
  })
})

describe('a space', () => {
  it('takes vectors of length 1 only', async () => {
    const space = await make(4)
    const [segment] = await fill(space, 1)
    const insert = (vector: string) =>
      database.pool.query(`update coro.embedding_${space.id} set e = $2 where segment_id = $1`, [segment, vector])
    await insert('[0,1,0,0]')
    await expect(insert('[0,1.1,0,0]')).rejects.toMatchObject({ code: '23514' })
    await expect(insert('[0,0,0,0]')).rejects.toMatchObject({ code: '23514' })
  })

  it('leaves a vector alone that is there already, and takes another one in its place', async () => {
    const space = await make(4)
    const [segmentId = 0] = await fill(space, 1)
    const place = async () =>
      (
        await rows<{ at: string }>(
          `select ctid::text as at from coro.embedding_${space.id} where segment_id = ${segmentId}`,
        )
      )[0]?.at
    const { recording_id: id } = (
      await rows<{ recording_id: number }>(`select recording_id from coro.segment where id = ${segmentId}`)
    )[0]!
    const same = normaliseL2(randomNumbers(segmentId, 4))
    const before = await place()
    await saveEmbeddings(database, space, id, [{ segmentId, embedding: same }], [])
    expect(await place()).toBe(before)
    await saveEmbeddings(database, space, id, [{ segmentId, embedding: normaliseL2(randomNumbers(1, 4)) }], [])
    expect(await place()).not.toBe(before)
  })

  it('of more dimensions than HNSW takes is searched exactly, and says so', async () => {
    const space = await make(2001)
    const segments = await fill(space, 3)
    await expect(buildIndex(database, space)).rejects.toMatchObject({ code: 'INDEX_IMPOSSIBLE', disposition: 'reject' })
    const embedding = normaliseL2(randomNumbers(segments[1] as number, 2001))
    const answer = await searchNeighbours(database, space, { embedding, k: 1, mode: 'auto', filter: {} })
    expect(answer).toMatchObject({ mode: 'exact', complete: true, neighbours: [{ segmentId: segments[1] }] })
    const create = (dimension: number, element: string) =>
      rows<{
        id: number
      }>(`select coro.create_embedding_space('${element}${dimension}', 'm', 'x', 'raw', '{}', 'x', ${dimension},
        '${element}', 5, 5, false, true) as id`)
    for (const [dimension, element, indexed] of [
      [2000, 'vector', true],
      [2001, 'vector', false],
      [4000, 'halfvec', true],
      [4001, 'halfvec', false],
    ] as const) {
      const [{ id } = { id: 0 }] = await create(dimension, element)
      expect(await hasIndex(database.pool, { ...space, id }), `${element}(${dimension})`).toBe(indexed)
      expect(await rows(`select index_wanted from coro.embedding_space where id = ${id}`)).toEqual([
        { index_wanted: indexed },
      ])
    }
  })
})
