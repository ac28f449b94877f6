import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSpace, openTestDatabase, spaceDefinition } from './database.fixture.js'
import { addFieldSeason } from './field.fixture.js'
import { buildIndex } from './index-build.js'
import { ensureSpaces, type Space } from './spaces.js'

let database: Database
let space: Space
let segments: Segment[]

/** What brute force knows of a segment with a vector. */
interface Segment {
  id: number
  recording: number
  site: string
  sun: string
  e: number[]
}

interface Found {
  rank: number
  similarity: number
  segment_id: number
  recording_id: number
  site: string
}

beforeAll(async () => {
  database = await openTestDatabase()
  space = await addFieldSeason(database)
  const { rows } = await database.pool.query<Segment>(
    `select s.segment_id as id, s.recording_id as recording, s.site, s.sun, e.e
       from coro.segments s join coro.embedding_${space.id} e using (segment_id) order by 1`,
  )
  segments = rows
})
afterAll(() => database[Symbol.asyncDispose]())

const ask = async <T = Found>(sql: string, params: unknown[] = []): Promise<T[]> =>
  (await database.pool.query<T & object>(sql, params)).rows

const cosine = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)
const vectorOf = (id: number) => segments.find((segment) => segment.id === id)?.e ?? []

/** The k nearest of those that `keep` leaves, by comparing all of them here: what `found` is to match. */
const nearest = (query: number[], k: number, keep: (segment: Segment) => boolean) =>
  segments
    .filter(keep)
    .map(({ id, e }) => ({ id, similarity: cosine(query, e) }))
    .sort((a, b) => b.similarity - a.similarity || a.id - b.id)
    .slice(0, k)
    .map(({ id, similarity }, i) => ({
      rank: i + 1,
      segment_id: id,
      similarity: expect.closeTo(similarity, 5) as number,
    }))

describe('similar_segments', () => {
  it('returns the k nearest of all, most similar first, without the segment itself', async () => {
    const found = await ask('select * from coro.similar_segments(42, 20)')
    expect(found).toMatchObject(nearest(vectorOf(42), 20, ({ id }) => id !== 42))
    expect(found).toHaveLength(20)
  })

  it('keeps to its filters, by name and as JSON', async () => {
    const expected = nearest(
      vectorOf(42),
      8,
      (one) => one.site === 'lagoa' && one.sun === 'night' && one.recording !== 11 && one.id !== 42,
    )
    expect(
      await ask(
        `select * from coro.similar_segments(42, 8, site => 'lagoa', sun => 'night', other_recordings => true)`,
      ),
    ).toMatchObject(expected)
    expect(
      await ask(
        `select * from coro.similar_segments(42, 8, filter => '{"site": ["lagoa"], "sun": "night", "notRecording": 11}')`,
      ),
    ).toMatchObject(expected)
  })

  it('leaves out its own recording beside others that are left out', async () => {
    const found = await ask(`select * from coro.similar_segments(42, 300, other_recordings => true,
                                                                 filter => '{"notRecording": [1, 2]}')`)
    expect(found.map(({ recording_id }) => recording_id).filter((id) => [1, 2, 11].includes(id))).toEqual([])
    expect(found).toHaveLength(segments.filter(({ recording }) => ![1, 2, 11].includes(recording)).length)
  })

  it('tells where and when, by the clock of the site', async () => {
    const [row] = await ask<Record<string, unknown>>(
      `select local_time::text, night::text, key, start_s, starts_at::text, recorder from coro.similar_segments(42, 1)`,
    )
    expect(row).toEqual({
      local_time: '2025-11-14 22:00:10',
      night: '2025-11-14',
      key: 'mata/SM1/20251114_220000.wav',
      start_s: 10,
      starts_at: expect.stringMatching(/^2025-11-15 02:00:10/),
      recorder: 'SM1',
    })
  })

  it('never returns what is marked as deleted', async () => {
    const [first] = await ask('select * from coro.similar_segments(42, 1)')
    await database.pool.query('insert into coro.deleted_segment (segment_id) values ($1)', [first?.segment_id])
    const found = await ask('select * from coro.similar_segments(42, 1000)')
    expect(found.map(({ segment_id }) => segment_id)).not.toContain(first?.segment_id)
    expect(found).toHaveLength(segments.length - 2)
    const shown = await ask('select from coro.segments where segment_id = $1', [first?.segment_id])
    expect(shown).toEqual([])
    await database.pool.query('delete from coro.deleted_segment')
  })

  it('says what is wrong', async () => {
    const silent = await ask<{ id: number }>('select segment_id as id from coro.segments where silent limit 1')
    const refusals: [string, string, RegExp][] = [
      ['similar_segments(4200)', 'SEGMENT_UNKNOWN', /no segment 4200/],
      [`similar_segments(${silent[0]?.id})`, 'SEGMENT_SILENT', /is silent/],
      ['similar_segments(42, 1001)', 'SEARCH_INVALID', /1 to 1000/],
      [`similar_segments(42, space => 'no')`, 'SPACE_UNKNOWN', /no embedding space "no"/],
      [`similar_segments(42, site => 'nowhere')`, 'SITE_UNKNOWN', /nowhere/],
      [`similar_segments(42, hours => 'late')`, 'FILTER_INVALID', /late/],
      ['similar_segments(42, exact => false)', 'INDEX_MISSING', /coro index build/],
      [`similar_to('[1, 2, 3]')`, 'VECTOR_DIMENSION', /has 3 numbers; the space .* has 16/],
      [`similar_to('${JSON.stringify(Array(16).fill(0))}')`, 'VECTOR_INVALID', /zeros/],
      ['similar_to(null::vector)', 'VECTOR_INVALID', /no vector/],
      ['segment_neighbours()', 'SEARCH_INVALID', /either segments/],
      ['segment_neighbours(array[1, 4200])', 'SEGMENT_UNKNOWN', /no segment 4200/],
      ['segment_neighbours(recording => 4200)', 'RECORDING_UNKNOWN', /no recording 4200/],
      ['similar_segments(null)', 'SEGMENT_UNKNOWN', /null/],
      ['similar_segments(42, null)', 'SEARCH_INVALID', /1 to 1000/],
      ['similar_segments(42, ef => 0)', 'SEARCH_INVALID', /ef must be/],
      ['search_plan(42, 0)', 'SEARCH_INVALID', /1 to 1000/],
      ['near_duplicates(2)', 'SEARCH_INVALID', /-1 to 1/],
      ['near_duplicates(0.9, candidates => 0)', 'SEARCH_INVALID', /candidates/],
      ['evaluate_retrieval(splits => 0)', 'EVALUATION_INVALID', /splits/],
      [`evaluate_retrieval(groups => '[1]')`, 'EVALUATION_INVALID', /object/],
      [`evaluate_retrieval('no')`, 'SPACE_UNKNOWN', /"no"/],
    ]
    for (const [call, constraint, message] of refusals) {
      const refused = expect.objectContaining({ code: 'QF000', constraint, message: expect.stringMatching(message) })
      await expect(ask(`select * from coro.${call}`), call).rejects.toEqual(refused)
    }
  })
})

