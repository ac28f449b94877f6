import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { claimContent, markDuplicate } from '@coro/shared/database/content'
import { addRecording, addSegments, addSource, addSpace } from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { holdSource } from '@coro/shared/database/holds'
import { endAttempt, openAttempt } from '@coro/shared/database/ledger'
import { loadWork, moveState, postpone } from '@coro/shared/database/recording-work'
import { supersede } from '@coro/shared/database/recordings'
import { noteSweep } from '@coro/shared/database/sources'
import { noteWatched } from '@coro/shared/database/watching/note-watched'
import type { Story } from '@coro/shared/why/tell-why'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApi, type TestApi } from './api.fixture.js'
import { status } from './schemas.js'

let api: TestApi
let app: Hono
let database: TestApi['platform']['database']
beforeAll(async () => {
  api = await openTestApi()
  ;({ app } = api)
  ;({ database } = api.platform)
})
afterAll(() => api[Symbol.asyncDispose]())

const get = async (path: string): Promise<unknown> => (await app.request(path)).json()
const post = async (path: string, body: unknown): Promise<unknown> => {
  const headers = { 'content-type': 'application/json' }
  return (await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
}
const why = async (id: number) => (await get(`/v1/recordings/${id}/why`)) as Story
const stateOf = async (id: number) => (await loadWork(database.pool, id))?.state
const reason = { code: 'AUDIO_DAMAGED', message: 'the header is damaged' }

describe('pauses', () => {
  it('are begun and ended by source and stage, and shown in the status', async () => {
    const source = await addSource(database, { name: 'cards' })
    const begun = { source: 'cards', stage: 'prepare', reason: 'a storm', by: 'ana' }
    const pauses = [{ source: source.url, stage: 'prepare', reason: 'a storm', pausedBy: 'ana' }]
    expect(await post('/v1/pause', begun)).toMatchObject({ changed: true, pauses })
    expect(await post('/v1/pause', begun)).toMatchObject({ changed: false, pauses })
    expect(status.parse(await get('/v1/status')).pauses).toMatchObject(pauses)
    expect(await post('/v1/resume', { stage: 'prepare' })).toMatchObject({ ended: 0, pauses })
    expect(await post('/v1/resume', { source: source.url })).toMatchObject({ ended: 1, pauses: [] })
    expect(await post('/v1/pause', { source: 'nowhere' })).toMatchObject({ error: { code: 'SOURCE_UNKNOWN' } })
    expect(await post('/v1/pause', { stage: 'watch' })).toMatchObject({ error: { code: 'REQUEST_INVALID' } })
  })
})

describe('the backlog', () => {
  it('is shown, cancelled in part with a reason, and restored where each recording stopped', async () => {
    const space = await addSpace(database)
    const { id: sourceId, url: source } = await addSource(database)
    const [old, late, prepared, done] = [
      await addRecording(database, sourceId, { key: 'A/20250101_000000.wav' }),
      await addRecording(database, sourceId, { key: 'A/20260105_000000.wav' }),
      await addRecording(database, sourceId, { key: 'A/20250102_000000.wav' }),
      await addRecording(database, sourceId, { key: 'A/20250103_000000.wav' }),
    ]
    await addSegments(database, prepared, [space], 2)
    await saveEmbeddings(database, space, done, [], await addSegments(database, done, [space], 1))
    const waits = async () =>
      ((await get('/v1/backlog')) as { waiting: { source: string; stage: string; count: number }[] }).waiting
        .filter((one) => one.source === source)
        .map(({ stage, count }) => [stage, count])
    expect(await waits()).toEqual([
      ['prepare', 2],
      ['embed', 1],
    ])
    const choice = { source, before: '2026-01-01T00:00:00Z' }
    const part = { recordings: 2, bytes: 2000, oldest: '2025-01-01T00:00:00.000Z', newest: '2025-01-02T00:00:00.000Z' }
    expect(await post('/v1/backlog/cancel', { ...choice, dryRun: true })).toEqual({ ...part, dryRun: true })
    expect(await stateOf(old)).toBe('discovered')
    const cancelled = await post('/v1/backlog/cancel', { ...choice, reason: 'the old card', by: 'ana' })
    expect(cancelled).toEqual({ ...part, dryRun: false })
    expect(await Promise.all([old, late, prepared, done].map(stateOf))).toEqual([
      'cancelled',
      'discovered',
      'cancelled',
      'searchable',
    ])
    expect(await waits()).toEqual([['prepare', 1]])
    expect(await why(old)).toMatchObject({
      searchable: false,
      because: expect.stringContaining('the old card') as string,
      toDo: expect.stringContaining('coro backlog restore') as string,
    })
    expect(await post('/v1/backlog/restore', { source })).toMatchObject({ recordings: 2 })
    expect(await Promise.all([old, prepared].map(stateOf))).toEqual(['discovered', 'embedding'])
    const { sentences } = await why(old)
    expect(sentences.join('\n')).toMatch(/Taken out of the backlog .* by ana \(the old card\)\.\nBrought back/)
  })
})

describe('the quarantine', () => {
  it('lists reason, evidence, first and last time; retries one, those of a code or a source, or says what it would', async () => {
    const [here, there] = [await addSource(database, { name: 'here' }), await addSource(database)]
    const ids: number[] = []
    for (const { id: sourceId } of [here, here, there]) {
      const id = await addRecording(database, sourceId)
      const attempt = await openAttempt(database.pool, id, 'prepare', 'w:1')
      await endAttempt(database.pool, attempt, 'quarantined', reason)
      await moveState(database.pool, id, ['discovered'], 'quarantined', reason)
      ids.push(id)
    }
    const list = (await get('/v1/quarantine?source=here')) as { recordings: unknown[] }
    expect(list.recordings).toMatchObject(
      ids.slice(0, 2).map((recordingId) => ({
        recordingId,
        reason,
        attempts: 0,
        deaths: 0,
        firstAt: expect.any(String) as string,
        lastAt: expect.any(String) as string,
        evidence: [{ stage: 'prepare', worker: 'w:1', outcome: 'quarantined', code: 'AUDIO_DAMAGED' }],
      })),
    )
    expect(await get('/v1/quarantine?code=OTHER')).toEqual({ recordings: [], next: null })
    const dry = await post('/v1/quarantine/retry', { source: 'here', dryRun: true })
    expect(dry).toEqual({ retried: ids.slice(0, 2), dryRun: true })
    expect(await stateOf(ids[0] as number)).toBe('quarantined')
    expect(await post('/v1/quarantine/retry', { source: 'here', by: 'ana' })).toMatchObject({
      retried: ids.slice(0, 2),
    })
    expect(await post('/v1/quarantine/retry', { code: 'AUDIO_DAMAGED' })).toMatchObject({ retried: ids.slice(2) })
    expect((await why(ids[0] as number)).sentences.at(-2)).toMatch(/^Taken up again .* by ana\.$/)
  })
})

describe('why', () => {
  it('tells of a searchable recording what happened to it', async () => {
    const space = await addSpace(database)
    const { id: sourceId, url } = await addSource(database)
    const id = await addRecording(database, sourceId, { key: 'A1/x.wav' })
    const attempt = await openAttempt(database.pool, id, 'prepare', 'w:1')
    await endAttempt(database.pool, attempt, 'done', { details: { segments: 2, durationS: 10 } })
    const segments = await addSegments(database, id, [space], 2)
    for (const firstSegment of [0, 1]) {
      const batch = await openAttempt(database.pool, id, 'embed', 'w:2', { firstSegment })
      await endAttempt(database.pool, batch, 'done', { details: { embedded: 0, silent: 1 } })
    }
    await saveEmbeddings(database, space, id, [], segments)
    const told = await why(id)
    expect(told).toMatchObject({ searchable: true, because: null, toDo: null, state: 'searchable' })
    expect(told.sentences).toEqual([
      expect.stringMatching(
        /^Found 2\d{3}-.* UTC in .* as A1\/x\.wav \(1\.0 kB, last written 2026-01-10 00:00:00 UTC\)\.$/,
      ),
      expect.stringMatching(
        /^Preparing \(attempt 1\) began .* on w:1 and was done after .*: 2 segments of 10 s of sound\.$/,
      ),
      expect.stringMatching(/^Embedded .* in 2 batches within .* by w:2: 0 vectors, 2 silent\.$/),
      expect.stringMatching(/^It is done since .* no search finds it: all of it \(2 segments\) is silent/),
    ])
    for (const key of ['A1/x.wav', `${url}/A1/x.wav`]) {
      expect(await get(`/v1/why?key=${encodeURIComponent(key)}`)).toMatchObject({ recordings: [told], unknown: null })
    }
  })

  it('tells a second look at a file that moved, or came again, as what it is', async () => {
    const { id: sourceId, url } = await addSource(database)
    const id = await addRecording(database, sourceId, { key: 'A1/x.wav' })
    for (const outcome of ['moved', 'same bytes'] as const) {
      const look = await openAttempt(database.pool, id, 'prepare', 'w:1')
      await endAttempt(database.pool, look, outcome, { details: { to: 'B2/x.wav' } })
    }
    const way = { from: { source: url, key: 'A1/x.wav' }, to: { source: url, key: 'B2/x.wav' } }
    await noteWatched(database.pool, [id], 'moved', 'w:1', way)
    const { sentences } = await why(id)
    expect(sentences.slice(1, 4)).toEqual([
      expect.stringMatching(
        /^w:1 read the file at its new place .* UTC: it has the same bytes, and is the same recording\.$/,
      ),
      expect.stringMatching(/^w:1 read the newer version of its file .* UTC: it has the same bytes/),
      expect.stringMatching(`^A sweep found its file moved from ${url}/A1/x\\.wav to ${url}/B2/x\\.wav 2.* UTC\\.$`),
    ])
  })

  it('tells of every other state why it is not searchable, and what to do', async () => {
    const { pool } = database
    await addSpace(database)
    const add = async (name?: string) => {
      const source = await addSource(database, name === undefined ? {} : { name })
      return { source, id: await addRecording(database, source.id, { key: 'x.wav' }) }
    }
    const expectWhy = async (id: number, because: RegExp, toDo: RegExp | null) => {
      const told = await why(id)
      expect(told.searchable).toBe(false)
      expect(told.because).toMatch(because)
      expect(told.toDo ?? 'nothing').toMatch(toDo ?? /^nothing$/)
    }

    const waiting = await add()
    await addRecording(database, waiting.source.id, { key: 'A/20260111_000000.wav' })
    await expectWhy(
      waiting.id,
      /waits to be prepared, for .* so far\. 1 recording of its source goes before it, taking turns/,
      null,
    )
    expect((await why(waiting.id)).ahead).toBe(1)

    const running = await add()
    await openAttempt(pool, running.id, 'prepare', 'w:1')
    await expectWhy(running.id, /being prepared now/, null)

    const set = await add()
    await moveState(pool, set.id, ['discovered'], 'quarantined', { code: 'AUDIO_UNSUPPORTED', message: '24-bit ADPCM' })
    await expectWhy(set.id, /quarantine since .*, AUDIO_UNSUPPORTED: 24-bit ADPCM\.$/, /after ffmpeg was installed/)

    const failed = await add()
    await moveState(pool, failed.id, ['discovered'], 'failed', { code: 'EIO', message: 'disk' })
    await postpone(pool, failed.id, 30)
    await expectWhy(failed.id, /last attempt failed \(EIO: disk; .*tried again in \d+ s\.$/, null)

    const twin = await add()
    const sha256 = Buffer.alloc(32, 7)
    const owner = await claimContent(pool, sha256, set.id)
    await markDuplicate(pool, twin.id, owner)
    await expectWhy(
      twin.id,
      new RegExp(`since .* the same bytes as recording ${owner} \\(.*, quarantined\\)`),
      /Nothing/,
    )

    const replaced = await add()
    await supersede(pool, replaced.id)
    const newer = await addRecording(database, replaced.source.id, { key: 'x.wav', version: 'v2' })
    await expectWhy(
      replaced.id,
      new RegExp(`recording ${newer} is what lies there now`),
      new RegExp(`coro why ${newer}`),
    )

    const paused = await add('resting')
    await post('/v1/pause', { source: 'resting', stage: 'prepare', by: 'ana', reason: 'no power' })
    await expectWhy(
      paused.id,
      /the stage prepare of its source was paused .* by ana \(no power\)/,
      /^Let it go on: coro resume --source/,
    )

    const away = await add()
    const outage = { code: 'STORAGE_UNAVAILABLE', message: 'no answer', seconds: () => 40 }
    await holdSource(pool, away.source.id, outage)
    await expectWhy(
      away.id,
      /storage has not answered since .*STORAGE_UNAVAILABLE: no answer.* tried again 2/,
      /See to the storage/,
    )

    const stopped = await add()
    await pool.query(
      `insert into coro.stage_hold values ('prepare', 'w:1', now(), now() + interval '9 s', 3, 'ECONNREFUSED', 'the store')`,
    )
    await expectWhy(stopped.id, /that stage has stopped since .*, ECONNREFUSED: the store\.$/, /goes on by itself/)
    await pool.query('delete from coro.stage_hold')
    expect((await app.request('/v1/recordings/999999/why')).status).toBe(404)
  })

  it('tells of an unknown key where was looked, and what passes files over', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coro-why-'))
    try {
      const source = await addSource(database, { url: pathToFileURL(folder).href })
      await noteSweep(database.pool, source.id, { objects: 12, passedOver: 2 }, null)
      const ask = async (key: string) =>
        (
          (await get(`/v1/why?key=${encodeURIComponent(key)}`)) as {
            unknown: { sentences: string[]; toDo: string | null }
          }
        ).unknown
      const missing = await ask('A1/missing.wav')
      expect(missing.sentences[0]).toBe('Nothing is known of A1/missing.wav.')
      expect(missing.sentences).toContainEqual(
        expect.stringMatching(
          `^${source.url} was looked through 2.* UTC: 12 recordings, and 2 other files passed over\\.$`,
        ),
      )
      expect(missing.sentences.at(-1)).toBe('There is no such file in any of them.')
      expect((await ask('A1/notes.txt')).sentences.at(-1)).toMatch(/no recording by its name/)
      expect((await ask('.trash/x.wav')).sentences.at(-1)).toMatch(/^\.trash begins with a dot/)
      expect((await ask('../../etc/x.wav')).sentences.at(-1)).toBe('There is no such file in any of them.')
      await mkdir(join(folder, 'A1'))
      await writeFile(join(folder, 'A1', 'now.wav'), 'half')
      expect((await ask('A1/now.wav')).sentences.at(-1)).toMatch(/still being written .* ago/)
      await writeFile(join(folder, 'A1', 'old.wav'), 'whole')
      await utimes(join(folder, 'A1', 'old.wav'), 1_700_000_000, 1_700_000_000)
      expect(await ask(`${source.url}/A1/old.wav`)).toMatchObject({ toDo: 'Sweep now: coro scan' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
