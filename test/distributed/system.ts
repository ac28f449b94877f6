import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openDatabase, type Database } from '@coro/shared/database/open'
import { createStorageOpener } from '@coro/shared/storage/open-storage'
import type { Storage } from '@coro/shared/storage/store'
import { inject } from 'vitest'
import { coro, root, runNode, startService, type Role, type ServiceProcess } from './services.js'
import { waitUntil } from './wait-until.js'

export interface SystemOptions {
  /** Where recordings come from and prepared audio goes. A folder is made for `file`, a bucket for `s3`. */
  source?: 'file' | 's3'
  store?: 'file' | 's3'
  /** Set besides, or in place of, what a system under test gets. */
  environment?: Record<string, string>
  /** Addresses (host:port) that services get in place of the servers' own: of proxies in between. */
  through?: Partial<Record<'postgres' | 'valkey' | 's3', string>>
  /** Leave the database empty. */
  unmigrated?: boolean
}

export interface Status {
  recordings: Record<string, number>
  segments: number
  embeddings: Record<string, number>
  silent: Record<string, number>
  queues: Record<string, { waiting: number; active: number; delayed: number; failed: number }>
  activeSpace: string | null
}

/** One Coro on the shared servers: a database, a queue number and buckets of its own, and the services that it started. */
export interface System extends AsyncDisposable {
  readonly environment: Record<string, string>
  readonly sourceUrl: string
  readonly storeUrl: string
  readonly source: Storage
  readonly store: Storage
  readonly database: Database
  start<R extends Role>(...roles: R[]): Promise<Record<R, ServiceProcess>>
  /** Start one service, with more in its environment; resolves before it is ready. */
  startOne(role: Role, environment?: Record<string, string>): Promise<ServiceProcess>
  /** Put files below `folder` into the source, by key. */
  deliver(folder: string, keys: readonly string[], under?: string): Promise<void>
  /** The API's answer, parsed; throws on any status but 2xx. */
  get<T = unknown>(path: string): Promise<T>
  post<T = unknown>(path: string, body: unknown): Promise<T>
  status(): Promise<Status>
  /** Wait until exactly so many recordings are in each of these states and no others exist. */
  settle(states: Record<string, number>, timeoutMs?: number): Promise<Status>
  coro(...args: string[]): ReturnType<typeof coro>
}

let nextQueue = 0

