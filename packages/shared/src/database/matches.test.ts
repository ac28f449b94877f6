import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase } from './database.fixture.js'
import { countDetections, detectionCells, type DetectionCell } from './detections.js'
import { buildIndex } from './index-build.js'
import { matches, type MatchRequest } from './matches.js'
import { nearestRecordings } from './nearest-recordings.js'
import { addOccurrences, cosine, localOf, soundOf, type KnownSegment } from './occurrence.fixture.js'
import type { Space } from './spaces.js'

let database: Database
let space: Space
let segments: KnownSegment[]
beforeAll(async () => {
  database = await openTestDatabase()
  ;({ space, segments } = await addOccurrences(database))
})
afterAll(() => database[Symbol.asyncDispose]())

async function all(request: Partial<MatchRequest>) {
  const found = []
  const whole = { queries: [soundOf(1, 1, 0)], minSimilarity: 0.5, filter: {}, ...request }
  for await (const batch of matches(database, space, whole)) found.push(...batch)
  return found
}

/** What comparing them all in JavaScript finds, the most similar first. */
const bruteForce = (
  queries: Float32Array[],
  minSimilarity: number,
  passes: (segment: KnownSegment) => boolean = () => true,
) =>
  segments
    .filter(passes)
    .flatMap(({ id, embedding }) => {
      if (!embedding) return []
      const scores = queries.map((query) => cosine(query, embedding))
      const similarity = Math.max(...scores)
      return [{ segmentId: id, similarity, query: scores.indexOf(similarity) }]
    })
    .filter(({ similarity }) => similarity >= minSimilarity)
    .sort((a, b) => b.similarity - a.similarity)

const ids = (rows: { segmentId: number }[]) => rows.map(({ segmentId }) => segmentId)

describe('all matches above a threshold', () => {
  it.each([-1, 0.3, 0.8, 0.99])('are those that comparing them all finds: %f', async (minSimilarity) => {
    for (const kind of [0, 2, 4]) {
      const queries = [soundOf(kind, 77, 0.3)]
      const found = await all({ queries, minSimilarity })
      const expected = bruteForce(queries, minSimilarity)
      expect(ids(found)).toEqual(ids(expected))
      for (const [i, { similarity }] of found.entries()) expect(similarity).toBeCloseTo(expected[i]?.similarity ?? 9, 5)
    }
  })

  it('of several vectors are those of any, and say of which', async () => {
    const queries = [soundOf(0, 1, 0), soundOf(3, 1, 0), soundOf(4, 1, 0)]
    const found = await all({ queries, minSimilarity: 0.7 })
    const expected = bruteForce(queries, 0.7)
    expect(found.map(({ segmentId, query }) => [segmentId, query])).toEqual(
      expected.map(({ segmentId, query }) => [segmentId, query]),
    )
    expect(new Set(found.map(({ query }) => query)).size).toBe(3)
  })

  it('respect filters and a limit', async () => {
    const queries = [soundOf(1, 5, 0.2)]
    const atNight = (segment: KnownSegment) => {
      const hour = localOf(segment)?.getUTCHours()
      return segment.site === 'mata' && hour !== undefined && (hour >= 18 || hour < 6)
    }
    const filter = { site: 'mata', hours: '18:00-06:00' }
    const expected = bruteForce(queries, -1, atNight)
    expect(expected.length).toBeGreaterThan(10)
    expect(ids(await all({ queries, minSimilarity: -1, filter }))).toEqual(ids(expected))
    expect(ids(await all({ queries, minSimilarity: -1, filter, limit: 7 }))).toEqual(ids(expected.slice(0, 7)))
  })

  it('refuse what cannot be compared, before anything is found', async () => {
    await expect(all({ queries: [new Float32Array(3).fill(1)] })).rejects.toMatchObject({ code: 'VECTOR_DIMENSION' })
    await expect(all({ filter: { site: 'nowhere' } })).rejects.toMatchObject({
      code: 'SITE_UNKNOWN',
      disposition: 'reject',
    })
    await expect(all({ minSimilarity: 2 })).rejects.toMatchObject({ code: 'SEARCH_INVALID' })
  })

  it('leave nothing behind, read to the end or not, and let others work meanwhile', async () => {
    const reading = matches(database, space, { queries: [soundOf(1, 1, 0)], minSimilarity: -1, filter: {} })
    expect((await reading.next()).done).toBe(false)
    expect((await database.pool.query('select name from pg_cursors')).rows).toHaveLength(1)
    await reading.return(undefined)
    expect((await database.pool.query('select name from pg_cursors')).rows).toEqual([])
  })

  it('are a function in SQL', async () => {
    const of = segments.find(({ embedding }) => embedding) as KnownSegment
    const { rows } = await database.pool.query<{ segment_id: number; rank: number }>(
      'select * from coro.matches($1, 0.6, site => $2)',
      [of.id, of.site ?? 'lagoa'],
    )
    const expected = bruteForce([of.embedding as Float32Array], 0.6, ({ site }) => site === (of.site ?? 'lagoa'))
    expect(rows.map((row) => row.segment_id)).toEqual(ids(expected))
    const text = `[${[...(of.embedding as Float32Array)].map((x) => x * 3).join(',')}]`
    const same = await database.pool.query<{ segment_id: number }>('select * from coro.matches_to($1, 0.6, 5)', [text])
    expect(same.rows.map((row) => row.segment_id)).toEqual(
      ids(bruteForce([of.embedding as Float32Array], 0.6).slice(0, 5)),
    )
  })
})

