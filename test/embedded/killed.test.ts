import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeDeployment } from '@coro/synthetic/deployment'
import { expect, it } from 'vitest'
import type { Recording, SearchAnswer, Status } from '../answers.js'
import { coroJson, eventually, startCoro, temporaryFolder } from './coro-process.js'

/** Seeded, so that a failure can be run again: mulberry32. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

it('killed at random moments and started again, every recording ends searchable once', async () => {
  const seed = Date.now() % 100_000
  const next = random(seed)
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'store')
  await mkdir(data)
  const made = await makeDeployment({ dir: join(folder.path, 'deployment'), recordings: 12 })
  const args = ['--source', made.sourceDir, '--data', data]
  const env = { CORO_SETTLE_S: '0' }
  for (let kills = 0; kills < 4; kills++) {
    const server = await startCoro(args, env)
    await sleep(next() * 3000)
    await server.kill()
  }
  await using server = await startCoro(args, env)
  const status = await eventually(`all done after kills (seed ${seed})`, 90, async () => {
    const now = await server.get<Status>('/v1/status')
    const { searchable, quarantined, duplicate } = now.recordings
    return searchable + quarantined + duplicate === made.files.length && now
  })
  expect(status.recordings).toMatchObject({ searchable: 12, quarantined: 1, duplicate: 1, failed: 0 })
  const { recordings } = await server.get<{ recordings: Recording[] }>('/v1/recordings')
  expect(new Set(recordings.map(({ key }) => key)).size).toBe(made.files.length)
  expect(recordings).toHaveLength(made.files.length)
  const windows = made.files
    .filter(({ kind }) => kind === 'recording')
    .reduce((sum, { durationS }) => sum + Math.floor(durationS / 5), 0)
  expect(status.segments).toBe(windows)
  for (const n of Object.values(status.embeddings)) expect(n).toBe(windows)
  // What was half written before a kill must not be found twice.
  const all = await coroJson<SearchAnswer>(['search', '--segment', '1', '-k', '1000', '--data', data])
  expect(new Set(all.results.map(({ key, startS }) => `${key}@${startS}`)).size).toBe(windows)
})
