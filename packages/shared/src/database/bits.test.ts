import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSpace, openTestDatabase } from './database.fixture.js'
import { markSegmentsDeleted, sweepDeleted } from './deletions.js'
import { saveEmbeddings } from './embeddings.js'
import { buildIndex, hasIndex } from './index-build.js'
import type { Database } from './open.js'
import { asker, makeClusters, nearestOf, recallOf, type Clusters } from './planner-check.fixture.js'
import { removeSpace } from './remove-space.js'
import { listSpaces } from './spaces.js'

let database: Database
let world: Clusters
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  database = await openTestDatabase()
  world = await makeClusters(database, 'bits', { dimension: 128, recordings: 60, windows: 20 })
  ask = asker(database, world)
  await buildIndex(database, world.space, 'bits')
})
afterAll(() => database[Symbol.asyncDispose]())

const graphNow = async (id = world.space.id) =>
  (await listSpaces(database.pool)).find((space) => space.id === id)?.graph
/** Vectors whose bits are not those of a vector of the space, or the other way round. */
async function bitsAstray(): Promise<number> {
  const { id } = world.space
  const { rows } = await database.pool.query<{ n: number }>(
    `select count(*)::integer as n from coro.embedding_${id} e full join coro.embedding_${id}_bits b using (segment_id)
      where b.b is distinct from coro.bits_of(e.e, (select bits_mean from coro.embedding_space where id = $1))`,
    [id],
  )
  return rows[0]?.n ?? -1
}

