import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { frontEndIdentity } from '@coro/audio/front-end'
import { frontEndOf } from '@coro/audio/front-end-settings'
import { emptyMetadata } from '@coro/audio/metadata/recorder-metadata'
import { readConfig } from '@coro/shared/config/read-config'
import { addRecording, addSource, addSpace } from '@coro/shared/database/database.fixture'
import { ledgerOf, openAttempt } from '@coro/shared/database/ledger'
import { pause, resume } from '@coro/shared/database/pauses'
import { loadWork } from '@coro/shared/database/recording-work'
import { lastSweeps } from '@coro/shared/database/source-list'
import { requireRoomAt } from '@coro/shared/database/require-room'
import { beat } from '@coro/shared/database/workers'
import { CoroError } from '@coro/shared/errors'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform, type Platform } from '@coro/shared/process/platform'
import { frontEndIdOf } from '@coro/shared/storage/prepared-keys'
import { unavailable } from '@coro/shared/storage/storage-errors'
import type { ThreadPool } from '@coro/shared/threads/thread-pool'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { prepareHandler } from './prepare-handler.js'
import type { PrepareResult, PrepareTask } from './prepare-thread.js'

let folder: string
let platform: Platform
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-prepare-'))
  const config = readConfig({
    CORO_DATABASE_URL: 'pglite:memory',
    CORO_DATA: folder,
    // Nobody listens there.
    CORO_S3_ENDPOINT: 'http://127.0.0.1:9',
  })
  platform = await openPlatform(config, createLogger({ level: 'silent' }))
  const frontEnd = frontEndOf({})
  const frontEndId = frontEndIdOf(frontEndIdentity(frontEnd, 'denoised'))
  await addSpace(platform.database, { frontEnd, frontEndId })
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

type Run = (task: PrepareTask) => Promise<PrepareResult>
/** Threads that do to a file what `run` does. */
const threads = (run: Run): ThreadPool<PrepareTask, PrepareResult> => ({
  run,
  [Symbol.asyncDispose]: () => Promise.resolve(),
})
const dying = () => Promise.reject(new CoroError('THREAD_DIED', 'the working thread ended', { disposition: 'retry' }))

/** A file of one second that can be prepared. */
async function preparing(task: PrepareTask): Promise<PrepareResult> {
  const form = { format: 'wav', codec: 'pcm_s16le', sampleRateHz: 48_000, channels: 1, bitsPerSample: 16 }
  const header = { ...form, frames: 48_000, durationS: 1 }
  const read = { header, metadata: emptyMetadata(), warnings: [] }
  if (task.kind === 'inspect') {
    return { kind: 'inspect', sha256: createHash('sha256').update(randomUUID()).digest('hex'), inspected: read }
  }
  for (const path of Object.values(task.outputs)) await writeFile(path, 'prepared')
  const segments = [{ index: 0, startS: 0, endS: 5 }]
  const written = {
    durationS: 1,
    frames: 48_000,
    samples32k: 32_000,
    peaks: { raw: null, denoised: null },
    dataOffsetBytes: 44,
  }
  return { kind: 'prepare', prepared: { ...read, ...written, segments }, files: {}, elapsedS: 0 }
}

function prepare(recordingId: number, run: Run = dying): Promise<{ outcome: string }> {
  const handler = prepareHandler({ platform, pool: threads(run) })
  const { signal } = new AbortController()
  return handler({ recordingId }, { jobId: '1', attempt: 1, log: platform.log, signal })
}

async function onDisk(): Promise<number> {
  const source = await addSource(platform.database, { url: pathToFileURL(await mkdtemp(join(folder, 'source-'))).href })
  await writeFile(join(new URL(source.url).pathname, 'x.wav'), 'sound')
  const object = await platform.storages.open(source.url).head('x.wav')
  return addRecording(platform.database, source.id, { key: 'x.wav', version: object?.version ?? '' })
}
const dueInS = async (id: number) => {
  const { rows } = await platform.database.pool.query<{ s: number }>(
    'select extract(epoch from due_at - now())::double precision as s from coro.recording where id = $1',
    [id],
  )
  return rows[0]?.s ?? 0
}

it('leaves a source alone whose storage does not answer, counts nothing, and lets other sources go on', async () => {
  const { database } = platform
  const source = await addSource(database, { url: 's3://away/cards' })
  const [first, second] = [await addRecording(database, source.id), await addRecording(database, source.id)]
  expect(await prepare(first)).toEqual({ outcome: 'waiting' })
  expect(await loadWork(database.pool, first)).toMatchObject({ state: 'failed', attempts: 0, sourceHeld: true })
  expect(await dueInS(first)).toBeGreaterThan(0)
  const [held] = (await lastSweeps(database.pool)).filter(({ url }) => url === source.url)
  expect(held?.held).toMatchObject({ failures: 1, code: 'STORAGE_UNAVAILABLE' })
  expect(await prepare(second)).toEqual({ outcome: 'source held' })
  expect((await ledgerOf(database.pool, second)).map(({ stage }) => stage)).toEqual(['watch'])
  expect(await prepare(await onDisk())).toEqual({ outcome: 'failed' })
})