describe('detections', () => {
  /** Cells of site, night and hour with what was found and heard in each. */
  function expectedCells(queries: Float32Array[], threshold: number, by: DetectionCell[]) {
    const cells = new Map<string, { detections: number; seconds: number; recordings: Set<number> }>()
    const listened = new Map<number, number>()
    for (const segment of segments) {
      const local = localOf(segment)
      const night = local && new Date(local.getTime() - 12 * 3_600_000).toISOString().slice(0, 10)
      const name = JSON.stringify([
        by.includes('site') ? segment.site : null,
        by.includes('night') ? night : null,
        by.includes('hour') ? (local?.getUTCHours() ?? null) : null,
      ])
      const cell = cells.get(name) ?? { detections: 0, seconds: 0, recordings: new Set() }
      cells.set(name, cell)
      const before = listened.get(segment.recordingId) ?? segment.startS
      cell.seconds += segment.endS - Math.max(segment.startS, before)
      listened.set(segment.recordingId, segment.endS)
      const { embedding } = segment
      if (embedding && queries.some((query) => cosine(query, embedding) >= threshold)) {
        cell.detections++
        cell.recordings.add(segment.recordingId)
      }
    }
    return cells
  }

  it.each([[[...detectionCells]], [['night']], [['site', 'hour']], [[]]] as [DetectionCell[]][])(
    'by %j are counted beside the time listened to, as counting them in JavaScript does',
    async (by) => {
      for (const queries of [[soundOf(1, 3, 0.2)], [soundOf(0, 3, 0.2), soundOf(4, 1, 0)]]) {
        const threshold = 0.75
        const expected = expectedCells(queries, threshold, by)
        const found = await countDetections(database.pool, space, { queries, threshold, by, empty: true, filter: {} })
        expect(found).toHaveLength(expected.size)
        for (const row of found) {
          const cell = expected.get(JSON.stringify([row.site, row.night, row.hour]))
          expect(row).toMatchObject({ detections: cell?.detections, recordings: cell?.recordings.size })
          expect(row.recordedHours * 3600).toBeCloseTo(cell?.seconds ?? -1, 6)
          expect(row.perHour).toBeCloseTo(((cell?.detections ?? 0) * 3600) / (cell?.seconds ?? 1), 6)
        }
        const heard = await countDetections(database.pool, space, { queries, threshold, by, empty: false, filter: {} })
        expect(heard).toEqual(found.filter(({ detections }) => detections > 0))
      }
    },
  )

  it('respect filters, and refuse what there is not', async () => {
    const request = { queries: [soundOf(1, 3, 0.2)], threshold: 0.5, by: ['site' as const], empty: true }
    const rows = await countDetections(database.pool, space, { ...request, filter: { site: 'lagoa' } })
    expect(rows.map(({ site }) => site)).toEqual(['lagoa'])
    const wrong = countDetections(database.pool, space, { ...request, by: ['week' as 'night'], filter: {} })
    await expect(wrong).rejects.toMatchObject({ code: 'SEARCH_INVALID', disposition: 'reject' })
  })

  it('are a function in SQL', async () => {
    const of = segments.find(({ embedding }) => embedding) as KnownSegment
    const { rows } = await database.pool.query(
      `select * from coro.detections($1, 0.75, by => '{night}', empty => true)`,
      [of.id],
    )
    expect(rows).toHaveLength(expectedCells([of.embedding as Float32Array], 0.75, ['night']).size)
  })
})

