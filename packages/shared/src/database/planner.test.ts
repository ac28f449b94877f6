import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase } from './database.fixture.js'
import { markSegmentsDeleted } from './deletions.js'
import { buildIndex, dropIndex } from './index-build.js'
import { inTransaction } from './open.js'
import { asker, makeClusters, nearestOf, recallOf, type Clusters } from './planner-check.fixture.js'
import type { SearchFilter } from './search-filter.js'

let database: Database
let world: Clusters
let ask: ReturnType<typeof asker>
beforeAll(async () => {
  database = await openTestDatabase()
  // The same decisions at a size that takes no minutes: the limit of exact search is one function.
  await database.pool.query(
    `create or replace function coro.exact_up_to() returns integer language sql immutable parallel safe as 'select 200'`,
  )
  world = await makeClusters(database, 'plan', { dimension: 16, recordings: 60, windows: 20 })
  ask = asker(database, world)
  await buildIndex(database, world.space)
})
afterAll(() => database[Symbol.asyncDispose]())

const at = (site: string) => (row: { site: string }) => row.site === site
const ids = (neighbours: { segmentId: number }[]) => neighbours.map(({ segmentId }) => segmentId)

describe('a search that may choose', () => {
  it('asks the index where much is left, and says so', async () => {
    const recalls: number[] = []
    for (let n = 0; n < 20; n++) {
      const query = world.query(n)
      const answer = await ask(query)
      expect(answer).toMatchObject({ mode: 'hnsw', ef: 100, complete: false, candidatesExact: false })
      // An estimate by the size on disk.
      expect(answer.candidates).toBeGreaterThan(1000)
      expect(answer.candidates).toBeLessThan(1500)
      const similarities = answer.neighbours.map(({ similarity }) => similarity)
      expect(similarities).toEqual(similarities.toSorted((a, b) => b - a))
      recalls.push(recallOf(answer, nearestOf(world, query, 10)))
    }
    expect(Math.min(...recalls)).toBeGreaterThan(0.7)
    expect(recalls.reduce((a, b) => a + b, 0) / 20).toBeGreaterThan(0.9)
  })

  it.each<[string, SearchFilter, (row: Clusters['stored'][number]) => boolean]>([
    ['a site', { site: 'plan-tenth' }, at('plan-tenth')],
    ['one recording’s site', { site: 'plan-one' }, at('plan-one')],
    ['hours', { hours: '03:00-05:00' }, (row) => [3, 4].includes(hourOf(row))],
    [
      'a site and a stretch of time',
      { site: 'plan-tenth', to: '2026-01-01T12:00Z' },
      (row) => at('plan-tenth')(row) && dayOf(row) === 0 && hourOf(row) < 12,
    ],
    ['nothing that is left', { site: 'plan-one', to: '2020-01-01' }, () => false],
  ])('compares everything where little is left: %s', async (_, filter, keep) => {
    const query = world.query(3)
    const answer = await ask(query, { filter, k: 30 })
    const truth = nearestOf(world, query, 30, keep)
    expect(answer).toMatchObject({
      mode: 'exact',
      ef: null,
      complete: true,
      candidates: world.stored.filter(keep).length,
      candidatesExact: true,
    })
    expect(ids(answer.neighbours)).toEqual(ids(truth))
  })

  it('makes up for what a wide filter takes away from the index', async () => {
    const filter = { site: 'plan-rest' }
    for (const [n, k] of [
      [1, 10],
      [2, 100],
      [3, 400],
    ] as const) {
      const query = world.query(n)
      const answer = await ask(query, { filter, k })
      expect(answer).toMatchObject({ mode: 'hnsw', candidates: 53 * 20, candidatesExact: false, complete: false })
      expect(answer.neighbours).toHaveLength(k)
      expect(recallOf(answer, nearestOf(world, query, k, at('plan-rest')))).toBeGreaterThan(0.9)
    }
    const hours = await ask(world.query(4), { filter: { hours: '00:00-22:00' }, k: 50 })
    expect(hours).toMatchObject({ mode: 'hnsw', candidatesExact: false })
    expect(hours.neighbours).toHaveLength(50)
    expect(hours.candidates).toBeGreaterThan(0.7 * 1200)
  })

  it('finishes exactly what the index leaves short', async () => {
    const query = world.query(5)
    for (const request of [
      { mode: 'hnsw' as const, k: 1000, filter: { site: 'plan-tenth' } },
      { mode: 'auto' as const, k: 1000, filter: { hours: '00:00-23:00' }, ef: 1 },
    ]) {
      const answer = await ask(query, request)
      const left =
        request.filter.site === undefined
          ? world.stored.filter((row) => hourOf(row) < 23)
          : world.stored.filter(at('plan-tenth'))
      expect(answer.neighbours).toHaveLength(Math.min(1000, left.length))
      // Finished exactly, or the index had them all.
      const whole = { mode: 'exact', complete: true, candidates: left.length }
      expect(answer).toMatchObject(answer.mode === 'exact' ? whole : { complete: false })
    }
  })

  it('takes k up to 1000, and ef as it is asked, at least k', async () => {
    const query = world.query(6)
    for (const [k, ef, used] of [
      [1, 20, 20],
      [150, 20, 150],
      [1000, undefined, 1000],
      [10, 1000, 1000],
    ] as const) {
      const answer = await ask(query, { k, ...(ef === undefined ? {} : { ef }), mode: 'hnsw' })
      expect(answer.neighbours).toHaveLength(k)
      expect(answer.ef).toBe(answer.mode === 'hnsw' ? used : null)
      expect(recallOf(answer, nearestOf(world, query, k))).toBeGreaterThan(0.85)
    }
  })

  it('passes over segments that were deleted a moment ago, in every way', async () => {
    const query = world.query(7)
    const before = await ask(query, { filter: { site: 'plan-tenth' } })
    expect(before.mode).toBe('exact')
    const gone = ids(before.neighbours).slice(0, 3)
    await markSegmentsDeleted(database.pool, gone, null)
    const left = (row: { segmentId: number }) => !gone.includes(row.segmentId)
    for (const filter of [
      {},
      { site: 'plan-tenth' },
      { site: 'plan-rest' },
      { hours: '00:00-23:00' },
    ] as SearchFilter[]) {
      for (const mode of ['exact', 'auto', 'hnsw'] as const) {
        const answer = await ask(query, { filter, mode, k: 40 })
        expect(answer.neighbours.filter(left)).toHaveLength(40)
        const keep = (row: Clusters['stored'][number]) =>
          left(row) && (filter.site === undefined || row.site === filter.site) && (!filter.hours || hourOf(row) < 23)
        const truth = ids(nearestOf(world, query, 40, keep))
        const isTruth = ids(answer.neighbours).join(' ') === truth.join(' ')
        expect(answer.mode !== 'exact' || isTruth).toBe(true)
        expect(recallOf(answer, nearestOf(world, query, 40, keep))).toBeGreaterThan(0.8)
      }
    }
    await database.pool.query('delete from coro.deleted_segment')
  })

  it('finds recordings whose segments lie among each other', async () => {
    const query = world.query(8)
    await database.pool.query(
      `update coro.recording set first_segment_id = null, last_segment_id = null where id % 3 = 0`,
    )
    const answer = await ask(query, { filter: { site: 'plan-tenth' }, k: 50 })
    expect(ids(answer.neighbours)).toEqual(ids(nearestOf(world, query, 50, at('plan-tenth'))))
  })

  it('leaves the settings of its transaction as they were', async () => {
    const names = ['hnsw.ef_search', 'hnsw.iterative_scan', 'enable_seqscan', 'enable_sort']
    const settings = `select ${names.map((name, i) => `current_setting('${name}') as s${i}`).join(', ')}`
    await inTransaction(database, async (tx) => {
      const { rows: before } = await tx.query(settings)
      const vector = JSON.stringify([...world.query(1)])
      await tx.query(`select coro.nearest($1, $2::vector, 10, 'hnsw')`, [world.space.id, vector])
      const { rows: after } = await tx.query(settings)
      expect(after).toEqual(before)
    })
  })

  it('compares everything where there is no index, and refuses HNSW', async () => {
    await dropIndex(database.pool, world.space)
    const query = world.query(9)
    const answer = await ask(query, { k: 1000 })
    expect(answer).toMatchObject({ mode: 'exact', complete: true, candidates: 1200 })
    expect(ids(answer.neighbours)).toEqual(ids(nearestOf(world, query, 1000)))
    await expect(ask(query, { mode: 'hnsw' })).rejects.toMatchObject({ code: 'INDEX_MISSING' })
  })
})

/** Windows of 5 s do not leave their recording's hour. */
const hourOf = ({ hour }: { hour: number }): number => hour % 24
const dayOf = ({ hour }: { hour: number }): number => Math.floor(hour / 24)
