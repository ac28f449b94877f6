import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorageOpener, type StorageOpener } from '@coro/shared/storage/open-storage'
import { makeTone } from '@coro/synthetic/tone'
import { encodeWav16 } from '@coro/synthetic/wav'
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root, runNode, type ServiceProcess } from './services.js'
import { images } from './stack.js'
import { createSystem, type System } from './system.js'
import { waitUntil } from './wait-until.js'

/** Nobody sweeps in this file: what is found in time was found by an event. */
const hourS = '3600'
const keys = { FIELD_ACCESS_KEY_ID: 'field', FIELD_SECRET_ACCESS_KEY: 'field-secret-5f1d' }
const access = { forcePathStyle: true, credentials: { env: 'FIELD' } } as const
/** Spaces, plus signs, percent signs and letters beyond ASCII: whoever encodes them, or not, the file is found. */
const strange = 'mata ciliar/á+b 100%25_20260110_190000.wav'

let system: System
let services: Record<'api' | 'watch' | 'prepare' | 'embed', ServiceProcess>
let storages: StorageOpener
const containers: StartedTestContainer[] = []
const secret = 'events-secret-9c2e'

beforeAll(async () => {
  system = await createSystem('events', {
    environment: {
      ...keys,
      CORO_SWEEP_INTERVAL_S: hourS,
      CORO_HTTP_HOST: '0.0.0.0',
      CORO_EVENTS_SECRET_FILE: await secretFile(),
    },
  })
  services = await system.start('api', 'watch', 'prepare', 'embed')
  storages = createStorageOpener({
    endpoint: null,
    forcePathStyle: true,
    region: 'us-east-1',
    variable: (name) => (keys as Record<string, string>)[name],
  })
}, 240_000)
afterAll(async () => {
  storages[Symbol.dispose]()
  await system[Symbol.asyncDispose]()
  await Promise.all(containers.map((container) => container.stop({ timeout: 0 })))
})

async function secretFile(): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'coro-events-')), 'secret')
  await writeFile(path, `${secret}\n`)
  return path
}

async function start(container: GenericContainer): Promise<string> {
  const started = await container.start()
  containers.push(started)
  return `http://${started.getHost()}:${started.getFirstMappedPort()}`
}

async function makeBucket(endpoint: string, bucket: string): Promise<void> {
  const { code, stderr } = await runNode([join(root, 'infra/docker/create-buckets.mjs'), bucket], {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: keys.FIELD_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: keys.FIELD_SECRET_ACCESS_KEY,
  })
  if (code !== 0) throw new Error(stderr)
}

/** Declare a source over the API, and wait until its first sweep has found nothing. */
async function declare(source: { url: string; [more: string]: unknown }): Promise<number> {
  const answer = await fetch(`${services.api.url}/v1/sources`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...access, ...source }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  const { sourceId } = (await answer.json()) as { sourceId: number }
  await waitUntil('the first sweep', 30_000, async () => {
    const now = await system.get<{ lastSweepAt: string | null; lastSweepError: string | null }>(
      `/v1/sources/${sourceId}`,
    )
    if (now.lastSweepError !== null) throw new Error(now.lastSweepError)
    return now.lastSweepAt !== null
  })
  return sourceId
}

const stateOf = async (sourceId: number, key: string) => {
  const { rows } = await system.database.pool.query<{ state: string; missing: boolean }>(
    'select state, missing_since is not null as missing from coro.recording where source_id = $1 and key = $2',
    [sourceId, key],
  )
  return rows
}
const tone = (frequencyHz: number) =>
  Buffer.from(encodeWav16(makeTone({ seconds: 6, sampleRateHz: 32_000, frequencyHz }), 32_000))

interface WholeWay {
  searchable: unknown[]
  /** Once it was deleted, and an event told so. */
  marked: unknown[]
  sweeps: unknown[]
  /** After that sweep. */
  confirmed: unknown[]
}

/** Put a file and wait until it is searchable; delete it and wait until it is marked; then sweep. */
async function goTheWholeWay(sourceId: number, url: string, endpoint: string, frequencyHz: number): Promise<WholeWay> {
  const storage = storages.open(url, { ...access, endpoint })
  await storage.put(strange, tone(frequencyHz))
  const searchable = await waitUntil(`${strange} searchable`, 60_000, async () => {
    const rows = await stateOf(sourceId, strange)
    return rows[0]?.state === 'searchable' && rows
  })
  await storage.delete(strange)
  const marked = await waitUntil(`${strange} marked`, 20_000, async () => {
    const rows = await stateOf(sourceId, strange)
    return rows[0]?.missing && rows
  })
  const { sweeps } = await system.post<{ sweeps: unknown[] }>('/v1/scan', { source: url })
  return { searchable, marked, sweeps, confirmed: await stateOf(sourceId, strange) }
}