describe('search by recording', () => {
  /** Recordings by their best segment. */
  function expectedRecordings(queries: Float32Array[], minSimilarity: number | null) {
    const byRecording = new Map<number, { segmentId: number; similarity: number; query: number }[]>()
    const recordingOf = new Map(segments.map(({ id, recordingId }) => [id, recordingId]))
    for (const match of bruteForce(queries, -1)) {
      const recordingId = recordingOf.get(match.segmentId) as number
      byRecording.set(recordingId, [...(byRecording.get(recordingId) ?? []), match])
    }
    return [...byRecording]
      .map(([recordingId, windows]) => ({
        recordingId,
        windows: windows.length,
        windowsAbove:
          minSimilarity === null ? null : windows.filter(({ similarity }) => similarity >= minSimilarity).length,
        best: windows,
      }))
      .filter(({ windowsAbove }) => windowsAbove !== 0)
  }
  const shape = (
    rows: { recordingId: number; windows: number; windowsAbove: number | null; best: { segmentId: number }[] }[],
    n: number,
  ) => rows.map(({ best, ...row }) => ({ ...row, best: ids(best).slice(0, n) }))
  const request = { k: 8, mode: 'auto' as const, filter: {}, perRecording: 3 }

  it('finds the recordings of the best segments, with their best', async () => {
    for (const queries of [[soundOf(2, 9, 0.3)], [soundOf(0, 1, 0.1), soundOf(4, 1, 0.1)]]) {
      const answer = await nearestRecordings(database.pool, space, { ...request, queries })
      expect(answer).toMatchObject({ mode: 'exact', ef: null, complete: true, candidatesExact: true })
      expect(answer.candidates).toBe(segments.filter(({ embedding }) => embedding).length)
      expect(shape(answer.recordings, 3)).toEqual(shape(expectedRecordings(queries, null).slice(0, 8), 3))
    }
  })

  it('counts segments above a similarity, and leaves recordings without one out', async () => {
    const queries = [soundOf(2, 9, 0.3)]
    const answer = await nearestRecordings(database.pool, space, { ...request, k: 1000, queries, minSimilarity: 0.9 })
    const expected = expectedRecordings(queries, 0.9)
    expect(expected.length).toBeGreaterThan(3)
    expect(shape(answer.recordings, 1)).toEqual(
      shape(expected, 1).map((row, i) => ({ ...row, best: shape(answer.recordings, 1)[i]?.best })),
    )
    expect(answer.recordings.map(({ best }) => best[0]?.segmentId)).toEqual(
      expected.map(({ best }) => best[0]?.segmentId),
    )
  })

  it('by the index says so, never claims to be complete unless everything was compared, and shows exact figures', async () => {
    await buildIndex(database, space)
    const queries = [soundOf(2, 9, 0.3)]
    const answer = await nearestRecordings(database.pool, space, { ...request, mode: 'hnsw', ef: 400, queries })
    expect(answer).toMatchObject({ mode: 'hnsw', complete: false })
    expect(shape(answer.recordings, 3)).toEqual(shape(expectedRecordings(queries, null).slice(0, 8), 3))
    const everything = await nearestRecordings(database.pool, space, { ...request, k: 1000, mode: 'hnsw', queries })
    expect(everything).toMatchObject({ mode: 'exact', complete: true })
    expect(shape(everything.recordings, 1)).toEqual(shape(expectedRecordings(queries, null), 1))
  })

  it('puts the searched segment’s recording first among equals, and is a function in SQL', async () => {
    const of = segments.findLast(({ embedding }) => embedding) as KnownSegment
    const { rows } = await database.pool.query<{ segment_id: number; rank: number }>(
      'select * from coro.similar_recordings($1, 5, min_similarity => 0.2)',
      [of.id],
    )
    expect(rows[0]).toMatchObject({ rank: 1, segment_id: of.id, recording_id: of.recordingId })
    const others = await database.pool.query<{ recording_id: number }>(
      'select * from coro.similar_recordings($1, 100, other_recordings => true)',
      [of.id],
    )
    expect(others.rows.map((row) => row.recording_id)).not.toContain(of.recordingId)
  })
})
