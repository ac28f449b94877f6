import { createHash } from 'node:crypto'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareFilters, type CompareRequest } from './compare.js'
import { openTestDatabase } from './database.fixture.js'
import { addOccurrences, cosine, type KnownSegment } from './occurrence.fixture.js'
import type { Space } from './spaces.js'

let database: Database
let space: Space
let segments: (KnownSegment & { embedding: Float32Array })[]
beforeAll(async () => {
  database = await openTestDatabase()
  const made = await addOccurrences(database, 50)
  space = made.space
  segments = made.segments.flatMap((segment) => {
    const { embedding } = segment
    return embedding ? [{ ...segment, embedding }] : []
  })
})
afterAll(() => database[Symbol.asyncDispose]())

type Side = typeof segments
const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const drawn = (side: Side, seed: number, n: number): Side =>
  side.toSorted((a, b) => (hash(`${seed}/${a.id}`) < hash(`${seed}/${b.id}`) ? -1 : 1)).slice(0, n)
const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length
const pairs = (a: Side, b: Side) =>
  a.flatMap((x) => b.flatMap((y) => (x.id === y.id ? [] : [cosine(x.embedding, y.embedding)])))

/** Share of both sides' segments that have a mutual neighbour among their k nearest. */
function mutualShare(a: Side, b: Side, k: number): number {
  const nearest = (one: Side[number], others: Side) =>
    others.toSorted((x, y) => cosine(y.embedding, one.embedding) - cosine(x.embedding, one.embedding)).slice(0, k)
  const ofA = new Map(a.map((one) => [one.id, nearest(one, b).map(({ id }) => id)]))
  const ofB = new Map(b.map((one) => [one.id, nearest(one, a).map(({ id }) => id)]))
  const has = (own: Map<number, number[]>, others: Map<number, number[]>) =>
    [...own].filter(([id, near]) => near.some((other) => others.get(other)?.includes(id))).length
  return (has(ofA, ofB) + has(ofB, ofA)) / (a.length + b.length)
}

const compare = (request: Partial<CompareRequest>) =>
  compareFilters(database.pool, space, {
    a: { site: 'lagoa' },
    b: { site: 'mata' },
    k: 3,
    sampleSize: 40,
    seed: 5,
    ...request,
  })
const at = (site: string) => segments.filter((segment) => segment.site === site)

describe('a comparison of two filters', () => {
  it('is what comparing the drawn segments one by one gives', async () => {
    const [a, b] = [drawn(at('lagoa'), 5, 40), drawn(at('mata'), 5, 40)]
    const found = await compare({})
    expect(found).toMatchObject({
      segmentsA: at('lagoa').length,
      segmentsB: at('mata').length,
      sampledA: 40,
      sampledB: 40,
    })
    expect(found.meanSimilarity).toBeCloseTo(mean(pairs(a, b)), 5)
    expect(found.meanSimilarityA).toBeCloseTo(mean(pairs(a, a)), 5)
    expect(found.meanSimilarityB).toBeCloseTo(mean(pairs(b, b)), 5)
    const centre = (side: Side) =>
      Float32Array.from(side[0]?.embedding ?? [], (_, i) => mean(side.map((s) => s.embedding[i] ?? 0)))
    const [ca, cb] = [centre(a), centre(b)]
    expect(found.centroidSimilarity).toBeCloseTo(cosine(ca, cb) / Math.sqrt(cosine(ca, ca) * cosine(cb, cb)), 5)
    expect(found.mutual.map(({ k }) => k)).toEqual([1, 2, 3])
    for (const { k, share } of found.mutual) expect(share).toBeCloseTo(mutualShare(a, b, k), 10)
    const order = [...new Set([...a, ...b].map(({ recordingId }) => recordingId))].sort((x, y) =>
      hash(`5/recording/${x}`) < hash(`5/recording/${y}`) ? -1 : 1,
    )
    const half = (odd: boolean) =>
      [...a, ...b].filter(({ recordingId }) => (order.indexOf(recordingId) % 2 === 0) === odd)
    for (const { k, shareIfAlike } of found.mutual) {
      expect(shareIfAlike).toBeCloseTo(mutualShare(half(true), half(false), k), 10)
    }
  })

  it('finds a place wholly like itself, and is the same for the same seed', async () => {
    const itself = await compare({ b: { site: 'lagoa' } })
    expect(itself.centroidSimilarity).toBeCloseTo(1, 5)
    expect(itself.mutual[0]).toEqual({ k: 1, share: 1, shareIfAlike: null })
    expect(await compare({})).toEqual(await compare({}))
    expect((await compare({ seed: 6 })).meanSimilarity).not.toBe((await compare({})).meanSimilarity)
  })

  it('says that there is nothing on a side', async () => {
    const empty = await compare({ b: { from: '2031-01-01' } })
    expect(empty).toMatchObject({ segmentsB: 0, sampledB: 0, meanSimilarity: null, centroidSimilarity: null })
    expect(empty.mutual[0]).toMatchObject({ share: null })
  })

  it('refuses unbounded work and unknown sites', async () => {
    await expect(compare({ sampleSize: 5000 })).rejects.toMatchObject({
      code: 'COMPARE_INVALID',
      disposition: 'reject',
    })
    await expect(compare({ a: { site: 'nowhere' } })).rejects.toMatchObject({ code: 'SITE_UNKNOWN' })
  })

  it('compares two sites in SQL', async () => {
    const { rows } = await database.pool.query<{ k: number; mean_similarity: number }>(
      `select * from coro.compare_sites('lagoa', 'mata', k => 3, sample_size => 40, seed => 5)`,
    )
    expect(rows).toHaveLength(3)
    expect(rows[0]?.mean_similarity).toBe((await compare({})).meanSimilarity)
  })
})
