import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readConfig } from '@coro/shared/config/read-config'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform, type Platform } from '@coro/shared/process/platform'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startWatcher } from './watcher.js'

let data: string
let cards: string
let platform: Platform
let watcher: AsyncDisposable
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'coro-cards-data-'))
  cards = await mkdtemp(join(tmpdir(), 'coro-cards-'))
  for (const recorder of ['A1', 'A2']) await copyCard(recorder, `of ${recorder}`)
  const config = readConfig({
    CORO_DATABASE_URL: 'pglite:memory',
    CORO_DATA: data,
    CORO_SOURCES: pathToFileURL(cards).href,
    CORO_SETTLE_S: '0',
    CORO_SWEEP_INTERVAL_S: '1',
  })
  platform = await openPlatform(config, createLogger({ level: 'silent' }))
  watcher = await startWatcher(platform)
})
afterAll(async () => {
  await watcher[Symbol.asyncDispose]()
  await platform[Symbol.asyncDispose]()
  await rm(data, { recursive: true })
  await rm(cards, { recursive: true })
})

const names = ['STE-001.WAV', 'STE-002.WAV']

async function copyCard(folder: string, sound: string): Promise<void> {
  await mkdir(join(cards, 'lagoa', folder), { recursive: true })
  for (const name of names) await writeFile(join(cards, 'lagoa', folder, name), `${name} ${sound}`)
}

const recordings = async () => {
  const { rows } = await platform.database.pool.query<{ key: string; recorder: string; state: string }>(
    `select r.key, c.name as recorder, r.state from coro.recording r join coro.recorder c on c.id = r.recorder_id
      order by r.key, r.id`,
  )
  return rows.map(({ key, recorder, state }) => `${key} ${recorder} ${state}`)
}

test('two cards with the same file names in folders of their own are four recordings of two recorders', async () => {
  await vi.waitFor(async () => expect(await recordings()).toHaveLength(4), 30_000)
  expect(await recordings()).toEqual([
    'lagoa/A1/STE-001.WAV A1 discovered',
    'lagoa/A1/STE-002.WAV A1 discovered',
    'lagoa/A2/STE-001.WAV A2 discovered',
    'lagoa/A2/STE-002.WAV A2 discovered',
  ])
})

test('a second card over the first one supersedes its recordings in that folder, and touches no other', async () => {
  // As if they had been prepared: what was used keeps its row.
  await platform.database.pool.query(`update coro.recording set state = 'searchable', segment_count = 0`)
  await copyCard('A1', 'of the second visit, another length')
  await vi.waitFor(async () => expect(await recordings()).toHaveLength(6), 30_000)
  expect(await recordings()).toEqual([
    'lagoa/A1/STE-001.WAV A1 superseded',
    'lagoa/A1/STE-001.WAV A1 discovered',
    'lagoa/A1/STE-002.WAV A1 superseded',
    'lagoa/A1/STE-002.WAV A1 discovered',
    'lagoa/A2/STE-001.WAV A2 searchable',
    'lagoa/A2/STE-002.WAV A2 searchable',
  ])
  await copyCard('A1-visit-3', 'of the third visit')
  await vi.waitFor(async () => expect(await recordings()).toHaveLength(8), 30_000)
  expect((await recordings()).filter((line) => line.endsWith('superseded'))).toHaveLength(2)
})
