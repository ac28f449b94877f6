import { execFile } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers'
import type { TestProject } from 'vitest/node'

const run = promisify(execFile)

export const images = {
  postgres: 'pgvector/pgvector:pg17',
  valkey: 'valkey/valkey:8-alpine',
  s3: 'versity/versitygw:v1.8.0',
}

/** The servers that all distributed tests share; each test takes a database, a queue number and buckets of its own. */
export interface Stack {
  postgres: { container: string; url: string }
  /** Without the number of a logical database at its end. */
  valkey: { container: string; url: string }
  s3: { container: string; endpoint: string; accessKeyId: string; secretAccessKey: string }
}

declare module 'vitest' {
  export interface ProvidedContext {
    stack: Stack
  }
}

/** vitest's global setup of the project `distributed`: real servers in containers, once for all files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await leaveOutReaperOfStandIns()
  const [postgres, valkey, s3] = await Promise.all([startPostgres(), startValkey(), startS3()])
  project.provide('stack', {
    postgres: {
      container: postgres.getId(),
      url: `postgres://coro:coro@${postgres.getHost()}:${postgres.getMappedPort(5432)}`,
    },
    valkey: { container: valkey.getId(), url: `redis://${valkey.getHost()}:${valkey.getMappedPort(6379)}` },
    s3: { container: s3.getId(), endpoint: `http://${s3.getHost()}:${s3.getMappedPort(7070)}`, ...s3Keys },
  })
  return async () => {
    await Promise.all([postgres, valkey, s3].map((container) => container.stop({ timeout: 0 })))
  }
}

/** Images that were built on this machine have no registry behind them, where testcontainers' reaper would come from. */
async function leaveOutReaperOfStandIns(): Promise<void> {
  const { stdout } = await run('docker', ['image', 'ls', '--quiet', '--filter', 'label=coro.stand-in'])
  // oxlint-disable-next-line node/no-process-env -- testcontainers' own switch
  if (stdout.trim() !== '') process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
}

const health = (command: string) => ({
  test: ['CMD-SHELL', command] as ['CMD-SHELL', string],
  interval: 500,
  timeout: 5000,
  retries: 120,
  startPeriod: 0,
})

/** Host ports are chosen here, not by Docker: they must be the same after a restart. */
async function startPostgres(): Promise<StartedTestContainer> {
  return (
    new GenericContainer(images.postgres)
      .withEnvironment({ POSTGRES_USER: 'coro', POSTGRES_PASSWORD: 'coro', POSTGRES_DB: 'coro' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
      .withSharedMemorySize(256 * 1024 * 1024)
      .withExposedPorts({ container: 5432, host: await freePort() })
      // Over TCP: while the image prepares a new cluster, its socket answers already.
      .withHealthCheck(health('pg_isready -q -h 127.0.0.1 -U coro -d coro'))
      .withWaitStrategy(Wait.forHealthCheck())
      .start()
  )
}

async function startValkey(): Promise<StartedTestContainer> {
  return new GenericContainer(images.valkey)
    .withCommand(['valkey-server', '--maxmemory-policy', 'noeviction', '--appendonly', 'yes', '--databases', '64'])
    .withExposedPorts({ container: 6379, host: await freePort() })
    .withHealthCheck(health('valkey-cli ping | grep -q PONG'))
    .withWaitStrategy(Wait.forHealthCheck())
    .start()
}

const s3Keys = { accessKeyId: 'coro', secretAccessKey: 'coro-local' }

async function startS3(): Promise<StartedTestContainer> {
  return new GenericContainer(images.s3)
    .withEnvironment({
      VGW_BACKEND: 'posix',
      VGW_BACKEND_ARG: '/data',
      VGW_PORT: ':7070',
      VGW_HEALTH: '/healthz',
      ROOT_ACCESS_KEY: s3Keys.accessKeyId,
      ROOT_SECRET_KEY: s3Keys.secretAccessKey,
    })
    .withTmpFs({ '/data': 'rw' })
    .withExposedPorts({ container: 7070, host: await freePort() })
    .withHealthCheck(health('wget -q -O /dev/null http://127.0.0.1:7070/healthz'))
    .withWaitStrategy(Wait.forHealthCheck())
    .start()
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}
