import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addRecording, addSource, openTestDatabase } from './database.fixture.js'
import { endAttempt, forgetOldEntries, ledgerOf, noteByPerson, openAttempt } from './ledger.js'
import { moveState } from './recording-work.js'

let database: Database
let sourceId: number
beforeAll(async () => {
  database = await openTestDatabase()
  sourceId = (await addSource(database)).id
})
afterAll(() => database[Symbol.asyncDispose]())

it('counts the attempts of each stage, and keeps how each ended and what a person did', async () => {
  const recordingId = await addRecording(database, sourceId)
  const first = await openAttempt(database.pool, recordingId, 'prepare', 'w:1')
  await endAttempt(database.pool, first, 'failed', { code: 'EIO', message: 'disk', details: { bytesIn: 5 } })
  await endAttempt(database.pool, first, 'done')
  await noteByPerson(database.pool, [recordingId], 'retried', { by: 'ana', message: null })
  await openAttempt(database.pool, recordingId, 'prepare', 'w:2')
  await openAttempt(database.pool, recordingId, 'embed', 'w:3', { firstSegment: 60 })
  const entries = await ledgerOf(database.pool, recordingId)
  expect(entries.map(({ stage, attempt, worker, outcome, code }) => [stage, attempt, worker, outcome, code])).toEqual([
    ['watch', 1, 'watcher', 'found', null],
    ['prepare', 1, 'w:1', 'failed', 'EIO'],
    ['person', 1, 'ana', 'retried', null],
    ['prepare', 2, 'w:2', null, null],
    ['embed', 1, 'w:3', null, null],
  ])
  expect(entries[0]).toMatchObject({ details: { bytes: 1000, version: 'v1' } })
  expect(entries[1]).toMatchObject({ message: 'disk', details: { bytesIn: 5 } })
  expect(entries[1]?.endedAt).toBeInstanceOf(Date)
})

it('forgets entries beyond their age, in batches, but for recordings whose story is still to be told', async () => {
  const states = ['searchable', 'duplicate', 'discovered', 'quarantined', 'failed', 'cancelled'] as const
  const ids: number[] = []
  for (const state of states) {
    const id = await addRecording(database, sourceId)
    for (let n = 0; n < 3; n++) {
      const attempt = await openAttempt(database.pool, id, 'prepare', 'w:1')
      await endAttempt(database.pool, attempt, 'done')
    }
    await moveState(database.pool, id, ['discovered'], state)
    ids.push(id)
  }
  await database.pool.query(
    `update coro.ledger set started_at = now() - interval '10 days' where recording_id = any($1) and attempt <= 2`,
    [ids],
  )
  expect(await forgetOldEntries(database.pool, 11, 2)).toBe(0)
  expect(await forgetOldEntries(database.pool, 9, 2)).toBe(4)
  const { rows } = await database.pool.query<{ n: number }>(
    `select count(l.id) as n from unnest($1::bigint[]) with ordinality as i (id, place)
       left join coro.ledger l on l.recording_id = i.id group by i.place order by i.place`,
    [ids],
  )
  expect(rows.map(({ n }) => n)).toEqual([1, 1, 3, 3, 3, 3])
})