describe('an index over bits', () => {
  it('is there, known by its graph, and not built twice', async () => {
    expect(await graphNow()).toBe('bits')
    expect(await hasIndex(database.pool, world.space)).toBe(true)
    expect(await buildIndex(database, world.space)).toEqual({ built: false })
    expect(await buildIndex(database, world.space, 'bits')).toEqual({ built: false })
    const { rows } = await database.pool.query('select graph, has_index from coro.spaces where space_id = $1', [
      world.space.id,
    ])
    expect(rows).toEqual([{ graph: 'bits', has_index: true }])
    expect(await bitsAstray()).toBe(0)
  })

  it('finds the nearest, by their true similarities', async () => {
    const recalls: number[] = []
    for (let n = 0; n < 20; n++) {
      const query = world.query(n)
      const answer = await ask(query, { mode: 'hnsw' })
      expect(answer).toMatchObject({ mode: 'hnsw', ef: 100, complete: false })
      expect(answer.neighbours).toHaveLength(10)
      const truth = nearestOf(world, query, world.stored.length)
      for (const { segmentId, similarity } of answer.neighbours) {
        expect(similarity).toBeCloseTo(truth.find((row) => row.segmentId === segmentId)?.similarity ?? 9, 5)
      }
      recalls.push(recallOf(answer, truth.slice(0, 10)))
    }
    expect(recalls.reduce((a, b) => a + b, 0) / 20).toBeGreaterThan(0.95)
    const everything = await ask(world.query(1), { mode: 'hnsw', ef: 1000, k: 100 })
    expect(recallOf(everything, nearestOf(world, world.query(1), 100))).toBeGreaterThan(0.99)
  })

  it('goes on behind what a filter takes away', async () => {
    const answer = await ask(world.query(2), { mode: 'hnsw', k: 30, filter: { site: 'bits-tenth' } })
    const truth = nearestOf(world, world.query(2), 30, ({ site }) => site === 'bits-tenth')
    expect(answer.neighbours).toHaveLength(30)
    expect(recallOf(answer, truth)).toBeGreaterThan(0.9)
  })

  it('pairs near duplicates as a comparison of all does', async () => {
    const pairs = async (exact: boolean) =>
      (await database.pool.query('select * from coro.near_duplicates(0.6, exact => $1, candidates => 60)', [exact]))
        .rows
    await database.pool.query('select coro.activate_space($1)', [world.space.id])
    const compared = await pairs(true)
    expect(compared.length).toBeGreaterThan(10)
    const asked = new Set((await pairs(false)).map((row: unknown) => JSON.stringify(row)))
    const missed = compared.filter((row: unknown) => !asked.has(JSON.stringify(row)))
    expect(missed.length / compared.length).toBeLessThan(0.05)
  })

  it('keeps the bits of what is written, changed and deleted', async () => {
    const [one, two, three] = world.stored as [Clusters['stored'][0], Clusters['stored'][0], Clusters['stored'][0]]
    const flipped = one.embedding.map((x) => -x)
    await saveEmbeddings(database, world.space, one.recordingId, [{ segmentId: one.segmentId, embedding: flipped }], [])
    expect(await bitsAstray()).toBe(0)
    expect((await ask(flipped, { mode: 'hnsw', k: 1 })).neighbours[0]?.segmentId).toBe(one.segmentId)
    await saveEmbeddings(database, world.space, one.recordingId, [one], [])
    await database.pool.query(`delete from coro.embedding_${world.space.id} where segment_id = $1`, [two.segmentId])
    expect(await bitsAstray()).toBe(0)
    await saveEmbeddings(database, world.space, two.recordingId, [two], [])
    expect(await bitsAstray()).toBe(0)
    expect((await ask(two.embedding, { mode: 'hnsw', k: 1 })).neighbours[0]?.segmentId).toBe(two.segmentId)
    await markSegmentsDeleted(database.pool, [three.segmentId], 'a test')
    const { neighbours } = await ask(three.embedding, { mode: 'hnsw', k: 1 })
    expect(neighbours[0]?.segmentId).not.toBe(three.segmentId)
    expect((await sweepDeleted(database)).reindexed).toEqual([world.space.name])
    expect(await graphNow()).toBe('bits')
    expect(await bitsAstray()).toBe(0)
  })

  it('gives way to one over vectors, and its bits go', async () => {
    expect(await buildIndex(database, world.space, 'vectors')).toEqual({ built: true })
    expect(await graphNow()).toBe('vectors')
    const { rows } = await database.pool.query<{ bits: string | null; triggers: number }>(
      `select to_regclass($1)::text as bits,
              (select count(*)::integer from pg_trigger where tgrelid = to_regclass($2) and not tgisinternal) as triggers`,
      [`coro.embedding_${world.space.id}_bits`, `coro.embedding_${world.space.id}`],
    )
    expect(rows).toEqual([{ bits: null, triggers: 0 }])
    const answer = await ask(world.query(4), { mode: 'hnsw' })
    expect(recallOf(answer, nearestOf(world, world.query(4), 10))).toBeGreaterThan(0.7)
  })
})

it('a large space gets bits for its first index, and keeps what it has', async () => {
  await database.pool.query(
    `create or replace function coro.bits_from() returns bigint language sql immutable parallel safe as 'select 500'`,
  )
  expect(await buildIndex(database, world.space)).toEqual({ built: false })
  const large = await makeClusters(database, 'large', { dimension: 16, recordings: 10, windows: 60 })
  await buildIndex(database, large.space)
  expect(await graphNow(large.space.id)).toBe('bits')
  await removeSpace(database, await unused(large.space.id))
  const { rows } = await database.pool.query('select to_regclass($1) as bits', [
    `coro.embedding_${large.space.id}_bits`,
  ])
  expect(rows).toEqual([{ bits: null }])
})

async function unused(id: number): Promise<string> {
  const { rows } = await database.pool.query<{ name: string }>(
    'update coro.embedding_space set wanted = false, active_wanted = false where id = $1 returning name',
    [id],
  )
  return rows[0]?.name ?? ''
}

it('no vectors, no bits', async () => {
  const space = await addSpace(database, { model: 'empty' })
  await expect(buildIndex(database, space, 'bits')).rejects.toMatchObject({ code: 'INDEX_IMPOSSIBLE' })
})
