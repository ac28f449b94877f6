import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '@coro/shared/config/read-config'
import {
  addRecording,
  addSegments,
  addSource,
  addSpace,
  randomNumbers,
  spaceDefinition,
} from '@coro/shared/database/database.fixture'
import { markSegmentsDeleted, sweepDeleted } from '@coro/shared/database/deletions'
import { describeSegments } from '@coro/shared/database/describe-segments'
import { embeddingOf, saveEmbeddings } from '@coro/shared/database/embeddings'
import { compareFilters } from '@coro/shared/database/filter-check.fixture'
import { buildIndex, hasIndex, rebuildIndex } from '@coro/shared/database/index-build'
import { migrate } from '@coro/shared/database/migrate'
import { inTransaction, openDatabase, type Database } from '@coro/shared/database/open'
import { asker, makeClusters, nearestOf, recallOf, type Clusters } from '@coro/shared/database/planner-check.fixture'
import { searchBySegment, searchNeighbours, type DescribedAnswer } from '@coro/shared/database/search'
import type { SearchFilter } from '@coro/shared/database/search-filter'
import {
  activateFilled,
  ensureSpaces,
  listSpaces,
  spaceById,
  spacesToIndex,
  type Space,
} from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { openPlatform } from '@coro/shared/process/platform'
import { createLogger } from '@coro/shared/log/logger'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { queueUrl } from './servers.js'

let url: string
let database: Database
beforeAll(async () => {
  const name = `search_${randomUUID().slice(0, 8)}`
  const { url: server } = inject('stack').postgres
  await using admin = await openDatabase(`${server}/coro`)
  await admin.pool.query(`create database ${name}`)
  url = `${server}/${name}`
  database = await openDatabase(url)
  await migrate(database)
})
afterAll(() => database[Symbol.asyncDispose]())

it.each([11, 12])('filters mean on Postgres what they mean in TypeScript: random cases %i', async (seed) => {
  const { differences, ...answers } = await compareFilters(database, seed, { recordings: 60, count: 80 })
  expect(differences.slice(0, 3)).toEqual([])
  expect(Math.min(answers.in, answers.out)).toBeGreaterThan(500)
})

it('refuses to start on a pgvector without iterative scans', async () => {
  const config = readConfig({
    CORO_DATABASE_URL: url,
    CORO_QUEUE_URL: queueUrl(60),
    CORO_STORE_URL: 'file:///tmp/none',
  })
  const { rows } = await database.pool.query<{ now: string }>(
    `select extversion as now from pg_extension where extname = 'vector'`,
  )
  const pretend = (version: string | undefined) =>
    database.pool.query(`update pg_extension set extversion = $1 where extname = 'vector'`, [version])
  await pretend('0.7.4')
  try {
    const refused = openPlatform(config, createLogger({ level: 'silent' }))
    await expect(refused).rejects.toMatchObject({ code: 'PGVECTOR_TOO_OLD', disposition: 'crash' })
  } finally {
    await pretend(rows[0]?.now)
  }
})

