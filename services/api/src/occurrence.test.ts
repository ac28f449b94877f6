import {
  addRecording,
  addSegments,
  addSource,
  randomNumbers,
  spaceDefinition,
} from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { siteIdOf } from '@coro/shared/database/sources'
import { ensureSpaces, type Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApi, type TestApi } from './api.fixture.js'
import { errorAnswer, searchAnswer } from './schemas.js'
import type { DetectionsAnswer } from './routes/detections.js'
import type { PrecisionAnswer, SampleAnswer } from './routes/samples.js'

const dimension = 16
const windows = 1200

let api: TestApi
let space: Space
/** One long recording at lagoa, all the more unlike its first segment the later, and a copy of its first at mata. */
let long: number[]
let other: number[]
let longRecording: number

beforeAll(async () => {
  api = await openTestApi()
  const { database } = api.platform
  space = (await ensureSpaces(database, [spaceDefinition({ model: 'net', dimension, active: true })]))[0] as Space
  const { id: sourceId } = await addSource(database)
  const [lagoa, mata] = [await siteIdOf(database.pool, 'lagoa'), await siteIdOf(database.pool, 'mata')]
  const [first, noise] = [randomNumbers(1, dimension), randomNumbers(2, dimension)]
  const sound = (i: number) => normaliseL2(first.map((x, j) => x + (i / windows) * 3 * (noise[j] ?? 0)))
  longRecording = await addRecording(database, sourceId, {
    key: 'long.wav',
    siteId: lagoa,
    startedAt: '2026-01-10T22:00:00Z',
  })
  long = await addSegments(database, longRecording, [space], windows)
  await saveEmbeddings(
    database,
    space,
    longRecording,
    long.map((segmentId, i) => ({ segmentId, embedding: sound(i) })),
    [],
  )
  const short = await addRecording(database, sourceId, {
    key: 'short.wav',
    siteId: mata,
    startedAt: '2026-01-11T03:00:00Z',
  })
  other = await addSegments(database, short, [space], 2)
  await saveEmbeddings(database, space, short, [{ segmentId: other[0] as number, embedding: sound(0) }], other.slice(1))
})
afterAll(() => api[Symbol.asyncDispose]())

const post = (path: string, body: unknown) =>
  api.app.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

async function answerOf<T>(response: Response | Promise<Response>): Promise<T> {
  const answer = await response
  expect(answer.status).toBe(200)
  return (await answer.json()) as T
}

async function failure(response: Response | Promise<Response>) {
  const answer = await response
  const { error } = errorAnswer.strict().parse(await answer.json())
  return { status: answer.status, code: error.code }
}

describe('matches', () => {
  it('come as lines, most similar first, and the last line says that they are all', async () => {
    const response = await post('/v1/matches', { segmentId: long[0], minSimilarity: -1 })
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.pop()).toMatchObject({ done: true, space: 'net/denoised', matches: windows + 1 })
    const result = searchAnswer.shape.results.element.strict()
    const matches = lines.map((line) => result.parse(line))
    expect(matches.map(({ similarity }) => similarity)).toEqual(matches.map((m) => m.similarity).sort((a, b) => b - a))
    expect(new Set(matches.map(({ segmentId }) => segmentId))).toEqual(new Set([...long, other[0]]))
  })

  it('are bounded by filters and a limit', async () => {
    const ask = async (more: object) =>
      (await (await post('/v1/matches', { segmentId: long[0], minSimilarity: 0.9, ...more })).text())
        .trimEnd()
        .split('\n').length - 1
    expect(await ask({ site: 'mata' })).toBe(1)
    expect(await ask({ limit: 7 })).toBe(7)
    expect(await ask({ otherRecordings: true })).toBe(1)
  })

  it('are given up when the reader goes, and leave nothing behind', async () => {
    const response = await post('/v1/matches', { segmentId: long[0], minSimilarity: -1 })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await reader.cancel()
    const { rows } = await api.platform.database.pool.query('select name from pg_cursors')
    expect(rows).toEqual([])
  })

  it.each([
    [{ segmentId: 999_999, minSimilarity: 0.5 }, 404, 'SEGMENT_UNKNOWN'],
    [{ minSimilarity: 0.5 }, 400, 'SEARCH_INVALID'],
    [{ vector: [1, 2], minSimilarity: 0.5 }, 400, 'VECTOR_DIMENSION'],
    [{ vector: [1, 2], minSimilarity: 3 }, 400, 'REQUEST_INVALID'],
    [{ vector: [1, 2], minSimilarity: 0.5, sight: 'lagoa' }, 400, 'REQUEST_INVALID'],
    [{ vector: Array(dimension).fill(1), minSimilarity: 0.5, site: 'nowhere' }, 404, 'SITE_UNKNOWN'],
  ])('of %j are refused by status: %i %s', async (body, status, code) => {
    expect(await failure(post('/v1/matches', body))).toEqual({ status, code })
  })
})