it('sets one object aside that its storage fails at while it gives out others, and leaves the source in peace', async () => {
  const { database } = platform
  const url = pathToFileURL(await mkdtemp(join(folder, 'source-'))).href
  const source = await addSource(database, { url })
  for (const name of ['x.wav', 'y.wav']) await writeFile(join(new URL(url).pathname, name), 'sound')
  const bad = await addRecording(database, source.id, { key: 'x.wav' })
  const other = await addRecording(database, source.id, { key: 'y.wav' })
  await database.pool.query(`update coro.recording set state = 'searchable' where id = $1`, [other])
  let isAway = false
  const fails = () => Promise.reject(unavailable(url, new Error('500')))
  const failing: Platform = {
    ...platform,
    storages: {
      ...platform.storages,
      open: (...of) => ({
        ...platform.storages.open(...of),
        localFile: fails,
        ...(isAway ? { readRange: fails } : {}),
      }),
    },
  }
  const handler = prepareHandler({ platform: failing, pool: threads(dying) })
  const { signal } = new AbortController()
  const attempt = () => handler({ recordingId: bad }, { jobId: '1', attempt: 1, log: platform.log, signal })
  const waits: number[] = []
  for (let n = 1; n <= 5; n++) {
    expect(await attempt()).toEqual({ outcome: 'waiting' })
    waits.push(await dueInS(bad))
  }
  expect(waits[4]).toBeGreaterThan(15)
  expect((await loadWork(database.pool, bad))?.sourceHeld).toBe(false)
  // An outage of all says nothing about this one: it is counted anew.
  isAway = true
  expect(await attempt()).toEqual({ outcome: 'waiting' })
  expect((await loadWork(database.pool, bad))?.sourceHeld).toBe(true)
  await database.pool.query('update coro.source set held_until = null, hold_failures = 0 where id = $1', [source.id])
  isAway = false
  for (let n = 1; n < 8; n++) expect(await attempt()).toEqual({ outcome: 'waiting' })
  expect(await attempt()).toEqual({ outcome: 'quarantined' })
  expect(await loadWork(database.pool, bad)).toMatchObject({ state: 'quarantined', attempts: 0 })
  expect((await ledgerOf(database.pool, bad)).at(-1)?.message).toMatch(/500 \(8 times in a row, while others/)
})

it('tries again what failed, later each time, and sets it aside in the end', async () => {
  const id = await onDisk()
  const waits: number[] = []
  for (const outcome of ['failed', 'failed', 'quarantined']) {
    expect(await prepare(id)).toEqual({ outcome })
    waits.push(await dueInS(id))
  }
  const [once = 0, twice = 0, ended] = waits
  expect(once).toBeGreaterThan(4)
  expect(twice).toBeGreaterThan(9)
  expect(ended).toBe(0)
  expect(await loadWork(platform.database.pool, id)).toMatchObject({ state: 'quarantined', attempts: 3 })
})

it('counts nothing where the disk of the database is full, says so, and goes on when there is room', async () => {
  const { pool } = platform.database
  const id = await onDisk()
  await pool.query(`
    create function coro.full_disk() returns trigger language plpgsql as $$ begin
      raise exception 'could not extend file "base/5/16409": No space left on device' using errcode = 'disk_full';
    end $$;
    create trigger full_disk before insert on coro.segment execute function coro.full_disk()`)
  await expect(prepare(id, preparing)).rejects.toMatchObject({ code: '53100' })
  expect(await loadWork(pool, id)).toMatchObject({ state: 'failed', attempts: 0 })
  expect((await ledgerOf(pool, id)).at(-1)).toMatchObject({
    outcome: 'waiting',
    code: 'DATABASE_FULL',
    message: expect.stringContaining('No space left on device') as string,
  })
  await pool.query('drop trigger full_disk on coro.segment; drop function coro.full_disk')
  expect(await prepare(id, preparing)).toEqual({ outcome: 'done' })
  expect(await loadWork(pool, id)).toMatchObject({ state: 'embedding', attempts: 0 })
})

it('takes nothing up while the disk of an embedded database is as good as full', async () => {
  const id = await onDisk()
  const full = () => requireRoomAt(folder, Number.MAX_SAFE_INTEGER)
  const before = { ...platform, database: { ...platform.database, requireRoom: full } }
  const handler = prepareHandler({ platform: before, pool: threads(preparing) })
  const { signal } = new AbortController()
  const context = { jobId: '1', attempt: 1, log: platform.log, signal }
  await expect(handler({ recordingId: id }, context)).rejects.toMatchObject({ code: 'DATABASE_FULL' })
  expect(await loadWork(platform.database.pool, id)).toMatchObject({ state: 'discovered', attempts: 0 })
  expect((await ledgerOf(platform.database.pool, id)).map(({ stage }) => stage)).toEqual(['watch'])
})

it('does nothing about a paused recording, which stays in the backlog', async () => {
  const id = await onDisk()
  const all = { sourceId: null, stage: 'prepare' } as const
  await pause(platform.database.pool, { ...all, reason: null, by: null })
  expect(await prepare(id)).toEqual({ outcome: 'paused' })
  expect((await loadWork(platform.database.pool, id))?.state).toBe('discovered')
  await resume(platform.database.pool, all)
})

it('works by itself on a recording over which a worker died in company', async () => {
  const { database, gate } = platform
  const [suspect, other] = [await onDisk(), await onDisk()]
  for (const id of [suspect, other]) await openAttempt(database.pool, id, 'prepare', 'host:dead')
  await beat(database.pool, { id: 'host:dead', prepareThreads: 2, embedThreads: 0, rssMb: 1, doing: {} })
  await database.pool.query(`update coro.worker set seen_at = now() - interval '1 minute' where id = 'host:dead'`)
  const busy = await gate.enter(false)
  let began = false
  const running = prepare(suspect, () => {
    began = true
    return dying()
  })
  await expect.poll(async () => (await loadWork(database.pool, suspect))?.sharedDeaths).toBe(1)
  expect((await loadWork(database.pool, other))?.sharedDeaths).toBe(1)
  expect(began).toBe(false)
  busy[Symbol.dispose]()
  expect(await running).toEqual({ outcome: 'failed' })
  expect(began).toBe(true)
  expect((await ledgerOf(database.pool, suspect)).at(-1)?.details).toMatchObject({ solo: true })
})
