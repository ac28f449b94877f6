import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Recording, SearchAnswer } from '../answers.js'
import { segmentIds } from './segment-ids.js'
import { checkConsistent } from './consistency.js'
import { smallDeployment, type SmallDeployment } from './deployment.js'
import { emptyQueues, restart } from './servers.js'
import type { Role, ServiceProcess } from './services.js'
import { createSystem, type System } from './system.js'
import { waitUntil } from './wait-until.js'

let deployment: SmallDeployment
let later: SmallDeployment
let system: System
let services: Record<Role, ServiceProcess>
let letGo = async () => {}
const allDone = { searchable: 4, duplicate: 1, quarantined: 1 }

beforeAll(async () => {
  deployment = await smallDeployment({ recordings: 4 })
  later = await smallDeployment({ recordings: 1, seed: 2 })
})
beforeEach(async ({ task }) => {
  system = await createSystem(
    task.name
      .split(' ')
      .slice(0, 3)
      .join('-')
      .toLowerCase()
      .replaceAll(/[^a-z-]/g, ''),
  )
  services = await system.start('watch', 'prepare', 'embed', 'api')
})
afterEach(async () => {
  await letGo()
  await system?.[Symbol.asyncDispose]()
})
afterAll(() => emptyQueues())

/** Wait until a recording is being prepared. */
const preparing = () =>
  waitUntil('a recording being prepared', 30_000, async () => {
    const { rows } = await system.database.pool.query<{ id: number }>(
      `select recording_id as id from coro.ledger where stage = 'prepare' and ended_at is null`,
    )
    return rows[0]
  })

/** The outcomes of a recording's attempts at a stage, in order. */
const outcomes = async (recordingId: number, stage: string): Promise<(string | null)[]> => {
  const { ledger } = await system.get<{ ledger: { stage: string; outcome: string | null }[] }>(
    `/v1/recordings/${recordingId}`,
  )
  return ledger.filter((entry) => entry.stage === stage).map(({ outcome }) => outcome)
}

/**
 * Wait until a recording is prepared, and hold its embed jobs just before they write (their transaction waits for the
 * recording's row) until `letGo`.
 */
async function holdEmbedding(): Promise<number> {
  const id = await waitUntil('a prepared recording', 30_000, async () => {
    const { rows } = await system.database.pool.query<{ id: number }>(
      `select id from coro.recording where state = 'embedding' limit 1`,
    )
    return rows[0]?.id
  })
  const client = await system.database.pool.connect()
  await client.query('begin')
  await client.query('select from coro.recording where id = $1 for no key update', [id])
  letGo = async () => {
    letGo = async () => {}
    await client.query('commit')
    client.release()
  }
  return id
}

test('kill -9 of a prepare worker: its recording is taken up again within 20 s', async () => {
  await system.deliver(deployment.folder, deployment.keys)
  const { id } = await preparing()
  await services.prepare.kill()
  expect(await outcomes(id, 'prepare')).toEqual([null])
  await system.start('prepare')
  await waitUntil('the next attempt', 20_000, async () => (await outcomes(id, 'prepare')).length > 1)
  await system.settle(allDone)
  const [first, ...rest] = await outcomes(id, 'prepare')
  expect(first).toBe('died')
  expect(rest).toHaveLength(1)
  await checkConsistent(system.database)
})

test('kill -9 of an embed worker in the middle of a batch: nothing is lost or doubled', async () => {
  await services.embed.kill()
  await system.deliver(deployment.folder, deployment.keys)
  const id = await holdEmbedding()
  const { embed } = await system.start('embed')
  await waitUntil('a running batch', 20_000, async () => (await outcomes(id, 'embed')).includes(null))
  await embed.kill()
  await letGo()
  await system.start('embed')
  await system.settle(allDone)
  expect((await outcomes(id, 'embed')).filter((outcome) => outcome === 'died').length).toBeGreaterThan(0)
  await checkConsistent(system.database)
})

