import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createStorageOpener } from '@coro/shared/storage/open-storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SearchAnswer } from '../answers.js'
import { segmentsOf, smallDeployment } from './deployment.js'
import { inherited, root } from './services.js'
import { freePort } from './stack.js'
import type { Status } from './system.js'
import { waitUntil } from './wait-until.js'

// What docker-compose.yml gives its S3 server.
const s3Keys = {
  AWS_ACCESS_KEY_ID: 'coro',
  AWS_SECRET_ACCESS_KEY: 'coro-local',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
}
const project = `coro-test-${randomBytes(3).toString('hex')}`
let environment: Record<string, string | undefined>
let apiUrl: string
let s3Url: string

/** Docker, with the whole output in the error where it fails. */
async function docker(...args: string[]): Promise<string> {
  const options = { cwd: root, env: environment, maxBuffer: 1 << 28 }
  const { stdout } = await promisify(execFile)('docker', args, options)
  return stdout
}
const compose = (...args: string[]) => docker('compose', '-p', project, ...args)

beforeAll(async () => {
  const [apiPort, s3Port] = [await freePort(), await freePort()]
  apiUrl = `http://127.0.0.1:${apiPort}`
  s3Url = `http://127.0.0.1:${s3Port}`
  // Debian's Docker client has no buildx; the Dockerfile builds with both.
  environment = { ...inherited(), CORO_API_PORT: String(apiPort), CORO_S3_PORT: String(s3Port), DOCKER_BUILDKIT: '0' }
  const images = await docker('image', 'ls', '--quiet', 'coro:local')
  if (images.trim() === '') {
    process.stdout.write('building the image coro:local (some 2 min; .ci/run does it beforehand)\n')
    await compose('build', '--quiet')
  }
  try {
    await compose('up', '--wait', '--wait-timeout', '180', '--no-build')
  } catch (error) {
    throw new Error(`${String(error)}\n${await compose('logs', '--no-color', '--tail', '40')}`, { cause: error })
  }
}, 900_000)
afterAll(async () => {
  await compose('down', '--volumes', '--timeout', '10')
})

test('docker compose up --wait; one object put into the bucket is found by a search over HTTP', async () => {
  const { folder, files } = await smallDeployment({ recordings: 1, seed: 2 })
  const [file] = files
  if (!file) throw new Error('no file')
  const bytes = await readFile(join(folder, file.key))
  // oxlint-disable-next-line node/no-process-env -- read by the SDK's own credential chain
  Object.assign(process.env, s3Keys)
  using storages = createStorageOpener({ endpoint: s3Url, forcePathStyle: true, region: 'us-east-1' })
  await storages.open('s3://recordings').put(file.key, bytes)
  await waitUntil(`${file.key} searchable`, 60_000, async () => {
    const status = (await (await fetch(`${apiUrl}/v1/status`)).json()) as Status
    return status.recordings['searchable'] === 1
  })
  const form = new FormData()
  form.set('audio', new File([bytes], 'clip.wav'))
  form.set('k', '5')
  const answer = await fetch(`${apiUrl}/v1/search`, { method: 'POST', body: form })
  expect(answer.status).toBe(200)
  const { results, candidates } = (await answer.json()) as SearchAnswer
  expect(candidates).toBe(segmentsOf(file))
  expect(results).toHaveLength(5)
  for (const { key, startS, queryStartS, similarity } of results) {
    expect(key).toBe(file.key)
    expect(queryStartS).toBe(startS)
    expect(similarity).toBeGreaterThanOrEqual(0.999)
  }
})

test('every service ends at SIGTERM with code 0', async () => {
  await compose('stop', '--timeout', '30', 'watch', 'prepare', 'embed', 'api')
  const lines = (await compose('ps', '--all', '--format', 'json')).trim().split('\n')
  const containers = lines.flatMap((line) => JSON.parse(line) as { Service: string; ExitCode: number })
  for (const role of ['watch', 'prepare', 'embed', 'api']) {
    expect(containers.find(({ Service }) => Service === role)).toMatchObject({ ExitCode: 0 })
  }
})
