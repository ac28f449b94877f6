import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@coro/shared/config/read-config'
import { addRecording, addSegments, addSource, addSpace } from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { savePreparedFiles } from '@coro/shared/database/integrity/prepared-files'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform, type Platform } from '@coro/shared/process/platform'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expirePrepared } from './expire-prepared.js'

let folder: string
let platform: Platform
let ids: number[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-retention-'))
  const config = readConfig({ CORO_DATABASE_URL: 'pglite:memory', CORO_DATA: folder })
  platform = await openPlatform(config, createLogger({ level: 'silent' }))
  const { database, store } = platform
  const space = await addSpace(database)
  const { id: sourceId } = await addSource(database)
  ids = []
  // The last one still owes its vectors.
  for (const n of [0, 1, 2, 3, 4]) {
    const id = await addRecording(database, sourceId, { key: `${n}.wav` })
    const segments = await addSegments(database, id, [space], 1)
    if (n < 4) await saveEmbeddings(database, space, id, [], segments)
    for (const variant of ['raw', 'denoised'] as const) {
      await store.put(preparedKey(`prepared/${id}`, variant), Buffer.alloc(1000))
    }
    await savePreparedFiles(database.pool, id, {
      raw: { sha256: '', bytes: 1000 },
      denoised: { sha256: '', bytes: 1000 },
    })
    const days = `${10 - n} days`
    await database.pool.query('update coro.recording set prepared_at = now() - $2::interval where id = $1', [id, days])
    ids.push(id)
  }
  // Somebody listened to the oldest yesterday.
  await database.pool.query(`update coro.recording set prepared_used_at = now() - interval '1 day' where id = $1`, [
    ids[0],
  ])
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function expireBy(retention: { preparedDays: number; preparedGb: number }): Promise<number[]> {
  await expirePrepared({ ...platform, config: { ...platform.config, retention } })
  const there: number[] = []
  for (const [n, id] of ids.entries()) {
    const [raw, denoised] = await Promise.all(
      (['raw', 'denoised'] as const).map((variant) => platform.store.head(preparedKey(`prepared/${id}`, variant))),
    )
    expect(raw === null).toBe(denoised === null)
    if (raw) there.push(n)
  }
  const { rows } = await platform.database.pool.query<{ id: number }>(
    'select id from coro.recording where prepared_expired_at is null order by id',
  )
  expect(rows.map(({ id }) => ids.indexOf(id))).toEqual(there)
  return there
}

test('without a limit nothing expires', async () => {
  expect(await expireBy({ preparedDays: 0, preparedGb: 0 })).toEqual([0, 1, 2, 3, 4])
})

test('by age: what nobody asked for in so many days, but nothing that is still needed', async () => {
  expect(await expireBy({ preparedDays: 8.5, preparedGb: 0 })).toEqual([0, 2, 3, 4])
})

test('by size: the longest unused first, until the rest fits; the recordings stay searchable', async () => {
  // 8 kB are there, 5 may be: two recordings of 2 kB go, the one that was listened to yesterday is not among them.
  expect(await expireBy({ preparedDays: 0, preparedGb: 5000 / 1e9 })).toEqual([0, 4])
  expect(await expireBy({ preparedDays: 0, preparedGb: 5000 / 1e9 })).toEqual([0, 4])
  // What is needed never goes, however small the limit.
  expect(await expireBy({ preparedDays: 0, preparedGb: 1e-9 })).toEqual([4])
  const { rows } = await platform.database.pool.query(
    'select state, count(*) as n from coro.recording group by 1 order by 1',
  )
  expect(rows).toEqual([
    { state: 'embedding', n: 1 },
    { state: 'searchable', n: 4 },
  ])
})