describe('search_plan', () => {
  const plan = async (call: string) =>
    (await ask<Record<string, unknown>>(`select * from coro.search_plan(${call})`))[0]

  it('says how similar_segments answers the same question', async () => {
    const whole = {
      mode: 'exact',
      complete: true,
      candidates: segments.length,
      candidates_exact: true,
      ef: null,
      found: 10,
    }
    expect(await plan('42')).toMatchObject({
      ...whole,
      space: space.name,
      says: expect.stringMatching(/All \d+ vectors of/),
    })
    const few = await ask(`select * from coro.similar_segments(42, 1000, sun => 'dawn', site => 'mata')`)
    const { candidates, says } = (await plan(`42, 1000, sun => 'dawn', site => 'mata'`)) as {
      candidates: number
      says: string
    }
    expect(few.length).toBeGreaterThan(0)
    expect([candidates, says]).toEqual([
      few.length,
      expect.stringContaining(`All ${few.length} vectors that the filter`),
    ])
  })
})

describe('similar_to', () => {
  it('takes text, arrays, vector and halfvec, and a segment’s own vector finds it first', async () => {
    const expected = nearest(vectorOf(42), 5, () => true)
    const forms: [string, unknown][] = [
      ['$1', JSON.stringify(vectorOf(42))],
      ['$1::vector', JSON.stringify(vectorOf(42))],
      ['$1::real[]', vectorOf(42)],
      ['$1::double precision[]', vectorOf(42)],
      ['$1::numeric[]', vectorOf(42)],
    ]
    for (const [form, value] of forms) {
      const found = await ask(`select * from coro.similar_to(${form}, 5)`, [value])
      expect(found[0]?.segment_id, form).toBe(42)
      expect(found).toMatchObject(expected)
    }
    const half = await ask('select * from coro.similar_to($1::halfvec, 5)', [JSON.stringify(vectorOf(42))])
    expect(half.map(({ segment_id }) => segment_id)).toEqual(expected.map(({ segment_id }) => segment_id))
  })

  it('does not mind a vector’s length', async () => {
    const found = await ask('select * from coro.similar_to($1::real[], 5)', [vectorOf(42).map((x) => 7 * x)])
    expect(found).toMatchObject(nearest(vectorOf(42), 5, () => true))
  })
})

