import {
  addRecording,
  addSegments,
  addSource,
  randomNumbers,
  spaceDefinition,
} from '@coro/shared/database/database.fixture'
import { buildIndex } from '@coro/shared/database/index-build'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { moveState } from '@coro/shared/database/recording-work'
import { siteIdOf } from '@coro/shared/database/sources'
import { ensureSpaces, type Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import type { Platform } from '@coro/shared/process/platform'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApi, type TestApi } from './api.fixture.js'
import { errorAnswer, recordingView, searchAnswer, segmentView, status } from './schemas.js'

const dimension = 16
const unit = (seed: number) => normaliseL2(randomNumbers(seed, dimension))

let api: TestApi
let platform: Platform
let app: Hono
let space: Space
/** Segments of the recording `lagoa.wav`: three with vectors, the fourth silent, the fifth not embedded yet. */
let segments: number[]
let recordingId: number
let otherSegments: number[]

beforeAll(async () => {
  api = await openTestApi()
  ;({ platform, app } = api)
  const { database } = platform
  const spaces = await ensureSpaces(database, [
    spaceDefinition({ model: 'net', variant: 'denoised', dimension, active: true }),
    spaceDefinition({ model: 'net', variant: 'raw', dimension }),
  ])
  space = spaces[0] as Space
  const { id: sourceId } = await addSource(database)
  const siteId = await siteIdOf(database.pool, 'lagoa')
  recordingId = await addRecording(database, sourceId, { key: 'lagoa.wav', siteId, startedAt: '2026-01-10T22:00:00Z' })
  segments = await addSegments(database, recordingId, spaces, 5)
  const vectors = segments.slice(0, 3).map((segmentId, i) => ({ segmentId, embedding: unit(i + 1) }))
  await saveEmbeddings(database, space, recordingId, vectors, segments.slice(3, 4))
  const other = await addRecording(database, sourceId, { key: 'other.wav' })
  otherSegments = await addSegments(database, other, spaces, 2)
  const copies = otherSegments.map((segmentId, i) => ({ segmentId, embedding: unit(i + 1) }))
  await saveEmbeddings(database, space, other, copies, [])
  const samples = Buffer.alloc(44 + 5 * 320_000, 0)
  samples.writeInt16LE(123, 44 + 320_000)
  await platform.store.put(preparedKey(`prepared/${recordingId}`, 'raw'), samples)
})
afterAll(async () => api[Symbol.asyncDispose]())

const get = (path: string) => app.request(path)
const post = (path: string, body: unknown, type = 'application/json') =>
  app.request(path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': type },
  })

/** The error of an answer, which must have the one shape that all have. */
async function failure(response: Response | Promise<Response>) {
  const answer = await response
  const { error } = errorAnswer.strict().parse(await answer.json())
  expect(answer.headers.get('x-request-id')).toBe(error.requestId)
  return { status: answer.status, code: error.code, message: error.message }
}

const ask = (body: unknown) => post('/v1/search', body)

async function search(body: unknown) {
  const response = await ask(body)
  expect(response.status).toBe(200)
  return searchAnswer.strict().parse(await response.json())
}

