import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestDatabase } from '../database/database.fixture.js'
import { listWorkers } from '../database/workers.js'
import { createLogger } from '../log/logger.js'
import { createPresence } from './presence.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const log = createLogger({ level: 'silent' })
const rows = async () =>
  (await database.pool.query<{ id: string; doing: object }>('select id, doing from coro.worker order by id')).rows

it('says that a worker lives and what it is at, until it ends', async () => {
  const presence = createPresence('host:1:a', database.pool, { lockS: 0.5, log })
  expect(await rows()).toEqual([])
  presence.at(7, 'begun')
  presence.at(8, 'fetch')
  await presence.join('prepare', 2)
  await presence.join('embed', 1)
  expect(await rows()).toEqual([{ id: 'host:1:a', doing: { 7: 'begun', 8: 'fetch' } }])
  expect(await listWorkers(database.pool)).toMatchObject([{ worker: 'host:1:a', prepareThreads: 2, embedThreads: 1 }])
  presence.at(7, null)
  await expect.poll(rows, { timeout: 20_000 }).toEqual([{ id: 'host:1:a', doing: { 8: 'fetch' } }])
  await presence[Symbol.asyncDispose]()
  expect(await rows()).toEqual([])
})

it('judges others only after it has spoken with the database for as long as they must have been silent', async () => {
  let away = false
  const pool = {
    query: (...args: Parameters<Database['pool']['query']>) =>
      away ? Promise.reject(new Error('away')) : database.pool.query(...args),
  } as Database['pool']
  await using presence = createPresence('host:1:b', pool, { lockS: 1, log })
  expect(presence.canJudge()).toBe(false)
  await presence.join()
  expect(presence.canJudge()).toBe(false)
  await expect.poll(() => presence.canJudge(), { timeout: 20_000 }).toBe(true)
  away = true
  await expect.poll(() => presence.canJudge(), { timeout: 20_000 }).toBe(false)
  // Not as soon as it is back: what the others could not say meanwhile is not held against them.
  await sleep(700)
  away = false
  await sleep(250)
  expect(presence.canJudge()).toBe(false)
  await expect.poll(() => presence.canJudge(), { timeout: 20_000 }).toBe(true)
})