describe('a space of 24,000 vectors', () => {
  let world: Clusters
  let ask: ReturnType<typeof asker>
  beforeAll(async () => {
    world = await makeClusters(database, 'big', { dimension: 32, recordings: 400, windows: 60 })
    ask = asker(database, world)
    await buildIndex(database, world.space)
    await database.pool.query('analyze')
  })

  const at = (site: string) => (row: { site: string }) => row.site === site
  const hourOf = ({ hour }: { hour: number }) => hour % 24

  it('is asked by the index, with the recall that is wanted', async () => {
    const recalls: number[] = []
    for (let n = 0; n < 30; n++) {
      const query = world.query(n)
      const answer = await ask(query)
      expect(answer).toMatchObject({ mode: 'hnsw', ef: 100, complete: false })
      expect(Math.abs(answer.candidates / world.stored.length - 1)).toBeLessThan(0.1)
      recalls.push(recallOf(answer, nearestOf(world, query, 10)))
    }
    expect(recalls.reduce((a, b) => a + b, 0) / recalls.length).toBeGreaterThan(0.9)
  })

  it('is asked by a prepared statement without a filter, which finds what the planner in SQL finds', async () => {
    await using one = await openDatabase(url, { maxConnections: 1 })
    const askOne = asker(one, world)
    for (const ef of [10, 400]) {
      for (let n = 0; n < 8; n++) {
        const query = world.query(n)
        const answer = await askOne(query, { mode: 'hnsw', ef })
        const { rows } = await database.pool.query<{ ids: string[] }>(
          `select segment_ids as ids from coro.nearest($1, $2, 10, 'hnsw', $3)`,
          [world.space.id, `[${query.join()}]`, ef],
        )
        expect(answer).toMatchObject({ mode: 'hnsw', ef, complete: false })
        expect(answer.neighbours.map(({ segmentId }) => segmentId)).toEqual(rows[0]?.ids.map(Number))
      }
    }
    const { rows } = await one.pool.query<{ uses: number }>(
      `select (generic_plans + custom_plans)::integer as uses from pg_prepared_statements where name ~ '^index-'`,
    )
    expect(rows).toEqual([{ uses: 8 }, { uses: 8 }])
  })

  it('is asked by a stored segment in one statement, which finds what its vector finds', async () => {
    for (const { segmentId } of world.stored.slice(100, 108)) {
      const embedding = (await embeddingOf(database.pool, world.space, segmentId)) as Float32Array
      const { neighbours, ...how } = await ask(embedding, { self: segmentId })
      const options = { segmentId, k: 10, mode: 'auto', filter: {} } as const
      const answer = (await searchBySegment(database, world.space, options)) as DescribedAnswer
      expect(answer).toMatchObject({ ...how, mode: 'hnsw' })
      const ids = neighbours.map((neighbour) => neighbour.segmentId)
      expect(answer.neighbours.map((neighbour) => neighbour.segmentId)).toEqual(ids)
      expect(answer.facts).toEqual(await describeSegments(database.pool, ids))
    }
  })

  it('is compared whole under filters that leave little, and under exact', async () => {
    const query = world.query(1)
    const exact = await ask(query, { mode: 'exact', k: 1000 })
    expect(exact).toMatchObject({ mode: 'exact', complete: true, candidates: 24_000 })
    // halfvec rounds: neighbours that are as good as equal may change places.
    expect(recallOf(exact, nearestOf(world, query, 1000))).toBeGreaterThan(0.99)
    for (const [filter, left] of [
      [{ site: 'big-tenth' }, world.stored.filter(at('big-tenth')).length],
      [{ site: 'big-one' }, 60],
      [{ hours: '05:00-06:00' }, world.stored.filter((row) => hourOf(row) === 5).length],
    ] as const) {
      for (let again = 0; again < 8; again++) {
        const answer = await ask(query, { filter: { ...filter }, k: 50 })
        expect(answer).toMatchObject({ mode: 'exact', complete: true, candidates: left, candidatesExact: true })
        expect(answer.neighbours).toHaveLength(50)
      }
    }
  })

  it.each<[string, SearchFilter, (row: Clusters['stored'][number]) => boolean]>([
    ['sites', { site: ['big-rest', 'big-one'] }, (row) => row.site !== 'big-tenth'],
    ['hours', { hours: '00:00-22:00' }, (row) => hourOf(row) < 22],
  ])('is asked by the index under a wide filter, without coming short: %s', async (_, filter, keep) => {
    const left = new Set(world.stored.filter(keep).map(({ segmentId }) => segmentId))
    let recall = 0
    for (let n = 0; n < 6; n++) {
      const query = world.query(n)
      const answer = await ask(query, { filter, k: 300 })
      expect(answer).toMatchObject({ mode: 'hnsw', complete: false, ef: 600 })
      expect(Math.abs(answer.candidates / left.size - 1)).toBeLessThan(0.15)
      expect(answer.neighbours).toHaveLength(300)
      expect(answer.neighbours.every(({ segmentId }) => left.has(segmentId))).toBe(true)
      recall += recallOf(answer, nearestOf(world, query, 300, keep)) / 6
    }
    expect(recall).toBeGreaterThan(0.9)
  })

  it('is never without its index while another one is built, and goes on taking vectors', async () => {
    const ended = new AbortController()
    const looks: boolean[] = []
    const watching = (async () => {
      while (!ended.signal.aborted) {
        looks.push(await hasIndex(database.pool, world.space))
        expect((await ask(world.query(3))).mode).toBe('hnsw')
        await sleep(20)
      }
    })()
    const building = rebuildIndex(database, world.space).finally(() => ended.abort())
    const { id: sourceId } = await addSource(database)
    const id = await addRecording(database, sourceId)
    const [segmentId = 0] = await addSegments(database, id, [world.space], 1)
    const embedding = normaliseL2(randomNumbers(99, 32))
    await saveEmbeddings(database, world.space, id, [{ segmentId, embedding }], [])
    expect(await building).toBe(true)
    await watching
    expect(looks.length).toBeGreaterThan(3)
    expect(new Set(looks)).toEqual(new Set([true]))
    const { rows } = await database.pool.query(
      `select indexrelid::regclass::text as name from pg_index where indrelid = 'coro.embedding_${world.space.id}'::regclass order by 1`,
    )
    expect(rows).toHaveLength(2)
    expect((await ask(embedding, { mode: 'hnsw', k: 1 })).neighbours[0]?.segmentId).toBe(segmentId)
  })

  it('loses what was deleted to a sweep, and has its index again', async () => {
    const gone = world.stored.filter(at('big-one')).map(({ segmentId }) => segmentId)
    await markSegmentsDeleted(database.pool, gone, null)
    const query = world.stored.find(at('big-one'))?.embedding as Float32Array
    const found = async () =>
      (await ask(query, { k: 50 })).neighbours.filter(({ segmentId }) => gone.includes(segmentId))
    expect(await found()).toEqual([])
    expect(await sweepDeleted(database)).toEqual({ segments: 60, vectors: 60, reindexed: [world.space.name] })
    expect(await found()).toEqual([])
    expect(await hasIndex(database.pool, world.space)).toBe(true)
  })
})

