import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  addRecording,
  addSegments,
  addSource,
  addSpace,
  openTestDatabase,
  randomNumbers,
  spaceDefinition,
} from './database.fixture.js'
import { embeddingOf, saveEmbeddings } from './embeddings.js'
import { describeSegments } from './describe-segments.js'
import { buildIndex, dropIndex, hasIndex } from './index-build.js'
import { searchBySegment, searchNeighbours, type DescribedAnswer, type SearchRequest } from './search.js'
import type { SearchFilter } from './search-filter.js'
import { recorderIdOf, siteIdOf } from './sources.js'
import { ensureSpaces, type Space } from './spaces.js'
import { normaliseL2 } from './vectors.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const dimension = 24
const unit = (seed: number) => normaliseL2(randomNumbers(seed, dimension))

/** A recording of `vectors.length` windows with these vectors; resolves to segment ids. */
async function embed(
  space: Space,
  vectors: Float32Array[],
  draft: { siteId?: number; recorderId?: number; startedAt?: string } = {},
): Promise<{ id: number; segments: number[] }> {
  const { id: sourceId } = await addSource(database)
  const id = await addRecording(database, sourceId, draft)
  const segments = await addSegments(database, id, [space], vectors.length)
  const embedded = segments.map((segmentId, i) => ({ segmentId, embedding: vectors[i] as Float32Array }))
  await saveEmbeddings(database, space, id, embedded, [])
  return { id, segments }
}

const ask = (space: Space, request: Partial<SearchRequest> = {}) =>
  searchNeighbours(database, space, { embedding: unit(1), k: 10, mode: 'auto', filter: {}, ...request })

describe('exact search', () => {
  let space: Space
  let vectors: Float32Array[]
  let segments: number[]
  beforeAll(async () => {
    space = await addSpace(database, { dimension })
    vectors = Array.from({ length: 300 }, (_, i) => unit(i + 1))
    segments = (await embed(space, vectors)).segments
  })

  const cosines = (query: Float32Array) =>
    vectors
      .map((vector, i) => ({
        segmentId: segments[i],
        similarity: vector.reduce((sum, x, j) => sum + x * query[j]!, 0),
      }))
      .sort((a, b) => b.similarity - a.similarity)

  it.each([1, 10, 1000])('finds what comparing them all in JavaScript finds: k %i', async (k) => {
    for (const seed of [1001, 1002, 1003]) {
      const query = unit(seed)
      const answer = await ask(space, { embedding: query, k })
      const expected = cosines(query).slice(0, k)
      expect(answer).toMatchObject({ mode: 'exact', ef: null, candidates: 300, complete: true })
      expect(answer.neighbours.map(({ segmentId }) => segmentId)).toEqual(expected.map(({ segmentId }) => segmentId))
      for (const [i, { similarity }] of answer.neighbours.entries()) {
        expect(similarity).toBeCloseTo(expected[i]?.similarity ?? 9, 5)
      }
    }
  })

  it('finds each stored vector first by itself', async () => {
    for (const i of [0, 150, 299]) {
      const embedding = await embeddingOf(database.pool, space, segments[i] as number)
      const { neighbours } = await ask(space, { embedding: embedding as Float32Array, k: 1 })
      expect(neighbours[0]?.segmentId).toBe(segments[i])
      expect(neighbours[0]?.similarity).toBeGreaterThan(0.9999)
    }
  })

  it('refuses a vector of another dimension, and HNSW without an index', async () => {
    await expect(ask(space, { embedding: new Float32Array(3) })).rejects.toMatchObject({
      code: 'VECTOR_DIMENSION',
      disposition: 'reject',
    })
    await expect(ask(space, { mode: 'hnsw' })).rejects.toMatchObject({ code: 'INDEX_MISSING', disposition: 'reject' })
  })

  it.each<SearchFilter>([{}, { notRecording: [999_999] }])(
    'by a stored segment in one statement is the same, with what a person wants to know: filter %j',
    async (filter) => {
      // The statement is prepared from the second time on.
      for (const segmentId of [segments[3], segments[7], segments[3]] as number[]) {
        const embedding = (await embeddingOf(database.pool, space, segmentId)) as Float32Array
        const { neighbours, ...how } = await ask(space, { embedding, self: segmentId, filter })
        const {
          facts,
          neighbours: found,
          ...alike
        } = (await searchBySegment(database, space, { segmentId, k: 10, mode: 'auto', filter })) as DescribedAnswer
        expect(alike).toEqual(how)
        const ids = neighbours.map((neighbour) => neighbour.segmentId)
        expect(found.map((neighbour) => neighbour.segmentId)).toEqual(ids)
        for (const [i, { similarity }] of found.entries()) {
          expect(similarity).toBeCloseTo(neighbours[i]!.similarity, 6)
        }
        expect(facts).toEqual(await describeSegments(database.pool, ids))
      }
    },
  )

  it('by a segment in one statement is nothing where the segment has no vector', async () => {
    const { id: sourceId } = await addSource(database)
    const id = await addRecording(database, sourceId)
    const [silent = 0] = await addSegments(database, id, [space], 1)
    for (const segmentId of [silent, 999_999_999]) {
      expect(await searchBySegment(database, space, { segmentId, k: 10, mode: 'auto', filter: {} })).toBeNull()
    }
  })

  it('puts the searched segment first among equals, the others by id', async () => {
    const twins = await addSpace(database, { dimension })
    const { segments: ids } = await embed(twins, [unit(1), unit(1), unit(1), unit(2)])
    const [first = 0, second = 0, third = 0, other = 0] = ids
    for (const self of [first, second, third]) {
      const { neighbours } = await ask(twins, { self })
      const rest = [first, second, third].filter((id) => id !== self)
      expect(neighbours.map(({ segmentId }) => segmentId)).toEqual([self, ...rest, other])
    }
  })
})

