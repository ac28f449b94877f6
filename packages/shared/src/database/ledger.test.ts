import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addRecording, addSource, openTestDatabase } from './database.fixture.js'
import { endAttempt, ledgerOf, openAttempt } from './ledger.js'

let database: Database
let recordingId: number
beforeAll(async () => {
  database = await openTestDatabase()
  const { id } = await addSource(database)
  recordingId = await addRecording(database, id)
})
afterAll(() => database[Symbol.asyncDispose]())

it('counts the attempts of each stage, and keeps how each ended', async () => {
  const { ledgerId: first } = await openAttempt(database.pool, recordingId, 'prepare', 'w:1')
  await endAttempt(database.pool, first, 'failed', { code: 'EIO', message: 'disk', details: { bytes: 5 } })
  await endAttempt(database.pool, first, 'done')
  expect((await openAttempt(database.pool, recordingId, 'prepare', 'w:2')).died).toBe(0)
  const openEmbed = (worker: string, spaceId: number) =>
    openAttempt(database.pool, recordingId, 'embed', worker, { spaceId, firstSegment: 0 }, { count: 60 })
  expect((await openEmbed('w:2', 1)).died).toBe(0)
  expect((await openEmbed('w:3', 2)).died).toBe(0)
  // Each batch of a stage has its own dead, and each is counted once.
  const { ledgerId, died } = await openEmbed('w:4', 2)
  expect(died).toBe(1)
  await endAttempt(database.pool, ledgerId, 'done')
  expect((await openEmbed('w:5', 2)).died).toBe(0)
  const entries = await ledgerOf(database.pool, recordingId)
  expect(entries.map(({ stage, attempt, outcome, code }) => [stage, attempt, outcome, code])).toEqual([
    ['prepare', 1, 'failed', 'EIO'],
    ['prepare', 2, null, null],
    ['embed', 1, null, null],
    ['embed', 2, 'died', 'WORKER_DIED'],
    ['embed', 3, 'done', null],
    ['embed', 4, null, null],
  ])
  expect(entries[0]).toMatchObject({ worker: 'w:1', message: 'disk', details: { bytes: 5 } })
  expect(entries[0]?.endedAt).toBeInstanceOf(Date)
})