const wholeWay = {
  searchable: [{ state: 'searchable', missing: false }],
  marked: [{ state: 'searchable', missing: true }],
  sweeps: [{ objects: 0, deleted: 1 }],
  confirmed: [{ state: 'deleted', missing: true }],
}

describe('events', () => {
  test('of versitygw, which posts them to the API, bring a file in and out without a sweep', async () => {
    const endpoint = await start(
      new GenericContainer(images.s3)
        .withEnvironment({
          VGW_BACKEND: 'posix',
          VGW_BACKEND_ARG: '/data',
          VGW_PORT: ':7070',
          VGW_HEALTH: '/healthz',
          ROOT_ACCESS_KEY: keys.FIELD_ACCESS_KEY_ID,
          ROOT_SECRET_KEY: keys.FIELD_SECRET_ACCESS_KEY,
          VGW_EVENT_WEBHOOK_URL: `http://host.docker.internal:${new URL(services.api.url).port}/v1/events?token=${secret}`,
        })
        .withExtraHosts([{ host: 'host.docker.internal', ipAddress: 'host-gateway' }])
        .withTmpFs({ '/data': 'rw' })
        .withExposedPorts(7070)
        .withWaitStrategy(Wait.forHttp('/healthz', 7070)),
    )
    await makeBucket(endpoint, 'field')
    const url = 's3://field/2026'
    const sourceId = await declare({ url, endpoint })
    expect(await goTheWholeWay(sourceId, url, endpoint, 1500)).toMatchObject(wholeWay)
  })

  test('of a bucket that notifies a queue of SQS do the same; messages are gone once they are taken', async () => {
    const endpoint = await start(
      new GenericContainer('motoserver/moto:5')
        .withCommand(['-p', '7070'])
        .withExposedPorts(7070)
        .withWaitStrategy(Wait.forHttp('/moto-api/', 7070)),
    )
    await makeBucket(endpoint, 'cards')
    const sqs = async (query: string) => {
      const answer = await fetch(`${endpoint}/?${query}`, {
        headers: {
          host: 'sqs.us-east-1.amazonaws.com',
          authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sqs/aws4_request',
        },
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(text)
      return text
    }
    await sqs('Action=CreateQueue&QueueName=cards&Version=2012-11-05')
    const notify = await fetch(`${endpoint}/cards?notification`, {
      method: 'PUT',
      body: `<NotificationConfiguration><QueueConfiguration><Id>coro</Id>
        <Queue>arn:aws:sqs:us-east-1:123456789012:cards</Queue>
        <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event></QueueConfiguration></NotificationConfiguration>`,
    })
    if (!notify.ok) throw new Error(await notify.text())
    const queue = `${endpoint}/123456789012/cards`
    const url = 's3://cards'
    const sourceId = await declare({ url, endpoint, events: { sqs: queue } })
    expect(await goTheWholeWay(sourceId, url, endpoint, 2500)).toMatchObject(wholeWay)
    await waitUntil('an empty queue', 30_000, async () => {
      const text = await sqs(
        `Action=GetQueueAttributes&AttributeName.1=All&QueueUrl=${encodeURIComponent(queue)}&Version=2012-11-05`,
      )
      const counts = [...text.matchAll(/<Name>ApproximateNumberOfMessages(?:NotVisible)?<\/Name>\s*<Value>(\d+)</g)]
      return counts.length === 2 && counts.every(([, n]) => n === '0')
    })
  })

  test('need the secret; neither it nor the keys of a source are in any log or table', async () => {
    const refused = await fetch(`${services.api.url}/v1/events`, { method: 'POST', body: '{"Records":[]}' })
    expect(refused.status).toBe(401)
    const { rows: tables } = await system.database.pool.query<{ name: string }>(
      `select 'coro.' || quote_ident(relname) as name from pg_class where relnamespace = 'coro'::regnamespace and relkind = 'r'`,
    )
    const secrets = `${secret}|${keys.FIELD_SECRET_ACCESS_KEY}`
    for (const { name } of tables) {
      const { rows } = await system.database.pool.query(`select from ${name} t where t::text ~ $1`, [secrets])
      expect(rows, name).toEqual([])
    }
    const logs = JSON.stringify(Object.values(services).map(({ log }) => log))
    expect(logs).toContain('swept')
    for (const word of secrets.split('|')) expect(logs).not.toContain(word)
  })
})