describe('filters', () => {
  let space: Space
  let lagoa: { id: number; segments: number[] }
  let serra: { id: number; segments: number[] }
  let berlin: { id: number; segments: number[] }
  let nowhere: { id: number; segments: number[] }
  beforeAll(async () => {
    space = await addSpace(database, { dimension })
    await addSource(database, {
      sites: [
        { name: 'lagoa', timeZone: 'America/Sao_Paulo' },
        { name: 'serra', timeZone: 'America/Sao_Paulo' },
        { name: 'berlin', timeZone: 'Europe/Berlin' },
      ],
    })
    const [siteL, siteS, siteB] = await Promise.all(['lagoa', 'serra', 'berlin'].map((n) => siteIdOf(database.pool, n)))
    const [one, two] = await Promise.all(['A1', 'A2'].map((name) => recorderIdOf(database.pool, name)))
    const vectors = (seed: number) => [0, 1, 2, 3].map((i) => unit(seed + i))
    // 22:00 in Sao Paulo (-03:00); four windows: 22:00:00 to 22:00:15.
    const late = { startedAt: '2026-01-10T22:00:00-03:00' }
    lagoa = await embed(space, vectors(10), { siteId: siteL!, recorderId: one!, ...late })
    serra = await embed(space, vectors(20), {
      siteId: siteS!,
      recorderId: two!,
      startedAt: '2026-01-11T04:00:00-03:00',
    })
    // Berlin's clocks went from 02:00 to 03:00 on 29 March 2026: this is 01:59:50 +01:00 to 03:00:05 +02:00.
    berlin = await embed(space, vectors(30), { siteId: siteB!, startedAt: '2026-03-29T00:59:50Z' })
    nowhere = await embed(space, vectors(40))
  })

  const found = async (filter: SearchFilter) => {
    const { neighbours, candidates } = await ask(space, { filter, k: 100 })
    expect(candidates).toBe(neighbours.length)
    return neighbours.map(({ segmentId }) => segmentId).sort((a, b) => a - b)
  }

  it('by site, by recorder, by both, and none', async () => {
    expect(await found({ site: 'lagoa' })).toEqual(lagoa.segments)
    expect(await found({ recorder: 'A2' })).toEqual(serra.segments)
    expect(await found({ site: 'lagoa', recorder: 'A2' })).toEqual([])
    expect(await found({})).toHaveLength(16)
  })

  it('leave the searched recording out', async () => {
    const left = await found({ notRecording: serra.id })
    expect(left).toHaveLength(12)
    expect(left).not.toContain(serra.segments[0])
  })

  it('by instants with an offset: from inclusive, to exclusive, by each segment’s own start', async () => {
    const span = { from: '2026-01-11T01:00:05Z', to: '2026-01-10T22:00:15-03:00' }
    expect(await found(span)).toEqual(lagoa.segments.slice(1, 3))
  })

  it('by local time at each segment’s site where there is no offset', async () => {
    expect(await found({ from: '2026-01-10T22:00:10', to: '2026-01-11T04:00:05' })).toEqual([
      ...lagoa.segments.slice(2),
      ...serra.segments.slice(0, 1),
    ])
    expect(await found({ from: '2026-01-10 22:00', to: '2026-01-10 22:01' })).toEqual(lagoa.segments)
  })

  it('by a day alone, which is local too', async () => {
    expect(await found({ from: '2026-01-10', to: '2026-01-11' })).toEqual(lagoa.segments)
    expect(await found({ from: '2026-01-11', to: '2026-01-12' })).toEqual(serra.segments)
  })

  it('by local time across the change to summer time', async () => {
    const inBerlin = (from: string, to: string) => found({ site: 'berlin', from, to })
    expect(await inBerlin('2026-03-29T01:59:55', '2026-03-29T03:00:05')).toEqual(berlin.segments.slice(1, 3))
    expect(await inBerlin('2026-03-29T03:00', '2026-03-29T04:00')).toEqual(berlin.segments.slice(2))
  })

  it('by time take no recording whose start is not known', async () => {
    expect(await found({ from: '1900-01-01T00:00:00Z' })).not.toContain(nowhere.segments[0])
  })
})

