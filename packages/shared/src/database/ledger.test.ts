import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addRecording, addSource, openTestDatabase } from './database.fixture.js'
import { beginAttempt, closeDeadAttempts, endAttempt, ledgerOf } from './ledger.js'

let database: Database
let recordingId: number
beforeAll(async () => {
  database = await openTestDatabase()
  const { id } = await addSource(database)
  recordingId = await addRecording(database, id)
})
afterAll(() => database[Symbol.asyncDispose]())

it('counts the attempts of each stage, and keeps how each ended', async () => {
  const first = await beginAttempt(database.pool, recordingId, 'prepare', 'w:1')
  await endAttempt(database.pool, first, 'failed', { code: 'EIO', message: 'disk', details: { bytes: 5 } })
  await endAttempt(database.pool, first, 'done')
  await beginAttempt(database.pool, recordingId, 'prepare', 'w:2')
  await beginAttempt(database.pool, recordingId, 'embed', 'w:2', { spaceId: 1, firstSegment: 0 })
  await beginAttempt(database.pool, recordingId, 'embed', 'w:3', { spaceId: 2, firstSegment: 0 })
  // Each batch of a stage has its own dead.
  expect(await closeDeadAttempts(database.pool, recordingId, 'embed', { spaceId: 2, firstSegment: 0 })).toBe(1)
  expect(await closeDeadAttempts(database.pool, recordingId, 'embed', { spaceId: 2, firstSegment: 0 })).toBe(0)
  const entries = await ledgerOf(database.pool, recordingId)
  expect(entries.map(({ stage, attempt, outcome, code }) => [stage, attempt, outcome, code])).toEqual([
    ['prepare', 1, 'failed', 'EIO'],
    ['prepare', 2, null, null],
    ['embed', 1, null, null],
    ['embed', 2, 'died', 'WORKER_DIED'],
  ])
  expect(entries[0]).toMatchObject({ worker: 'w:1', message: 'disk', details: { bytes: 5 } })
  expect(entries[0]?.endedAt).toBeInstanceOf(Date)
})
