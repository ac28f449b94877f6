import { randomUUID } from 'node:crypto'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addRecording, addSource, openTestDatabase } from './database.fixture.js'
import { endAttempt, ledgerOf, openAttempt } from './ledger.js'
import { listQuarantine } from './quarantine.js'
import { loadWork } from './recording-work.js'
import { beat, buryDead, closeLost, disownOthers, forgetOldWorkers, livingThreads } from './workers.js'

let database: Database
let sourceId: number
beforeAll(async () => {
  database = await openTestDatabase()
  sourceId = (await addSource(database)).id
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  await database.pool.query('delete from coro.worker')
  await database.pool.query('delete from coro.ledger')
})

const rules = { deadAfterS: 5, maxDeaths: 3 }
const recording = () => addRecording(database, sourceId)

/** A worker that has these recordings in hand, and was last seen so long ago. */
async function worker(recordings: number[], { seenAgoS = 0, step = 'front end' } = {}): Promise<string> {
  const id = `host:${randomUUID()}`
  const doing: Record<string, string> = {}
  for (const recordingId of recordings) {
    doing[await openAttempt(database.pool, recordingId, 'prepare', id)] = step
  }
  await beat(database.pool, { id, prepareThreads: 2, embedThreads: 1, rssMb: 512, doing })
  await database.pool.query('update coro.worker set seen_at = now() - make_interval(secs => $2) where id = $1', [
    id,
    seenAgoS,
  ])
  return id
}
const counts = async (id: number) => {
  const work = await loadWork(database.pool, id)
  return work && [work.state, work.deaths, work.sharedDeaths]
}

describe('a worker that died', () => {
  it('counts against the recording that it had alone in hand, with what is known of its end', async () => {
    const id = await recording()
    const dead = await worker([id], { seenAgoS: 6 })
    expect(await buryDead(database, rules)).toEqual([
      { recordingId: id, alone: true, deaths: 1, sharedDeaths: 0, quarantined: false },
    ])
    expect(await buryDead(database, rules)).toEqual([])
    expect((await ledgerOf(database.pool, id)).at(-1)).toMatchObject({
      worker: dead,
      outcome: 'died',
      code: 'WORKER_DIED',
      details: { alone: true, step: 'front end', rssMb: 512 },
    })
  })

  it('makes suspects of what it had in hand together, and sets none of them aside', async () => {
    const [one, other] = [await recording(), await recording()]
    for (let death = 0; death < 5; death++) {
      await worker([one, other], { seenAgoS: 6 })
      expect(await buryDead(database, rules)).toHaveLength(2)
    }
    expect(await Promise.all([one, other].map(counts))).toEqual([
      ['discovered', 0, 5],
      ['discovered', 0, 5],
    ])
    expect((await ledgerOf(database.pool, one)).at(-1)?.details).toMatchObject({ alone: false, inHandToo: [other] })
  })

  it('is one death for all batches of one recording', async () => {
    const id = await recording()
    await worker([id, id, id], { seenAgoS: 6 })
    await buryDead(database, rules)
    expect(await counts(id)).toEqual(['discovered', 1, 0])
  })

  it('sets a recording aside that was alone in hand so many times; the quarantine shows the evidence', async () => {
    const [poison, innocent] = [await recording(), await recording()]
    for (let death = 0; death < 3; death++) {
      await worker([poison], { seenAgoS: 6, step: 'inspect' })
      await worker([innocent], { seenAgoS: 0 })
      await buryDead(database, rules)
    }
    expect(await counts(poison)).toEqual(['quarantined', 3, 0])
    expect(await counts(innocent)).toEqual(['discovered', 0, 0])
    const [set] = await listQuarantine(database.pool, { recordingId: poison, after: 0, limit: 10 })
    expect(set).toMatchObject({
      reason: { code: 'WORKER_DIED' },
      deaths: 3,
      evidence: [1, 2, 3].map(() => ({ outcome: 'died', details: { step: 'inspect', rssMb: 512, alone: true } })),
    })
    expect(Date.parse(set?.firstAt ?? '')).toBeLessThanOrEqual(Date.parse(set?.lastAt ?? ''))
  })

  it('is told from one that lives, from one that is only silent, and on an embedded system from all others', async () => {
    const [busy, silent] = [await recording(), await recording()]
    await worker([busy])
    // Of an earlier version, which says nothing of itself.
    await openAttempt(database.pool, silent, 'prepare', 'host:old')
    expect(await buryDead(database, rules)).toEqual([])
    await database.pool.query(`update coro.ledger set started_at = now() - interval '1 hour' where worker = 'host:old'`)
    expect(await buryDead(database, rules)).toMatchObject([{ recordingId: silent }])
    await disownOthers(database.pool, 'host:new')
    expect(await buryDead(database, rules)).toMatchObject([{ recordingId: busy }])
  })

  it('is counted once, however many look', async () => {
    const id = await recording()
    await worker([id], { seenAgoS: 6 })
    await Promise.all([1, 2, 3].map(() => buryDead(database, rules)))
    expect(await counts(id)).toEqual(['discovered', 1, 0])
  })
})

it('an attempt that its living worker does not know any more is closed, and counts against nobody', async () => {
  const [lost, running] = [await recording(), await recording()]
  const living = await worker([running])
  const ledgerId = await openAttempt(database.pool, lost, 'prepare', living)
  expect(await closeLost(database.pool)).toBe(0)
  await database.pool.query(`update coro.ledger set started_at = now() - interval '10 s' where worker = $1`, [living])
  expect(await closeLost(database.pool)).toBe(1)
  expect((await ledgerOf(database.pool, lost)).at(-1)).toMatchObject({ outcome: 'waiting', code: 'ATTEMPT_LOST' })
  expect(await counts(lost)).toEqual(['discovered', 0, 0])
  await endAttempt(database.pool, ledgerId, 'done')
  expect((await ledgerOf(database.pool, running)).at(-1)?.outcome).toBeNull()
})

it('threads of workers that live are counted, and workers that have long gone are forgotten', async () => {
  await worker([])
  await worker([], { seenAgoS: 60 })
  expect(await livingThreads(database.pool)).toEqual({ prepare: 2, embed: 1 })
  await database.pool.query(`update coro.worker set seen_at = now() - interval '2 days'`)
  await forgetOldWorkers(database.pool)
  expect((await database.pool.query('select from coro.worker')).rowCount).toBe(0)
})