describe('search by the HNSW index', () => {
  let space: Space
  let segments: number[]
  beforeAll(async () => {
    space = await addSpace(database, { dimension })
    segments = (
      await embed(
        space,
        Array.from({ length: 200 }, (_, i) => unit(i + 1)),
      )
    ).segments
    await embed(
      space,
      Array.from({ length: 50 }, (_, i) => unit(i + 1000)),
      {
        siteId: await siteIdOf(database.pool, 'far away'),
      },
    )
    await buildIndex(database, space)
  })

  it('is there when it was built, and is not built twice', async () => {
    expect(await hasIndex(database.pool, space)).toBe(true)
    expect(await buildIndex(database, space)).toEqual({ built: false })
  })

  it('says how it searched, and never claims to be complete', async () => {
    const answer = await ask(space, { mode: 'hnsw' })
    expect(answer).toMatchObject({ mode: 'hnsw', ef: 100, candidates: 250, complete: false })
    expect((await ask(space, { mode: 'hnsw', ef: 5, k: 20 })).ef).toBe(20)
  })

  it('agrees with exact search on a few vectors, the searched segment first', async () => {
    const self = segments[0] as number
    const [byIndex, exact] = await Promise.all([
      ask(space, { mode: 'hnsw', ef: 400, self }),
      ask(space, { mode: 'exact', self }),
    ])
    expect(byIndex.neighbours[0]?.segmentId).toBe(self)
    expect(byIndex.neighbours.map(({ segmentId }) => segmentId)).toEqual(
      exact.neighbours.map(({ segmentId }) => segmentId),
    )
  })

  it('makes up for rows that a filter takes away', async () => {
    const filter = { site: 'far away' }
    const answer = await ask(space, { mode: 'hnsw', k: 50, filter })
    expect(answer.candidates).toBe(50)
    expect(answer.neighbours).toHaveLength(50)
  })

  it('is not used by auto where few candidates are left', async () => {
    expect((await ask(space)).mode).toBe('exact')
  })

  it('is missing again when it was dropped', async () => {
    await dropIndex(database.pool, space)
    await expect(ask(space, { mode: 'hnsw' })).rejects.toMatchObject({ code: 'INDEX_MISSING' })
  })
})

describe('describeSegments', () => {
  it('tells where and when a segment was recorded', async () => {
    const [space] = await ensureSpaces(database, [spaceDefinition({ dimension })])
    const siteId = await siteIdOf(database.pool, 'mata')
    const { id, segments } = await embed(space as Space, [unit(1), unit(2)], {
      siteId,
      startedAt: '2026-01-10T22:00:00Z',
    })
    const facts = await describeSegments(database.pool, [segments[1] as number, 999_999_999])
    expect(facts.size).toBe(1)
    expect(facts.get(segments[1] as number)).toMatchObject({
      recordingId: id,
      site: 'mata',
      recorder: null,
      startS: 5,
      endS: 10,
      startedAt: new Date('2026-01-10T22:00:05Z'),
    })
  })
})
