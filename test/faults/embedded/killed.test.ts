import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { openDatabase, type Database } from '@coro/shared/database/open'
import { createStorageOpener } from '@coro/shared/storage/open-storage'
import type { Storage } from '@coro/shared/storage/store'
import { createRandom, seedOf } from '@coro/synthetic/random'
import { expect, inject, test } from 'vitest'
import { waitUntil } from '../../distributed/wait-until.js'
import { coro, startCoro, temporaryFolder, type RunningCoro } from '../../embedded/coro-process.js'
import { faultDeployment, type FaultDeployment } from '../fault-deployment.js'
import { checkAnswers, isAllDone, type Reachable } from '../final-answers.js'
import { checkStored } from '../final-state.js'
import { figuresOf, type Figures } from '../figures.js'

const { seed, embeddedKills, recordings, settleMs } = inject('faults')
const env = { CORO_SETTLE_S: '0' }

test(`killed while it writes, ${embeddedKills} times on the same data folder (seed ${seed})`, async () => {
  const random = createRandom(seedOf(seed, 'embedded'))
  const deployment = await faultDeployment(recordings)
  await using temporary = await temporaryFolder()
  const undisturbed = await undisturbedFigures(deployment, join(temporary.path, 'undisturbed'))
  const data = join(temporary.path, 'data')
  await mkdir(data)
  const args = ['--source', deployment.folder, '--data', data]
  let writing = 0
  for (let kills = 0; kills < embeddedKills; kills++) {
    const server = await startCoro(args, env)
    const before = await written(server)
    // Not before it writes: a kill of an idle process tests nothing.
    await waitUntil('something written', 60_000, async () => (await written(server)) !== before)
    await sleep(random() * 2500)
    const { recordings: states } = await server.get<{ recordings: Record<string, number> }>('/v1/status')
    await server.kill()
    if ((states['discovered'] ?? 0) + (states['preparing'] ?? 0) + (states['embedding'] ?? 0) > 0) writing++
  }
  expect(writing).toBeGreaterThan(0)
  await toTheEnd(args, deployment)
  await using kept = await openKept(data)
  await checkStored(kept, deployment.files, undisturbed)
})

/** Segments, vectors and silences of an embedded run in which nothing goes wrong. */
async function undisturbedFigures(deployment: FaultDeployment, data: string): Promise<Figures> {
  await mkdir(data)
  await toTheEnd(['--source', deployment.folder, '--data', data], deployment)
  await using kept = await openKept(data)
  const figures = await figuresOf(kept.database)
  return figures
}

/** Start, wait until all files are done, look at what users are told, and stop. */
async function toTheEnd(args: string[], { files }: FaultDeployment): Promise<void> {
  await using server = await startCoro(args, env)
  const reachable = reachableBy(server)
  await waitUntil(`all ${files.length} files done`, settleMs, () => isAllDone(reachable, files))
  await checkAnswers(reachable, files)
}

const reachableBy = (server: RunningCoro): Reachable => ({
  get: (path) => server.get(path),
  post: (path, body) => server.post(path, body),
  coro: (...words) => coro(words, { CORO_API_URL: server.url }),
})

/** Database and prepared audio of a stopped system. */
async function openKept(data: string): Promise<AsyncDisposable & { database: Database; store: Storage }> {
  const database = await openDatabase(`pglite:${join(data, 'database')}`)
  const storages = createStorageOpener({ endpoint: null, forcePathStyle: false, region: 'us-east-1' })
  return {
    database,
    store: storages.open(pathToFileURL(join(data, 'store')).href),
    async [Symbol.asyncDispose]() {
      storages[Symbol.dispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** What changes whenever something has been written. */
async function written(server: RunningCoro): Promise<string> {
  const { recordings: states, segments, embeddings } = await server.get<Record<string, unknown>>('/v1/status')
  return JSON.stringify([states, segments, embeddings])
}