describe('search', () => {
  it('by a vector, of any length', async () => {
    const answer = await search({ vector: [...unit(1)].map((x) => x * 40), k: 2 })
    expect(answer).toMatchObject({
      mode: 'exact',
      space: 'net/denoised',
      k: 2,
      ef: null,
      candidates: 5,
      complete: true,
    })
    expect(answer.results.map(({ segmentId }) => segmentId)).toEqual([segments[0], otherSegments[0]])
    expect(answer.results[0]).toMatchObject({
      recordingId,
      key: 'lagoa.wav',
      site: 'lagoa',
      startedAt: '2026-01-10T22:00:00.000Z',
      startS: 0,
      endS: 5,
      queryStartS: null,
    })
    expect(answer.results[0]?.similarity).toBeCloseTo(1, 5)
  })

  it('by a segment, itself first, or in other recordings only', async () => {
    const self = otherSegments[0] as number
    expect((await search({ segmentId: self, k: 1 })).results[0]?.segmentId).toBe(self)
    const others = await search({ segmentId: self, otherRecordings: true })
    expect(others.results.map(({ segmentId }) => segmentId)[0]).toBe(segments[0])
    expect(others.candidates).toBe(3)
  })

  it('with filters', async () => {
    expect((await search({ vector: [...unit(1)], site: 'lagoa' })).candidates).toBe(3)
    const span = { from: '2026-01-10T22:00:05Z', to: '2026-01-10T22:00:10Z' }
    expect((await search({ vector: [...unit(1)], ...span })).results.map(({ segmentId }) => segmentId)).toEqual([
      segments[1],
    ])
  })

  it('with filters by time and sun, and says what they cannot judge', async () => {
    const vector = [...unit(1)]
    const place = (body: unknown) =>
      app.request('/v1/sites/lagoa', {
        method: 'PUT',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      })
    expect(await failure(ask({ vector, hours: '26-3' }))).toMatchObject({ status: 400, code: 'FILTER_INVALID' })
    expect(await failure(ask({ vector, site: 'nowhere' }))).toMatchObject({ status: 404, code: 'SITE_UNKNOWN' })
    // 22:00 UTC in January: 19:00 in Sao Paulo, a quarter of an hour after sunset at the lagoon.
    expect(await search({ vector, sun: 'dusk' })).toMatchObject({
      candidates: 0,
      leftOut: { withoutStart: 2, withoutCoordinates: 5 },
    })
    const placed = await place({ timeZone: 'America/Sao_Paulo', latitude: -22.4, longitude: -42.9 })
    expect(await placed.json()).toMatchObject({ name: 'lagoa', timeZone: 'America/Sao_Paulo', latitude: -22.4 })
    expect(await search({ vector, sun: 'dusk', hours: '18:30-19:30', months: '1' })).toMatchObject({
      candidates: 3,
      leftOut: { withoutStart: 2, withoutCoordinates: 0 },
    })
    expect(await search({ vector, hours: '20:00-18:59' })).toMatchObject({ candidates: 0 })
    expect((await search({ vector })).leftOut).toBeNull()
    expect(await failure(place({ latitude: 91 }))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
    expect(await failure(place({ timeZone: 'Mars/Olympus' }))).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
    const { sites } = (await (await get('/v1/sites')).json()) as { sites: { name: string; recordings: number }[] }
    expect(sites).toMatchObject([{ name: 'lagoa', recordings: 1 }])
  })

  it('with labels, imported as a file', async () => {
    const send = (body: string, query = '', type = 'text/csv') =>
      app.request(`/v1/labels?origin=heard.csv${query}`, { method: 'POST', body, headers: { 'content-type': type } })
    const csv = 'key,label,start_s,end_s\nlagoa.wav,frog,6,7\nother.wav,owl,,\n'
    expect(await (await send(csv)).json()).toEqual({ imported: 2, known: 0, skipped: 0, recordings: 2 })
    expect(await failure(send(`${csv}none.wav,frog,,\n`))).toMatchObject({
      status: 400,
      code: 'LABELS_INVALID',
      message: expect.stringContaining('line 4') as string,
    })
    expect(await failure(send(csv, '', 'text/plain'))).toMatchObject({ status: 415, code: 'CONTENT_TYPE' })
    const vector = [...unit(1)]
    expect((await search({ vector, label: 'frog' })).results.map(({ segmentId }) => segmentId)).toEqual([segments[1]])
    expect((await search({ vector, label: ['frog', 'owl'] })).candidates).toBe(3)
    expect(await (await get('/v1/labels/counts')).json()).toEqual({
      counts: [
        { label: 'frog', labels: 1, recordings: 1 },
        { label: 'owl', labels: 1, recordings: 1 },
      ],
    })
    const { labels } = (await (await get('/v1/labels?label=frog')).json()) as { labels: unknown[] }
    expect(labels).toMatchObject([{ key: 'lagoa.wav', startS: 6, endS: 7, label: 'frog', origin: 'heard.csv' }])
    const remove = (query: string) => app.request(`/v1/labels?${query}`, { method: 'DELETE' })
    expect(await failure(remove(''))).toMatchObject({ status: 400, code: 'LABELS_INVALID' })
    expect(await (await remove('origin=heard.csv')).json()).toEqual({ removed: 2 })
  })

  it('by a segment in its own recording, or in others', async () => {
    const self = segments[0]
    const same = await search({ segmentId: self, sameRecording: true })
    expect(same.results.every((result) => result.recordingId === recordingId)).toBe(true)
    expect(same.candidates).toBe(3)
    const both = ask({ segmentId: self, sameRecording: true, otherRecordings: true })
    expect(await failure(both)).toMatchObject({ status: 400, code: 'SEARCH_INVALID' })
    expect(await failure(ask({ segmentId: self, sitee: 'lagoa' }))).toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('without a segment that was deleted, from then on', async () => {
    const gone = otherSegments[1]
    const self = { vector: [...unit(2)], k: 100 }
    const found = async () => (await search(self)).results.map(({ segmentId }) => segmentId)
    expect(await found()).toContain(gone)
    const remove = (id: unknown) => app.request(`/v1/segments/${String(id)}?reason=voices`, { method: 'DELETE' })
    expect(await (await remove(gone)).json()).toEqual({ segmentId: gone, marked: true })
    expect(await (await remove(gone)).json()).toEqual({ segmentId: gone, marked: false })
    expect(await failure(remove(999_999))).toMatchObject({ status: 404, code: 'SEGMENT_UNKNOWN' })
    expect(await found()).not.toContain(gone)
    expect(await failure(ask({ segmentId: gone }))).toMatchObject({ status: 404, code: 'SEGMENT_UNKNOWN' })
    expect(await (await get('/v1/index/progress')).json()).toEqual({ progress: null, unswept: 1 })
    expect(await (await post('/v1/index/sweep', {})).json()).toEqual({ segments: 1, vectors: 1, reindexed: [] })
    expect(await found()).not.toContain(gone)
    expect(await (await post('/v1/index/sweep', {})).json()).toEqual({ segments: 0, vectors: 0, reindexed: [] })
  })

  it('by HNSW only where there is an index', async () => {
    expect(await failure(post('/v1/search', { vector: [...unit(1)], mode: 'hnsw' }))).toMatchObject({
      status: 409,
      code: 'INDEX_MISSING',
    })
    await buildIndex(platform.database, space)
    expect(await search({ vector: [...unit(1)], mode: 'hnsw', ef: 50 })).toMatchObject({
      mode: 'hnsw',
      ef: 50,
      complete: false,
    })
  })

  it.each([
    ['a silent segment', () => ({ segmentId: segments[3] }), 409, 'SEGMENT_SILENT'],
    ['a segment without a vector yet', () => ({ segmentId: segments[4] }), 409, 'SEGMENT_NOT_EMBEDDED'],
    ['an unknown segment', () => ({ segmentId: 999_999 }), 404, 'SEGMENT_UNKNOWN'],
    ['an unknown space', () => ({ segmentId: segments[0], space: 'perch' }), 404, 'SPACE_UNKNOWN'],
    ['a vector of another dimension', () => ({ vector: [1, 2] }), 400, 'VECTOR_DIMENSION'],
    ['a vector of zeros', () => ({ vector: Array(dimension).fill(0) as number[] }), 400, 'VECTOR_INVALID'],
    ['a number beyond float32', () => ({ vector: Array(dimension).fill(1e39) as number[] }), 400, 'VECTOR_INVALID'],
    ['nothing', () => ({}), 400, 'SEARCH_INVALID'],
    ['two things at once', () => ({ segmentId: segments[0], vector: [...unit(1)] }), 400, 'SEARCH_INVALID'],
    ['a vector in other recordings', () => ({ vector: [...unit(1)], otherRecordings: true }), 400, 'SEARCH_INVALID'],
  ])('by %s is refused with a code', async (_, body, status, code) => {
    expect(await failure(post('/v1/search', body()))).toMatchObject({ status, code })
  })

  it.each([
    ['k', { k: 0 }],
    ['k', { k: 1.5 }],
    ['mode', { mode: 'fast' }],
    ['ef', { ef: 5000 }],
    ['variant', { variant: 'loud' }],
    ['vector', { vector: [] }],
    ['vector.1', { vector: [1, 'x'] }],
    ['segmentId', { segmentId: -1 }],
    ['from', { from: 'yesterday' }],
    ['from', { from: '2026-02-30' }],
    ['to', { to: '2026-01-10T25:00' }],
    ['to', { to: '2026-13-01T00:00:00Z' }],
    ['from', { from: '2026-01-10T00:00+99:00' }],
  ])('names the field that is wrong: %s of %j', async (field, body) => {
    const { status, code, message } = await failure(post('/v1/search', { vector: [...unit(1)], ...body }))
    expect({ status, code }).toEqual({ status: 400, code: 'REQUEST_INVALID' })
    expect(message.startsWith(`${field}: `), message).toBe(true)
  })

  it.each([
    ['what is not JSON', '{"vector": [', 'application/json', 400, 'REQUEST_INVALID'],
    ['another content type', 'x', 'text/plain', 415, 'CONTENT_TYPE'],
    ['multipart without its boundary', 'x', 'multipart/form-data', 400, 'SEARCH_INVALID'],
    ['multipart that is none', 'x', 'multipart/form-data; boundary=b', 400, 'SEARCH_INVALID'],
  ])('refuses %s', async (_, body, type, status, code) => {
    expect(await failure(post('/v1/search', body, type))).toMatchObject({ status, code })
  })

  it('refuses a form whose audio is no file', async () => {
    const form = new FormData()
    form.set('audio', 'frog')
    const response = app.request('/v1/search', { method: 'POST', body: form })
    expect(await failure(response)).toMatchObject({ status: 400, code: 'SEARCH_INVALID' })
  })
})

describe('recordings and segments', () => {
  it('are listed by pages and shown one by one, with the ledger', async () => {
    const response = await get('/v1/recordings?limit=1')
    const page = (await response.json()) as { recordings: unknown[]; next: number }
    expect(recordingView.strict().parse(page.recordings[0])).toMatchObject({
      recordingId,
      state: 'embedding',
      segments: 5,
    })
    expect(page.next).toBe(recordingId)
    const rest = (await (await get(`/v1/recordings?after=${recordingId}`)).json()) as {
      recordings: unknown[]
      next: null
    }
    expect(rest).toMatchObject({ recordings: [{ key: 'other.wav' }], next: null })
    expect(await (await get(`/v1/recordings/${recordingId}`)).json()).toMatchObject({
      key: 'lagoa.wav',
      ledger: [{ stage: 'watch', outcome: 'found' }],
    })
    expect(await (await get('/v1/recordings?state=quarantined,failed')).json()).toEqual({ recordings: [], next: null })
  })

  it('say what a segment has in each space', async () => {
    const shown = await (await get(`/v1/segments/${segments[3]}`)).json()
    expect(segmentView.strict().parse(shown)).toMatchObject({
      segmentId: segments[3],
      startedAt: '2026-01-10T22:00:15.000Z',
      spaces: { 'net/denoised': 'silent', 'net/raw': 'open' },
    })
  })

  it('give a segment’s own samples as a WAV file', async () => {
    const response = await get(`/v1/segments/${segments[1]}/audio`)
    expect(response.headers.get('content-type')).toBe('audio/wav')
    const wav = Buffer.from(await response.arrayBuffer())
    expect(wav.length).toBe(44 + 320_000)
    expect(wav.toString('latin1', 0, 4)).toBe('RIFF')
    expect([wav.readUInt32LE(4), wav.readUInt32LE(24), wav.readUInt32LE(40)]).toEqual([320_036, 32_000, 320_000])
    expect(wav.readInt16LE(44)).toBe(123)
  })

  describe('have a spectrogram', () => {
    const path = () => `/v1/segments/${segments[1]}/spectrogram`

    it('as a PNG of the size asked for, which a browser keeps', async () => {
      const response = await get(`${path()}?width=300&height=100&scale=linear&palette=magma`)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('image/png')
      expect(response.headers.get('cache-control')).toMatch(/max-age=\d+/)
      const png = Buffer.from(await response.arrayBuffer())
      expect(response.headers.get('content-length')).toBe(String(png.length))
      expect(png.subarray(0, 4)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47]))
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([300, 100])
    })

    it('with a tag that changes with the picture, and answers 304 to it', async () => {
      const tagOf = async (query: string, id = segments[1]) =>
        (await get(`/v1/segments/${id}/spectrogram?${query}`)).headers.get('etag') ?? ''
      const tag = await tagOf('')
      expect(tag).toMatch(/^"[\w-]+"$/)
      expect(await tagOf('width=400')).toBe(tag)
      expect(new Set([tag, await tagOf('width=401'), await tagOf('maxDb=0'), await tagOf('', segments[2])]).size).toBe(
        4,
      )
      const again = (sent: string) => app.request(path(), { headers: { 'if-none-match': sent } })
      const same = await again(`"other", W/${tag}`)
      expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', tag])
      expect((await again('"other"')).status).toBe(200)
    })

    it('that is even where the segment is silent', async () => {
      const [one, other] = await Promise.all(
        [segments[2], segments[3]].map(async (id) => {
          const response = await get(`/v1/segments/${id}/spectrogram`)
          return Buffer.from(await response.arrayBuffer())
        }),
      )
      expect(one).toEqual(other)
      expect(one?.length).toBeLessThan(1500)
    })

    it.each([
      ['width=0', 'REQUEST_INVALID', /width/],
      ['height=1001', 'REQUEST_INVALID', /height/],
      ['maxHz=16001', 'REQUEST_INVALID', /maxHz/],
      ['rangeDb=loud', 'REQUEST_INVALID', /rangeDb/],
      ['palette=jet', 'REQUEST_INVALID', /palette.*viridis/],
      ['scale=bark', 'REQUEST_INVALID', /scale/],
      ['variant=loud', 'REQUEST_INVALID', /variant/],
      ['minHz=5000&maxHz=5000', 'SPECTROGRAM_INVALID', /no band/],
    ])('not with %s', async (query, code, message) => {
      expect(await failure(get(`${path()}?${query}`))).toMatchObject({
        status: 400,
        code,
        message: expect.stringMatching(message) as string,
      })
    })
  })

  it.each([
    ['/v1/segments/999999/spectrogram', 404, 'SEGMENT_UNKNOWN'],
    ['/v1/recordings/999999', 404, 'RECORDING_UNKNOWN'],
    ['/v1/segments/999999', 404, 'SEGMENT_UNKNOWN'],
    ['/v1/segments/999999/audio', 404, 'SEGMENT_UNKNOWN'],
    ['/v1/recordings/frog', 400, 'REQUEST_INVALID'],
    ['/v1/segments/1.5', 400, 'REQUEST_INVALID'],
    ['/v1/segments/99999999999999999999', 400, 'REQUEST_INVALID'],
    ['/v1/recordings?state=lost', 400, 'REQUEST_INVALID'],
    ['/v1/recordings?limit=0', 400, 'REQUEST_INVALID'],
    ['/v1/nothing', 404, 'NOT_FOUND'],
  ])('%s answers %i %s', async (path, status, code) => {
    expect(await failure(get(path))).toMatchObject({ status, code })
  })
})

describe('operation', () => {
  it('counts everything', async () => {
    const answer = status.strict().parse(await (await get('/v1/status')).json())
    expect(answer).toMatchObject({
      recordings: { embedding: 2, searchable: 0 },
      segments: 7,
      embeddings: { 'net/denoised': 5, 'net/raw': 0 },
      silent: { 'net/denoised': 1 },
      queues: { prepare: { waiting: 0, active: 0, delayed: 0, failed: 0 } },
      activeSpace: 'net/denoised',
    })
  })

  it('takes quarantined recordings up again, and enqueues them', async () => {
    const { id: sourceId } = await addSource(platform.database)
    const id = await addRecording(platform.database, sourceId)
    await moveState(platform.database.pool, id, ['discovered'], 'quarantined', { code: 'AUDIO_X', message: 'no' })
    const list = (await (await get('/v1/quarantine')).json()) as { recordings: unknown[] }
    expect(list.recordings).toMatchObject([{ recordingId: id, reason: { code: 'AUDIO_X', message: 'no' } }])
    expect(await (await post('/v1/quarantine/retry', { code: 'OTHER' })).json()).toMatchObject({ retried: [] })
    expect(await (await post('/v1/quarantine/retry', { recordingId: id })).json()).toMatchObject({ retried: [id] })
    expect(await platform.queues.prepare.counts()).toMatchObject({ waiting: 1 })
  })

  it('takes no command from another site’s form', async () => {
    const response = post('/v1/quarantine/retry', '{}', 'text/plain')
    expect(await failure(response)).toMatchObject({ status: 400, code: 'REQUEST_INVALID' })
  })

  it('is alive, ready, and measured', async () => {
    expect((await get('/healthz')).status).toBe(200)
    const ready = await get('/readyz')
    expect(await ready.json()).toMatchObject({ ready: true })
    const metrics = await (await get('/metrics')).text()
    expect(metrics).toMatch(/coro_recordings\{state="embedding"\} 2/)
  })

  it('keeps a caller’s request id', async () => {
    const response = await app.request('/v1/nothing', { headers: { 'x-request-id': 'mine' } })
    expect(response.headers.get('x-request-id')).toBe('mine')
  })
})