describe('segment_neighbours', () => {
  type Neighbour = Found & { of_segment: number }

  it('finds the neighbours of each segment of a set, in other recordings', async () => {
    const found = await ask<Neighbour>('select * from coro.segment_neighbours(array[43, 1], k => 3)')
    expect(found.map(({ of_segment }) => of_segment)).toEqual([43, 43, 43, 1, 1, 1])
    for (const id of [43, 1]) {
      const own = segments.find((segment) => segment.id === id)?.recording
      expect(found.filter(({ of_segment }) => of_segment === id)).toMatchObject(
        nearest(vectorOf(id), 3, ({ recording }) => recording !== own),
      )
    }
  })

  it('or of each segment of a recording that has a vector, its own recording included on request', async () => {
    const found = await ask<Neighbour>(
      'select * from coro.segment_neighbours(recording => 11, k => 1, other_recordings => false)',
    )
    expect(found.map(({ of_segment }) => of_segment)).toEqual([41, 42, 43, 44])
    expect(found.every(({ of_segment, segment_id }) => of_segment !== segment_id)).toBe(true)
    expect(found.map(({ recording_id }) => recording_id)).toContain(11)
  })
})

describe('near_duplicates', () => {
  interface Pair {
    similarity: number
    segment_id: number
    other_segment_id: number
  }
  const pairsAbove = (threshold: number, keep: (a: Segment, b: Segment) => boolean) =>
    segments.flatMap((a, i) =>
      segments
        .slice(i + 1)
        .filter((b) => a.recording !== b.recording && cosine(a.e, b.e) >= threshold && keep(a, b))
        .map((b) => `${a.id} ${b.id}`),
    )
  const names = (pairs: Pair[]) => pairs.map((pair) => `${pair.segment_id} ${pair.other_segment_id}`).sort()

  it('finds each pair of different recordings once, the most similar first', async () => {
    const found = await ask<Pair>('select * from coro.near_duplicates(0.9)')
    expect(found.length).toBeGreaterThan(12)
    expect(names(found)).toEqual(pairsAbove(0.9, () => true).sort())
    const similarities = found.map(({ similarity }) => similarity)
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a))
  })

  it('of which one is at a site, with a filter', async () => {
    const found = await ask<Pair>(`select * from coro.near_duplicates(0.85, site => 'mata')`)
    const expected = pairsAbove(0.85, (a, b) => a.site === 'mata' || b.site === 'mata')
    expect(expected.length).toBeGreaterThan(0)
    expect(names(found)).toEqual(expected.sort())
  })
})

describe('with an index, and another space', () => {
  beforeAll(() => buildIndex(database, space))

  it('asks the index where exact is false', async () => {
    const found = await ask('select * from coro.similar_segments(42, 10, exact => false)')
    expect(found).toMatchObject(nearest(vectorOf(42), 10, ({ id }) => id !== 42))
    const pairs = (exact: boolean) => ask('select * from coro.near_duplicates(0.95, exact => $1)', [exact])
    expect(await pairs(false)).toEqual(await pairs(true))
    const [plan] = await ask<Record<string, unknown>>('select * from coro.search_plan(42, 10, exact => false)')
    const says = expect.stringMatching(/HNSW index was asked \(ef 100\)/) as string
    expect(plan).toMatchObject({ mode: 'hnsw', complete: false, ef: 100, found: 10, says })
  })

  it('looks beyond a full first look: of what is everywhere, the closest copies in other recordings', async () => {
    const found = await ask<{ segment_id: number; other_segment_id: number }>(
      'select * from coro.near_duplicates(-1, exact => false, candidates => 2)',
    )
    const pairs = new Set(found.map((pair) => `${pair.segment_id} ${pair.other_segment_id}`))
    for (const { id, e, recording } of segments) {
      for (const { segment_id: other } of nearest(e, 2, (segment) => segment.recording !== recording)) {
        expect(pairs).toContain(`${Math.min(id, other)} ${Math.max(id, other)}`)
      }
    }
  })

  it('does not evaluate what is marked as deleted', async () => {
    const evaluated = async () =>
      (await ask<Record<string, number>>('select * from coro.evaluate_retrieval(splits => 1)'))[0]
    const before = await evaluated()
    // one recording of four windows goes, of another one the windows but one
    await database.pool.query(`insert into coro.deleted_segment (segment_id)
      select id from coro.segment where recording_id = 11 or (recording_id = 12 and index > 0)`)
    const after = await evaluated()
    await database.pool.query('delete from coro.deleted_segment')
    expect(before).toMatchObject({ recordings: 60, left_out: 0, queries: 60, stored: 180 })
    expect(after).toMatchObject({ recordings: 58, left_out: 1, queries: 58, stored: 174 })
  })

  it('searches a space by name, and the active one without', async () => {
    const definition = spaceDefinition({ model: 'other', dimension: 4 })
    const [other] = await ensureSpaces(database, [definition])
    await database.pool.query(
      `insert into coro.embedding_${other?.id} (segment_id, e) values (1, '[1, 0, 0, 0]'), (2, '[0, 1, 0, 0]'), (3, '[.6, .8, 0, 0]')`,
    )
    const found = await ask('select * from coro.similar_segments(1, 5, space => $1)', [definition.name])
    expect(found.map(({ segment_id }) => segment_id)).toEqual([3, 2])
    expect(found[0]?.similarity).toBeCloseTo(0.6, 6)
    expect(await ask('select * from coro.similar_segments(1, 5)')).toHaveLength(5)
    await addSpace(database, { model: 'third' })
  })
})