it('a space that fills beside the active one gets its index when it is full, and becomes active with it', async () => {
  await database.pool.query('delete from coro.recording')
  const definition = spaceDefinition({ active: true })
  const [first] = (await ensureSpaces(database, [definition])) as [Space]
  expect(first.active).toBe(true)
  expect(await hasIndex(database.pool, first)).toBe(true)
  const { id: sourceId } = await addSource(database)
  const id = await addRecording(database, sourceId)
  const segments = await addSegments(database, id, [first], 200)
  const fill = (space: Space) =>
    saveEmbeddings(
      database,
      space,
      id,
      segments.map((segmentId) => ({ segmentId, embedding: normaliseL2(randomNumbers(segmentId, 8)) })),
      [],
    )
  await fill(first)
  const [second] = (await ensureSpaces(database, [{ ...definition, identity: 'f'.repeat(64) }])) as [Space]
  expect(second).toMatchObject({ active: false, indexWanted: true })
  expect(await hasIndex(database.pool, second)).toBe(false)
  await database.pool.query('insert into coro.recording_space (recording_id, space_id) values ($1, $2)', [
    id,
    second.id,
  ])
  await fill(second)
  expect(await inTransaction(database, activateFilled)).toBeNull()
  expect((await spacesToIndex(database.pool)).map((space) => space.id)).toEqual([second.id])
  await buildIndex(database, second)
  expect(await inTransaction(database, activateFilled)).toBe(second.name)
  const { rowCount } = await database.pool.query('select from coro.active_embedding')
  expect(rowCount).toBe(200)
  await addSpace(database)
})

describe('an index over bits', () => {
  it('takes the place of one over vectors and gives it back while searches and writers go on', async () => {
    const world = await makeClusters(database, 'bits', { dimension: 128, recordings: 100, windows: 60 })
    await buildIndex(database, world.space, 'vectors')
    await database.pool.query('analyze')
    const now = async () => (await spaceById(database.pool, world.space.id)) as Space
    let searches = 0
    const recalls: number[] = []
    const building = new AbortController()
    const searching = (async () => {
      while (!building.signal.aborted) {
        const query = world.query(searches++)
        const answer = await searchNeighbours(database, await now(), {
          embedding: query,
          k: 10,
          mode: 'hnsw',
          filter: {},
        })
        expect(answer.neighbours).toHaveLength(10)
        recalls.push(recallOf(answer, nearestOf(world, query, 10)))
      }
    })()
    const [late] = world.stored as [Clusters['stored'][number]]
    const writing = (async () => {
      for (let n = 0; !building.signal.aborted; n++) {
        const embedding = n % 2 === 0 ? late.embedding.map((x) => -x) : late.embedding
        const row = [{ segmentId: late.segmentId, embedding }]
        await saveEmbeddings(database, world.space, late.recordingId, row, [])
      }
      await saveEmbeddings(database, world.space, late.recordingId, [late], [])
    })()
    try {
      for (const graph of ['bits', 'vectors', 'bits'] as const) {
        await buildIndex(database, world.space, graph)
        expect((await now()).graph).toBe(graph)
      }
    } finally {
      building.abort()
      await Promise.all([searching, writing])
    }
    expect(searches).toBeGreaterThan(20)
    expect(recalls.reduce((a, b) => a + b, 0) / recalls.length).toBeGreaterThan(0.9)
    const { rows } = await database.pool.query(
      `select count(*)::integer as n from coro.embedding_${world.space.id} e full join coro.embedding_${world.space.id}_bits b using (segment_id)
        where b.b is distinct from coro.bits_of(e.e::vector, (select bits_mean from coro.embedding_space where id = $1))`,
      [world.space.id],
    )
    expect(rows).toEqual([{ n: 0 }])
  })

  it('is asked by a prepared statement, whose plan takes it', async () => {
    await using one = await openDatabase(url, { maxConnections: 1 })
    const space = (await listSpaces(one.pool)).find(({ graph }) => graph === 'bits') as Space
    const query = new Float32Array(128).fill(1 / Math.sqrt(128))
    for (let n = 0; n < 8; n++)
      await searchNeighbours(one, space, { embedding: query, k: 10, mode: 'hnsw', filter: {} })
    const { rows } = await one.pool.query<{ uses: number }>(
      `select (generic_plans + custom_plans)::integer as uses from pg_prepared_statements where name ~ '^index-'`,
    )
    expect(rows).toEqual([{ uses: 8 }])
  })
})
