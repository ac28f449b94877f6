import { mkdir, readdir, readFile, rename, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { writeToneWav } from '@coro/synthetic/tone'
import { expect, it } from 'vitest'
import type { Recording, SearchAnswer, Status } from '../answers.js'
import { eventually, startCoro, temporaryFolder } from './coro-process.js'

it('answers a clip while a long file is being prepared and a backlog waits', async () => {
  await using folder = await temporaryFolder()
  const source = join(folder.path, 'cards')
  await mkdir(source)
  const clip = join(folder.path, 'clip.wav')
  await writeToneWav(clip, { seconds: 5, sampleRateHz: 48_000, frequencyHz: 2500 })
  await writeToneWav(join(source, 'a-first.wav'), { seconds: 10, sampleRateHz: 32_000, frequencyHz: 2500 })
  await using server = await startCoro(['--source', source, '--data', join(folder.path, 'store')], {
    CORO_SETTLE_S: '0',
    CORO_PREPARE_THREADS: '1',
  })
  const state = async (key: string) =>
    (await server.get<{ recordings: Recording[] }>(`/v1/recordings?key=${key}`)).recordings[0]?.state
  await eventually('the first searchable', 30, async () => (await state('a-first.wav')) === 'searchable')
  const away = join(folder.path, 'away')
  await mkdir(away)
  await writeToneWav(join(away, 'long.wav'), { seconds: 1200, sampleRateHz: 48_000, frequencyHz: 1000 })
  const older = new Date(Date.now() - 3_600_000)
  for (let i = 0; i < 60; i++) {
    const file = join(away, `z-${i}.wav`)
    await writeToneWav(file, { seconds: 2, sampleRateHz: 32_000, frequencyHz: 500 + i })
    await utimes(file, older, older)
  }
  // All at once; the newest goes first.
  for (const name of await readdir(away)) await rename(join(away, name), join(source, name))
  await eventually('the long one in hand', 60, async () => (await state('long.wav')) === 'preparing')
  const form = new FormData()
  form.set('audio', new Blob([new Uint8Array(await readFile(clip))]), 'clip.wav')
  const response = await fetch(`${server.url}/v1/search`, { method: 'POST', body: form })
  const answer = (await response.json()) as SearchAnswer
  expect(answer.results[0]?.key).toBe('a-first.wav')
  // The answer did not wait for what was in hand, nor for what stood before it.
  expect(await state('long.wav')).toBe('preparing')
  const { recordings } = await server.get<Status>('/v1/status')
  expect(recordings.discovered).toBeGreaterThan(0)
})