test('kill -9 of everything at once, twice, and a start: each recording ends searchable once', async () => {
  await system.deliver(deployment.folder, deployment.keys)
  for (let round = 0; round < 2; round++) {
    await preparing()
    await Promise.all(Object.values(services).map((service) => service.kill()))
    services = await system.start('watch', 'prepare', 'embed', 'api')
  }
  const { recordings } = await system.settle(allDone)
  expect(recordings).toMatchObject(allDone)
  await checkConsistent(system.database)
})

test('the queue server emptied in mid-run: nothing is lost or doubled', async () => {
  await services.embed.kill()
  await system.deliver(deployment.folder, deployment.keys)
  await preparing()
  await emptyQueues()
  const id = await holdEmbedding()
  await system.start('embed')
  const running = () => outcomes(id, 'embed').then((all) => all.filter((outcome) => outcome === null).length > 0)
  await waitUntil('a running batch', 20_000, running)
  await emptyQueues()
  await waitUntil(
    'the running batches added again',
    20_000,
    async () => (await system.status()).queues['embed']?.waiting,
  )
  await letGo()
  await system.settle(allDone)
  await checkConsistent(system.database)
  expect(await outcomes(id, 'prepare')).toContain('done')
})

test('Postgres restarted in mid-run: every service goes on', async () => {
  await system.deliver(deployment.folder, deployment.keys)
  await preparing()
  await restart('postgres', async () => {
    expect((await fetch(`${services.api.url}/healthz`)).status).toBe(200)
    const ready = await fetch(`${services.api.url}/readyz`)
    expect(ready.status).toBe(503)
    expect((await fetch(`${services.api.url}/v1/recordings`)).status).toBe(503)
  })
  await Promise.all(Object.values(services).map((service) => service.ready()))
  await system.settle(allDone)
  await checkConsistent(system.database)
  // Nobody was blamed for it.
  const { rows } = await system.database.pool.query('select id from coro.recording where attempts > 0 and state = $1', [
    'searchable',
  ])
  expect(rows).toEqual([])
})

test('the queue server restarted: searches go on meanwhile, everything after', async () => {
  await system.deliver(deployment.folder, deployment.keys)
  await system.settle(allDone)
  const [segmentId] = await segmentIds(system.database, 'denoised')
  const search = () => system.post<SearchAnswer>('/v1/search', { segmentId, k: 1 })
  await restart('valkey', async () => {
    expect((await search()).results[0]?.segmentId).toBe(segmentId)
    const ready = await fetch(`${services.api.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ checks: [{ ok: true }, { name: 'queue', ok: false }, { ok: true }] })
    const status = await fetch(`${services.api.url}/v1/status`)
    expect([status.status, await status.json()]).toMatchObject([503, { error: { code: 'QUEUE_UNAVAILABLE' } }])
  })
  await Promise.all(Object.values(services).map((service) => service.ready()))
  const [file] = later.files
  await system.deliver(later.folder, [file?.key as string], 'later/')
  await system.settle({ ...allDone, searchable: 5 })
  const audio = await fetch(`${services.api.url}/v1/segments/${segmentId}/audio`)
  const form = new FormData()
  form.set('audio', await audio.blob(), 'clip.wav')
  const found = await fetch(`${services.api.url}/v1/search`, { method: 'POST', body: form })
  expect(found.status).toBe(200)
  const { recordings } = await system.get<{ recordings: Recording[] }>('/v1/recordings?state=searchable')
  expect(recordings).toHaveLength(5)
})

test('SIGTERM in mid-run: what was in hand is handed back, blamed on nobody', async () => {
  await system.deliver(deployment.folder, deployment.keys)
  const { id } = await preparing()
  expect(await services.prepare.stop()).toBe(0)
  expect(await outcomes(id, 'prepare')).not.toContain(null)
  await system.start('prepare')
  await system.settle(allDone)
  const { rows } = await system.database.pool.query('select attempts, deaths from coro.recording where id = $1', [id])
  expect(rows).toEqual([{ attempts: 0, deaths: 0 }])
  await checkConsistent(system.database)
})