describe('detections', () => {
  it('are counted beside the hours that were recorded', async () => {
    const asked = { segmentId: long[0], threshold: 0.999, by: 'site,night,hour', empty: true }
    const answer = await answerOf<DetectionsAnswer>(post('/v1/detections', asked))
    const cells = answer.cells.map(({ site, night, hour, detections, recordedHours }) => [
      site,
      night,
      hour,
      detections > 0,
      Math.round(recordedHours * 3600),
    ])
    expect(cells).toEqual([
      ['lagoa', '2026-01-10', 22, true, 3600],
      ['lagoa', '2026-01-10', 23, false, 2400],
      ['mata', '2026-01-10', 3, true, 10],
    ])
    expect(answer.detections).toBe(answer.cells.reduce((sum, { detections }) => sum + detections, 0))
    const bySite = await answerOf<DetectionsAnswer>(post('/v1/detections', { ...asked, by: ['site'], site: 'mata' }))
    expect(bySite.cells).toMatchObject([{ site: 'mata', night: null, hour: null, detections: 1, perHour: 360 }])
    expect(await failure(post('/v1/detections', { ...asked, by: 'week' }))).toEqual({
      status: 400,
      code: 'REQUEST_INVALID',
    })
  })
})

describe('search by recording', () => {
  it('gives each recording once, by its best segment', async () => {
    const body = { segmentId: long[0], group: 'recording', minSimilarity: 0.999, perRecording: 2 }
    const answer = searchAnswer.strict().parse(await answerOf(post('/v1/search', body)))
    expect(answer).toMatchObject({ mode: 'exact', complete: true, k: 10 })
    expect(
      answer.results.map(({ segmentId, recording }) => [segmentId, recording?.windows, recording?.best.length]),
    ).toEqual([
      [long[0], windows, 2],
      [other[0], 1, 1],
    ])
    expect(answer.results[0]?.recording?.windowsAbove).toBeGreaterThan(1)
    const elsewhere = await answerOf<{ results: { key: string }[] }>(
      post('/v1/search', { ...body, otherRecordings: true }),
    )
    expect(elsewhere.results.map(({ key }) => key)).toEqual(['short.wav'])
    expect(await failure(post('/v1/search', { segmentId: long[0], minSimilarity: 0.5 }))).toMatchObject({
      code: 'SEARCH_INVALID',
    })
  })
})

describe('samples', () => {
  it('are drawn, listed, judged and answer with precision', async () => {
    const { sample, segments } = await answerOf<SampleAnswer>(
      post('/v1/samples', { segmentId: long[0], strata: 3, perStratum: 5, minSimilarity: 0, seed: 3 }),
    )
    expect(sample).toMatchObject({ subject: { segmentId: long[0] }, segments: 15, judged: 0 })
    expect(segments).toHaveLength(15)
    const path = `/v1/samples/${sample.sampleId}`
    const judgements = segments.map(({ segmentId, similarity }) => ({ segmentId, judgement: similarity > 0.85 }))
    expect(await answerOf(post(`${path}/judgements`, { judgements, by: 'ana' }))).toMatchObject({
      saved: 15,
      sample: { judged: 15 },
    })
    const { thresholds } = await answerOf<PrecisionAnswer>(api.app.request(`${path}/precision`))
    expect(thresholds).toHaveLength(3)
    expect(thresholds[0]).toMatchObject({ judged: 5, precision: 1 })
    expect(thresholds[2]?.segments).toBe(sample.population)
    expect(await answerOf(api.app.request(path))).toMatchObject({ sample: { judged: 15 } })
    expect(await answerOf(api.app.request('/v1/samples'))).toMatchObject({ samples: [{ sampleId: sample.sampleId }] })
    await api.platform.database.pool.query(`insert into coro.label (recording_id, label) values ($1, 'rain')`, [
      longRecording,
    ])
    const byLabel = await answerOf<{ saved: number }>(
      post(`${path}/judgements`, { labels: ['frog'], otherLabels: ['rain'] }),
    )
    expect(byLabel.saved).toBe(segments.filter(({ recordingId }) => recordingId === longRecording).length)
  })

  it.each([
    ['/v1/samples/999', undefined, 404, 'SAMPLE_UNKNOWN'],
    ['/v1/samples/999/precision', undefined, 404, 'SAMPLE_UNKNOWN'],
    ['/v1/samples/999/judgements', { judgements: [] }, 404, 'SAMPLE_UNKNOWN'],
    ['/v1/samples/1/judgements', { labels: [] }, 400, 'REQUEST_INVALID'],
    ['/v1/samples/1/judgements', { judgements: [{ segmentId: 999_999, judgement: true }] }, 400, 'JUDGEMENT_STRANGE'],
  ])('%s with %j answers %i %s', async (path, body, status, code) => {
    expect(await failure(body === undefined ? api.app.request(path) : post(path, body))).toEqual({ status, code })
  })
})

describe('a comparison', () => {
  it('of two sites tells how alike they are', async () => {
    const answer = await answerOf(
      post('/v1/compare', { a: { site: 'lagoa' }, b: { site: 'mata' }, k: 2, sampleSize: 50 }),
    )
    expect(answer).toMatchObject({ space: 'net/denoised', segmentsA: windows, segmentsB: 1, sampledA: 50, sampledB: 1 })
    expect((answer as { mutual: unknown[] }).mutual).toHaveLength(2)
    expect(await failure(post('/v1/compare', { a: { site: 'lagoa' }, b: { sight: 'mata' } }))).toMatchObject({
      code: 'REQUEST_INVALID',
    })
  })
})