/** Make a system; nothing runs yet. */
export async function createSystem(name: string, options: SystemOptions = {}): Promise<System> {
  const { source: sourceKind = 's3', store: storeKind = 's3', unmigrated = false } = options
  const stack = inject('stack')
  const unique = `${name}-${randomBytes(3).toString('hex')}`
  const folder = mkdtempSync(join(tmpdir(), `coro-${unique}-`))
  mkdirSync(join(folder, 'source'))
  const buckets = { source: `${unique}-recordings`, store: `${unique}-store` }
  const urlOf = (kind: 'file' | 's3', role: 'source' | 'store') =>
    kind === 's3' ? `s3://${buckets[role]}` : pathToFileURL(join(folder, role)).href
  const sourceUrl = urlOf(sourceKind, 'source')
  const storeUrl = urlOf(storeKind, 'store')
  const keys = { AWS_ACCESS_KEY_ID: stack.s3.accessKeyId, AWS_SECRET_ACCESS_KEY: stack.s3.secretAccessKey }
  const environment = {
    CORO_DATABASE_URL: `${stack.postgres.url}/${unique}`,
    // Each test file is a process of its own: numbers must differ between them too.
    CORO_QUEUE_URL: `${stack.valkey.url}/${(process.pid + nextQueue++) % 64}`,
    CORO_SOURCES: sourceUrl,
    CORO_STORE_URL: storeUrl,
    CORO_DATA: join(folder, 'data'),
    CORO_S3_ENDPOINT: stack.s3.endpoint,
    CORO_S3_FORCE_PATH_STYLE: 'true',
    AWS_REGION: 'us-east-1',
    ...keys,
    CORO_SWEEP_INTERVAL_S: '2',
    CORO_SETTLE_S: '1',
    CORO_RECONCILE_INTERVAL_S: '2',
    CORO_PREPARE_THREADS: '1',
    CORO_EMBED_THREADS: '1',
    ...options.environment,
  }
  const admin = await openDatabase(`${stack.postgres.url}/coro`)
  await admin.pool.query(`create database "${unique}"`)
  await admin[Symbol.asyncDispose]()
  const wanted = [sourceKind === 's3' && buckets.source, storeKind === 's3' && buckets.store].filter((b) => b !== false)
  await succeed(
    runNode([join(root, 'infra/docker/create-buckets.mjs'), ...wanted], {
      AWS_ENDPOINT_URL_S3: stack.s3.endpoint,
      AWS_REGION: 'us-east-1',
      ...keys,
    }),
  )
  if (!unmigrated) await succeed(coro(['migrate'], environment))
  const database = await openDatabase(environment.CORO_DATABASE_URL)
  const storages = openStorages(stack.s3.endpoint, keys)
  const source = storages.open(sourceUrl)
  const services: ServiceProcess[] = []
  const ofServices = throughProxies(environment, options.through ?? {})

  const api = async (path: string, init?: RequestInit): Promise<Response> => {
    const service = services.findLast(({ role }) => role === 'api')
    if (!service) throw new Error('no API was started')
    return fetch(service.url + path, init)
  }
  const parsed = async <T>(answer: Response): Promise<T> => {
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }
  const system: System = {
    environment,
    sourceUrl,
    storeUrl,
    source,
    store: storages.open(storeUrl),
    database,
    async startOne(role, more = {}) {
      const logFile = join(root, '.build/test-logs', unique, `${role}.log`)
      const service = await startService(role, { ...ofServices, ...more }, logFile)
      services.push(service)
      return service
    },
    async start(...roles) {
      const started = await Promise.all(roles.map((role) => system.startOne(role)))
      await Promise.all(started.map((service) => service.ready()))
      return Object.fromEntries(started.map((service) => [service.role, service])) as never
    },
    async deliver(from, keys, under = '') {
      for (const key of keys) await source.put(under + key, await readFile(join(from, key)))
    },
    get: async (path) => parsed(await api(path)),
    post: async (path, body) =>
      parsed(
        await api(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
    status: () => system.get<Status>('/v1/status'),
    async settle(states, timeoutMs = 90_000) {
      const status = await waitUntil(
        `${JSON.stringify(states)} (logs: .build/test-logs/${unique})`,
        timeoutMs,
        async () => {
          const now = await system.status()
          const there = Object.fromEntries(Object.entries(now.recordings).filter(([, n]) => n > 0))
          if (
            Object.keys(there).length === Object.keys(states).length &&
            Object.entries(states).every(([s, n]) => there[s] === n)
          )
            return now
          throw new Error(JSON.stringify(there))
        },
      )
      return status
    },
    coro: (...args) => coro(args, environment),
    async [Symbol.asyncDispose]() {
      await Promise.all(services.map((service) => service[Symbol.asyncDispose]()))
      await database[Symbol.asyncDispose]()
      storages[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return system
}

/** The addresses of the servers, with another host and port where there is a proxy before one. */
function throughProxies(
  environment: Record<string, string>,
  proxies: NonNullable<SystemOptions['through']>,
): Record<string, string> {
  const variables = { postgres: 'CORO_DATABASE_URL', valkey: 'CORO_QUEUE_URL', s3: 'CORO_S3_ENDPOINT' } as const
  const changed = Object.entries(proxies).map(([server, address]) => {
    const name = variables[server as keyof typeof variables]
    return [name, (environment[name] ?? '').replace(/(\/\/(?:[^@/]*@)?)[^@/]+/, `$1${address}`)]
  })
  return { ...environment, ...Object.fromEntries(changed) }
}

/** The AWS SDK takes its keys from the environment, in the tests as everywhere. */
function openStorages(endpoint: string, keys: Record<string, string>) {
  // oxlint-disable-next-line node/no-process-env -- read by the SDK's own credential chain
  Object.assign(process.env, keys, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' })
  return createStorageOpener({ endpoint, forcePathStyle: true, region: 'us-east-1' })
}

async function succeed(running: ReturnType<typeof coro>): Promise<void> {
  const { code, stdout, stderr } = await running
  if (code !== 0) throw new Error(`ended with ${code}: ${stdout}${stderr}`)
}
