import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { openDatabase } from '@coro/shared/database/open'
import { createStorageOpener } from '@coro/shared/storage/open-storage'
import { createRandom, seedOf } from '@coro/synthetic/random'
import { expect, inject, test } from 'vitest'
import { waitUntil } from '../distributed/wait-until.js'
import { coro, startCoro, temporaryFolder } from '../embedded/coro-process.js'
import { faultDeployment } from './fault-deployment.js'
import { checkAnswers, isAllDone } from './final-answers.js'
import { checkStored } from './final-state.js'
import { undisturbedFigures } from './fault-run.js'

const { seed, embeddedKills, recordings, settleMs } = inject('faults')

test(`the embedded system killed while it writes, ${embeddedKills} times on the same data folder (seed ${seed})`, async () => {
  const random = createRandom(seedOf(seed, 'embedded'))
  const { folder, files } = await faultDeployment(recordings)
  const undisturbed = await undisturbedFigures()
  await using temporary = await temporaryFolder()
  const data = join(temporary.path, 'data')
  await mkdir(data)
  const args = ['--source', folder, '--data', data]
  const env = { CORO_SETTLE_S: '0' }
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
  {
    await using server = await startCoro(args, env)
    const reachable = {
      get: <T>(path: string) => server.get<T>(path),
      post: <T>(path: string, body: unknown) => server.post<T>(path, body),
      coro: (...words: string[]) => coro(words, { CORO_API_URL: server.url }),
    }
    await waitUntil(`all ${files.length} files done`, settleMs, () => isAllDone(reachable, files))
    await checkAnswers(reachable, files)
  }
  await using database = await openDatabase(`pglite:${join(data, 'database')}`)
  using storages = createStorageOpener({ endpoint: null, forcePathStyle: false, region: 'us-east-1' })
  await checkStored({ database, store: storages.open(pathToFileURL(join(data, 'store')).href) }, files, undisturbed)
})

/** What changes whenever something has been written. */
async function written(server: { get<T>(path: string): Promise<T> }): Promise<string> {
  const { recordings: states, segments, embeddings } = await server.get<Record<string, unknown>>('/v1/status')
  return JSON.stringify([states, segments, embeddings])
}
