import { addSegments, addSource, randomNumbers, spaceDefinition } from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { saveFacts } from '@coro/shared/database/recording-work'
import { insertRecording } from '@coro/shared/database/recordings'
import { recorderIdOf, siteIdOf, type SourceRow } from '@coro/shared/database/sources'
import { ensureSpaces, type Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import type { Platform } from '@coro/shared/process/platform'
import type { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { openTestApi, type TestApi } from '../api.fixture.js'
import { correctionView, retimeAnswer } from '../routes/clock-corrections.js'
import { recordingView } from '../schemas.js'

let api: TestApi
let platform: Platform
let app: Hono
let space: Space

beforeAll(async () => {
  api = await openTestApi()
  ;({ platform, app } = api)
  const spaces = await ensureSpaces(platform.database, [spaceDefinition({ dimension: 8, active: true })])
  space = spaces[0] as Space
})
afterAll(async () => api[Symbol.asyncDispose]())

/** Each test has a source, a site and a recorder of its own, with a recording at 06:00 local time on four days. */
let source: SourceRow
let site: string
let recorder: string
let recordings: number[]
let tests = 0
beforeEach(async () => {
  tests += 1
  site = `site-${tests}`
  recorder = `recorder-${tests}`
  source = await addSource(platform.database, { name: `cards-${tests}` })
  recordings = []
  for (const day of ['01', '02', '11', '12'])
    recordings.push(await add(`A1/${day}.wav`, `2026-01-${day}T06:00:00`, null))
})

/** A recording that was taken in without a zone: its local time was read as UTC. */
async function add(key: string, local: string, utcOffsetMin: number | null): Promise<number> {
  const { pool } = platform.database
  const object = { key, version: 'v1', sizeBytes: 1000, modifiedAt: new Date('2026-02-01T00:00:00Z') }
  const place = {
    deploymentId: null,
    siteId: await siteIdOf(pool, site),
    recorderId: await recorderIdOf(pool, recorder),
  }
  const id = (await insertRecording(pool, source.id, object, place)) as number
  const startedAt = new Date(Date.parse(`${local}Z`) - (utcOffsetMin ?? 0) * 60_000)
  await saveFacts(pool, id, {
    format: 'wav',
    codec: 'pcm_s16le',
    sampleRateHz: 48_000,
    channels: 1,
    bitsPerSample: 16,
    durationS: 60,
    startedAt,
    utcOffsetMin,
    timeSource: 'filename',
    timeConfidence: utcOffsetMin === null ? 0.24 : 0.85,
    recorderId: null,
    metadata: { claims: [{ source: 'filename', local, utcOffsetMin, confidence: 0.6 }], device: {} },
    warnings: [],
  })
  return id
}

type Answer = z.output<typeof retimeAnswer>
const json = { 'content-type': 'application/json' }

async function retime(body: object): Promise<Answer> {
  const response = await app.request('/v1/clock-corrections', {
    method: 'POST',
    headers: json,
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return retimeAnswer.parse(answer)
}

async function undo(id: number | undefined, query = ''): Promise<Answer> {
  const response = await app.request(`/v1/clock-corrections/${id}${query}`, { method: 'DELETE' })
  expect(response.status).toBe(200)
  return retimeAnswer.parse(await response.json())
}

async function shown() {
  const response = await app.request(`/v1/recordings?site=${site}`)
  const { recordings } = (await response.json()) as { recordings: unknown[] }
  return recordings.map((recording) => recordingView.parse(recording))
}

const starts = async () => (await shown()).map(({ startedAt }) => startedAt?.slice(5, 19))
const asClaimed = ['01-01T06:00:00', '01-02T06:00:00', '01-11T06:00:00', '01-12T06:00:00']

describe('an offset', () => {
  it('is added to the recordings it names, and to no others', async () => {
    const answer = await retime({ source: source.url, prefix: 'A1/', offsetS: 3600, note: 'summer time', by: 'Ana' })
    expect(answer).toMatchObject({ made: true, recordings: 4, changed: 4, leastS: 3600, mostS: 3600, replaced: [] })
    expect(answer.examples[0]).toEqual({
      recordingId: recordings[0],
      key: 'A1/01.wav',
      before: '2026-01-01T06:00:00.000Z',
      after: '2026-01-01T07:00:00.000Z',
    })
    expect(answer.correction).toMatchObject({
      source: source.url,
      prefix: 'A1/',
      offsetS: 3600,
      by: 'Ana',
      recordings: 4,
    })
    expect((await shown())[0]).toMatchObject({
      startedAt: '2026-01-01T07:00:00.000Z',
      claimedAt: '2026-01-01T06:00:00.000Z',
      utcOffset: null,
    })
    const elsewhere = await retime({ source: source.url, prefix: 'A2/', offsetS: 3600 })
    expect(elsewhere).toMatchObject({ recordings: 0, changed: 0 })
  })

  it('is never added twice', async () => {
    const body = { site, offsetS: 3600 }
    const first = await retime(body)
    const again = await retime({ ...body, note: 'once more' })
    expect(again).toMatchObject({ made: false, changed: 0 })
    expect(again.correction?.id).toBe(first.correction?.id)
    expect((await starts())[0]).toBe('01-01T07:00:00')
  })

  it('counts from the claim: a later one takes its place, and undoing that brings it back', async () => {
    const first = await retime({ site, offsetS: 3600 })
    const second = await retime({ recorder, from: '2026-01-10T00:00:00Z', offsetS: -60 })
    expect(second.replaced).toEqual([first.correction?.id])
    expect(await starts()).toEqual(['01-01T07:00:00', '01-02T07:00:00', '01-11T05:59:00', '01-12T05:59:00'])
    await undo(second.correction?.id)
    expect(await starts()).toEqual(['01-01T07:00:00', '01-02T07:00:00', '01-11T07:00:00', '01-12T07:00:00'])
    await undo(first.correction?.id)
    expect(await starts()).toEqual(asClaimed)
    expect((await shown()).map(({ claimedAt }) => claimedAt)).toEqual([null, null, null, null])
  })

  it('changes nothing in a dry run', async () => {
    const answer = await retime({ site, offsetS: 3600, dryRun: true })
    expect(answer).toMatchObject({ correction: null, made: false, changed: 4 })
    expect(await starts()).toEqual(asClaimed)
    const { correction } = await retime({ site, offsetS: 60 })
    expect(await undo(correction?.id, '?dryRun=true')).toMatchObject({ made: false, changed: 4, mostS: -60 })
    expect((await starts())[0]).toBe('01-01T06:01:00')
  })

  it('touches no segment and no vector, and searches by time follow at once', async () => {
    const { pool } = platform.database
    const segments = await addSegments(platform.database, recordings[0] as number, [space], 2)
    const embeddings = segments.map((segmentId, i) => ({ segmentId, embedding: normaliseL2(randomNumbers(i + 1, 8)) }))
    await saveEmbeddings(platform.database, space, recordings[0] as number, embeddings, [])
    const rows = async () => {
      const vectors = await pool.query(`select segment_id, xmin::text, ctid::text from coro.embedding_${space.id}`)
      const windows = await pool.query('select id, xmin::text, ctid::text from coro.segment')
      const accounts = await pool.query('select recording_id, xmin::text, done_at from coro.recording_space')
      return [vectors.rows, windows.rows, accounts.rows]
    }
    const search = async (from: string) => {
      const body = JSON.stringify({ vector: [...randomNumbers(1, 8)], site, from, to: '2026-01-01T06:30:00Z' })
      const response = await app.request('/v1/search', { method: 'POST', headers: json, body })
      return ((await response.json()) as { results: { startedAt: string }[] }).results
    }
    const before = await rows()
    expect(await search('2026-01-01T06:00:00Z')).toHaveLength(2)
    const { correction } = await retime({ site, offsetS: -3600 })
    expect(await search('2026-01-01T06:00:00Z')).toEqual([])
    const found = await search('2026-01-01T05:00:00Z')
    expect(found.map(({ startedAt }) => startedAt).sort()).toEqual([
      '2026-01-01T05:00:00.000Z',
      '2026-01-01T05:00:05.000Z',
    ])
    await undo(correction?.id)
    expect(await rows()).toEqual(before)
  })
})

describe('a drift', () => {
  it('grows by the day since the clock was right, and corrects nothing before', async () => {
    const answer = await retime({ site, driftSPerDay: 2, since: '2026-01-02T00:00:00Z' })
    expect(answer).toMatchObject({ recordings: 3, changed: 3, leastS: 0.5, mostS: 20.5 })
    expect(await starts()).toEqual(['01-01T06:00:00', '01-02T06:00:00', '01-11T06:00:18', '01-12T06:00:20'])
  })

  it('follows from two references, between and beyond them', async () => {
    const answer = await retime({
      recorder,
      references: [
        { clock: '2026-01-01T06:00:00Z', true: '2026-01-01T03:00:10-03:00' },
        { clock: '2026-01-11T06:00:00Z', true: '2026-01-11T06:00:30Z' },
      ],
    })
    expect(answer.correction).toMatchObject({ offsetS: 10, driftSPerDay: 2, reference: '2026-01-01T06:00:00.000Z' })
    expect(await starts()).toEqual(['01-01T06:00:10', '01-02T06:00:12', '01-11T06:00:30', '01-12T06:00:32'])
  })

  it('is none with one reference', async () => {
    const references = [{ clock: '2026-01-05T12:00:00Z', true: '2026-01-05T13:00:04Z' }]
    expect(await retime({ site, references })).toMatchObject({ leastS: 3604, mostS: 3604 })
  })
})

describe('a time zone', () => {
  it('is read again from the local times, with summer time, and the clock is corrected on top of it', async () => {
    const clock = await retime({ site, offsetS: 5 })
    const stated = await add('A1/13.wav', '2026-01-13T06:00:00', 60)
    await add('A1/summer.wav', '2026-07-01T06:00:00', null)
    const { correction } = await retime({ site, timeZone: 'Europe/Berlin' })
    expect(await starts()).toEqual([
      '01-01T05:00:05',
      '01-02T05:00:05',
      '01-11T05:00:05',
      '01-12T05:00:05',
      '01-13T05:00:05',
      '07-01T04:00:05',
    ])
    const all = await shown()
    expect(all[0]).toMatchObject({ utcOffset: '+01:00', claimedAt: '2026-01-01T06:00:00.000Z' })
    expect(all.find(({ recordingId }) => recordingId === stated)?.startedAt).toBe('2026-01-13T05:00:05.000Z')
    await undo(clock.correction?.id)
    await undo(correction?.id)
    const back = await shown()
    expect(back[0]).toMatchObject({ startedAt: '2026-01-01T06:00:00.000Z', utcOffset: null, claimedAt: null })
  })
})

describe('the list', () => {
  it('keeps what was undone, with who and when', async () => {
    const { correction } = await retime({ site, offsetS: 60, note: 'GPS', by: 'Ana' })
    await undo(correction?.id, '?by=Rui')
    expect(await undo(correction?.id)).toMatchObject({ made: false, changed: 0 })
    const list = async (query: string) => {
      const answer = (await (await app.request(`/v1/clock-corrections${query}`)).json()) as { corrections: unknown[] }
      return answer.corrections.map((one) => correctionView.parse(one)).filter((one) => one.id === correction?.id)
    }
    expect(await list('')).toEqual([])
    expect(await list('?undone=true')).toEqual([
      expect.objectContaining({
        site,
        note: 'GPS',
        by: 'Ana',
        undoneBy: 'Rui',
        undoneAt: expect.any(String),
        recordings: 0,
      }),
    ])
  })
})

describe('a request that is not clear', () => {
  const instant = '2026-01-01T00:00:00Z'
  const same = { clock: instant, true: instant }
  it.each([
    ['no recordings named', { offsetS: 1 }, 'RETIME_INVALID'],
    ['nothing to correct', { recorder: 'r' }, 'RETIME_INVALID'],
    ['a zone and an offset', { recorder: 'r', timeZone: 'Europe/Berlin', offsetS: 1 }, 'RETIME_INVALID'],
    ['a drift since nobody knows when', { recorder: 'r', driftSPerDay: 1 }, 'RETIME_INVALID'],
    ['a reference and an offset', { recorder: 'r', offsetS: 1, references: [same] }, 'RETIME_INVALID'],
    ['the same reference twice', { recorder: 'r', references: [same, same] }, 'RETIME_INVALID'],
    ['a prefix in many sources', { prefix: 'A1/', offsetS: 1 }, 'RETIME_INVALID'],
    ['an unknown site', { site: 'nowhere', offsetS: 1 }, 'SITE_UNKNOWN'],
    ['an unknown recorder', { recorder: 'nobody', offsetS: 1 }, 'RECORDER_UNKNOWN'],
    ['an unknown source', { source: 'file:///nowhere', offsetS: 1 }, 'SOURCE_UNKNOWN'],
    ['a zone that does not exist', { recorder: 'r', timeZone: 'Mars/Olympus' }, 'REQUEST_INVALID'],
    ['an instant without a zone', { recorder: 'r', offsetS: 1, from: '2026-01-01T00:00:00' }, 'REQUEST_INVALID'],
  ])('%s', async (_, body, code) => {
    await addSource(platform.database)
    const response = await app.request('/v1/clock-corrections', {
      method: 'POST',
      headers: json,
      body: JSON.stringify(body),
    })
    expect(await response.json()).toMatchObject({ error: { code } })
    expect(response.status).toBe(code.endsWith('UNKNOWN') ? 404 : 400)
  })

  it('an unknown correction', async () => {
    const response = await app.request('/v1/clock-corrections/999999', { method: 'DELETE' })
    expect(response.status).toBe(404)
  })
})
