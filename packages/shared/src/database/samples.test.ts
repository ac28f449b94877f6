import { createHash } from 'node:crypto'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase, randomNumbers } from './database.fixture.js'
import { addOccurrences, cosine, soundOf, type KnownSegment } from './occurrence.fixture.js'
import { drawSample, judgeByLabels, listSamples, samplePrecision, sampledSegments, saveJudgements } from './samples.js'
import type { Space } from './spaces.js'

let database: Database
let space: Space
let segments: KnownSegment[]
const query = soundOf(2, 9, 0.3)
beforeAll(async () => {
  database = await openTestDatabase()
  ;({ space, segments } = await addOccurrences(database, 80))
})
afterAll(() => database[Symbol.asyncDispose]())

const draw = (request: Partial<Parameters<typeof drawSample>[2]> = {}) =>
  drawSample(database.pool, space, {
    queries: [query],
    subject: { vector: true },
    filter: {},
    minSimilarity: -1,
    strata: 5,
    perStratum: 12,
    seed: 1,
    ...request,
  })

/** Everything that was compared, the most similar first. */
const population = () =>
  segments
    .flatMap(({ id, embedding }) => (embedding ? [{ id, similarity: cosine(embedding, query) }] : []))
    .sort((a, b) => b.similarity - a.similarity)

describe('a stratified sample', () => {
  it('has strata that halve towards the most similar, and so many of each by hash of seed and segment', async () => {
    const id = await draw({ seed: 7 })
    const everything = population()
    const n = everything.length
    const bounds = [n, Math.floor(n / 2), Math.floor(n / 4), Math.floor(n / 8), Math.floor(n / 16), 0]
    const hash = (segment: number) => createHash('sha256').update(`7/${segment}`).digest('hex')
    const expected = new Map<number, { stratum: number; weight: number }>()
    for (let stratum = 1; stratum <= 5; stratum++) {
      const members = everything.slice(bounds[stratum], bounds[stratum - 1])
      const drawn = members.sort((a, b) => (hash(a.id) < hash(b.id) ? -1 : 1)).slice(0, 12)
      for (const { id: segment } of drawn) expected.set(segment, { stratum, weight: members.length / drawn.length })
    }
    const drawn = await sampledSegments(database.pool, id)
    expect(new Map(drawn.map(({ segmentId, stratum, weight }) => [segmentId, { stratum, weight }]))).toEqual(expected)
    expect(drawn.map(({ segmentId }) => segmentId)).toEqual(
      [...expected.keys()].sort((a, b) => (hash(a) < hash(b) ? -1 : 1)),
    )
    expect(drawn.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(n, 6)
    expect(await listSamples(database.pool, id)).toMatchObject([
      { sampleId: id, space: space.name, population: n, segments: drawn.length, judged: 0, seed: 7 },
    ])
  })

  it('is the same for the same seed, another for another, and obeys filter and bound', async () => {
    const idsOf = async (id: number) => (await sampledSegments(database.pool, id)).map(({ segmentId }) => segmentId)
    const first = await idsOf(await draw())
    expect(await idsOf(await draw())).toEqual(first)
    expect(await idsOf(await draw({ seed: 2 }))).not.toEqual(first)
    const some = await sampledSegments(database.pool, await draw({ filter: { site: 'lagoa' }, minSimilarity: 0.2 }))
    expect(some.length).toBeGreaterThan(10)
    for (const { site, similarity } of some) expect([site, similarity >= 0.2]).toEqual(['lagoa', true])
  })

  it('keeps equals in one stratum, and has fewer strata where there are few segments', async () => {
    const id = await draw({ strata: 30, perStratum: 1000 })
    const { rows } = await database.pool.query<{ stratum: number; low: number; high: number }>(
      'select stratum, low, high from coro.sample_stratum where sample_id = $1 order by stratum',
      [id],
    )
    expect(rows.length).toBeLessThan(12)
    for (const [i, { high }] of rows.entries()) expect(high).toBeLessThan(rows[i + 1]?.low ?? 2)
  })

  it('is refused where there is nothing to draw from, or what was asked for makes no sense', async () => {
    await expect(draw({ minSimilarity: 1, queries: [randomUnit()] })).rejects.toMatchObject({ code: 'SAMPLE_EMPTY' })
    await expect(draw({ strata: 0 })).rejects.toMatchObject({ code: 'SAMPLE_INVALID', disposition: 'reject' })
    const { rowCount } = await database.pool.query(
      'select from coro.sample m where not exists (select from coro.sample_segment s where s.sample_id = m.id)',
    )
    expect(rowCount).toBe(0)
  })
  const randomUnit = () => soundOf(77, 12_345, 0.9)
})

/** Wilson's interval at 95 %, with n (N - 1) / (N - n) for n, by the textbook. */
function wilson(positive: number, judged: number, size: number): [number, number] {
  const p = positive / judged
  if (judged === size) return [p, p]
  const n = (judged * (size - 1)) / (size - judged)
  const z = 1.959963984540054
  const middle = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2))
  return [Math.max(0, middle - half), Math.min(1, middle + half)]
}

describe('precision of a judged sample', () => {
  it('is what the formulas say, at each threshold', async () => {
    const id = await draw({ perStratum: 10, strata: 4 })
    const drawn = await sampledSegments(database.pool, id)
    const truth = (segmentId: number, similarity: number) => similarity > 0.6 || segmentId % 7 === 0
    const judgements = drawn.map(({ segmentId, similarity }) => ({
      segmentId,
      judgement: truth(segmentId, similarity),
    }))
    await saveJudgements(database.pool, id, judgements, 'ana')
    const strata = await database.pool.query<{ stratum: number; low: number; population: number }>(
      'select stratum, low, population from coro.sample_stratum where sample_id = $1 order by stratum desc',
      [id],
    )
    const rows = await samplePrecision(database.pool, id)
    expect(rows.map(({ threshold }) => threshold)).toEqual(strata.rows.map(({ low }) => low))
    for (const [i, row] of rows.entries()) {
      const above = strata.rows.slice(0, i + 1).map(({ stratum, population: size }) => {
        const members = drawn.filter((member) => member.stratum === stratum)
        const positive = members.filter(({ segmentId, similarity }) => truth(segmentId, similarity)).length
        return {
          size,
          judged: members.length,
          positive,
          p: positive / members.length,
          ci: wilson(positive, members.length, size),
        }
      })
      const sum = (of: (h: (typeof above)[number]) => number) => above.reduce((s, h) => s + of(h), 0)
      const [size, judged, positive] = [sum((h) => h.size), sum((h) => h.judged), sum((h) => h.positive)]
      const calls = sum((h) => h.size * h.p)
      const low = Math.max(positive, calls - Math.sqrt(sum((h) => (h.size * (h.p - h.ci[0])) ** 2)))
      const high = Math.min(size - judged + positive, calls + Math.sqrt(sum((h) => (h.size * (h.ci[1] - h.p)) ** 2)))
      expect(row).toMatchObject({ segments: size, judged, judgedTrue: positive })
      expect(row.trueCalls).toBeCloseTo(calls, 8)
      expect(row.trueCallsLow).toBeCloseTo(low, 8)
      expect(row.trueCallsHigh).toBeCloseTo(high, 8)
      expect(row.precision).toBeCloseTo(calls / size, 8)
      expect(row.shareOfCalls).toBeCloseTo(calls / (rows.at(-1)?.trueCalls ?? 0), 8)
      const scored = population().filter(({ similarity }) => similarity >= row.threshold - 1e-7)
      expect(scored).toHaveLength(size)
    }
  })

  it('holds the truth in about 95 of 100 samples', async () => {
    const everything = population()
    const truths = everything.filter(({ id, similarity }) => isTrue(id, similarity)).length
    let held = 0
    for (let seed = 1; seed <= 60; seed++) {
      const id = await draw({ seed: seed + 1000, perStratum: 10 })
      const drawn = await sampledSegments(database.pool, id)
      const judgements = drawn.map(({ segmentId, similarity }) => ({
        segmentId,
        judgement: isTrue(segmentId, similarity),
      }))
      await saveJudgements(database.pool, id, judgements, null)
      const whole = (await samplePrecision(database.pool, id)).at(-1)
      if ((whole?.trueCallsLow ?? Infinity) <= truths && truths <= (whole?.trueCallsHigh ?? -1)) held++
    }
    expect(held).toBeGreaterThanOrEqual(54)
  })
  /** Likelier the more similar. */
  const isTrue = (id: number, similarity: number) => ((randomNumbers(id, 1)[0] ?? 0) + 1) / 2 < similarity ** 2

  it('is certain where all were judged, and unknown where a stratum was not', async () => {
    const id = await draw({ perStratum: 10_000, strata: 3 })
    const drawn = await sampledSegments(database.pool, id)
    const [open, judged] = [drawn.filter(({ stratum }) => stratum === 1), drawn.filter(({ stratum }) => stratum > 1)]
    const truth = (segmentId: number) => segmentId % 3 === 0
    await saveJudgements(
      database.pool,
      id,
      judged.map(({ segmentId }) => ({ segmentId, judgement: truth(segmentId) })),
      'ana',
    )
    const [top, middle, all] = await samplePrecision(database.pool, id)
    const expected = judged.filter(({ segmentId }) => truth(segmentId)).length
    expect(middle).toMatchObject({ trueCalls: expected, trueCallsLow: expected, trueCallsHigh: expected })
    expect(top?.judged).toBeLessThan(middle?.judged ?? 0)
    expect(all).toMatchObject({
      precision: null,
      trueCalls: null,
      trueCallsLow: null,
      precisionHigh: null,
      shareOfCalls: null,
    })
    await saveJudgements(
      database.pool,
      id,
      open.map(({ segmentId }) => ({ segmentId, judgement: truth(segmentId) })),
      'ana',
    )
    const whole = (await samplePrecision(database.pool, id)).at(-1)
    const truths = drawn.filter(({ segmentId }) => truth(segmentId)).length
    expect(whole).toMatchObject({ trueCalls: truths, trueCallsLow: truths, trueCallsHigh: truths, shareOfCalls: 1 })
  })

  it('takes judgements back, and keeps none where one is of another segment', async () => {
    const id = await draw()
    const [first, second] = await sampledSegments(database.pool, id)
    const judge = (segmentId: number, judgement: boolean | null) => ({ segmentId, judgement })
    await saveJudgements(database.pool, id, [judge(first?.segmentId ?? 0, true)], 'ana')
    const strange = saveJudgements(
      database.pool,
      id,
      [judge(second?.segmentId ?? 0, true), judge(999_999, false)],
      'ana',
    )
    await expect(strange).rejects.toMatchObject({ code: 'JUDGEMENT_STRANGE', disposition: 'reject' })
    expect((await listSamples(database.pool, id))[0]?.judged).toBe(1)
    await saveJudgements(database.pool, id, [judge(first?.segmentId ?? 0, null)], 'ana')
    expect((await sampledSegments(database.pool, id))[0]).toMatchObject({ judgement: null, judgedBy: null })
    await expect(saveJudgements(database.pool, 999_999, [], null)).rejects.toMatchObject({ code: 'SAMPLE_UNKNOWN' })
    await expect(samplePrecision(database.pool, 999_999)).rejects.toMatchObject({ code: 'SAMPLE_UNKNOWN' })
  })

  it('comes from labels too: the sound where one covers the segment, another sound where another does', async () => {
    const id = await draw()
    const drawn = await sampledSegments(database.pool, id)
    const [frog, rain, both] = drawn
    const add = (segment: typeof frog, label: string) =>
      database.pool.query(
        `insert into coro.label (recording_id, start_s, end_s, label, annotator) values ($1, $2, $3, $4, 'ana')`,
        [segment?.recordingId, (segment?.startS ?? 0) + 1, (segment?.startS ?? 0) + 1.5, label],
      )
    await add(frog, 'frog')
    await add(rain, 'rain')
    await add(both, 'frog')
    await add(both, 'rain')
    expect(await judgeByLabels(database.pool, id, ['frog'], ['rain'])).toBeGreaterThanOrEqual(3)
    const judged = new Map((await sampledSegments(database.pool, id)).map((row) => [row.segmentId, row]))
    expect([frog, rain, both].map((segment) => judged.get(segment?.segmentId ?? 0)?.judgement)).toEqual([
      true,
      false,
      true,
    ])
    expect(judged.get(frog?.segmentId ?? 0)?.judgedBy).toBe('ana')
  })
})
