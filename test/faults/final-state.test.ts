import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createSystem, type System } from '../distributed/system.js'
import { waitUntil } from '../distributed/wait-until.js'
import { faultDeployment, type ExpectedFile } from './fault-deployment.js'
import { roles } from './fault-run.js'
import { figuresOf, type Figures } from './figures.js'
import { isAllDone } from './final-answers.js'
import { checkStored } from './final-state.js'

// What every fault test ends with must notice a loss: here is one after the other.
let system: System
let files: ExpectedFile[]
let figures: Figures

beforeAll(async () => {
  const deployment = await faultDeployment(inject('faults').recordings)
  files = [
    ...deployment.files.filter(({ end }) => end === 'twin'),
    ...deployment.files.filter(({ end }) => end === 'searchable').slice(0, 1),
    ...deployment.files.filter(({ end }) => typeof end === 'object').slice(0, 1),
  ]
  system = await createSystem('final-state')
  await system.start(...roles)
  await system.deliver(
    deployment.folder,
    files.map(({ key }) => key),
  )
  await waitUntil('all done', 120_000, () => isAllDone(system, files))
  figures = await figuresOf(system.database)
})
afterAll(() => system?.[Symbol.asyncDispose]())

const check = () => checkStored(system, files, figures)

/** Run a statement, look, and take it back. */
async function checkedWith(sql: string): Promise<string> {
  const client = await system.database.pool.connect()
  await client.query('begin')
  try {
    await client.query(sql)
    const pool = client as unknown as System['database']['pool']
    await checkStored({ ...system, database: { ...system.database, pool } }, files, figures, 3000)
    return 'nothing noticed'
  } catch (error) {
    return String(error)
  } finally {
    await client.query('rollback')
    client.release()
  }
}

test('an undisturbed run passes', async () => {
  await expect(check()).resolves.toBeUndefined()
})

test.each([
  ['a lost vector', 'delete from coro.embedding_1 where segment_id = (select min(segment_id) from coro.embedding_1)'],
  ['a lost recording', `delete from coro.recording where state = 'quarantined'`],
  ['another reason', `update coro.recording set reason_code = 'WORKER_DIED' where state = 'quarantined'`],
  ['an unfinished one', `update coro.recording set state = 'embedding' where state = 'searchable'`],
  ['an open account', 'update coro.recording_space set done_at = null'],
  ['an attempt without end', 'update coro.ledger set ended_at = null'],
  ['vectors of another sound', 'update coro.embedding_2 set e = (select e from coro.embedding_1 limit 1)'],
  ['prepared audio elsewhere', `update coro.recording set prepared_prefix = 'prepared/elsewhere'`],
])('%s is noticed', async (_what, sql) => {
  expect(await checkedWith(sql)).toMatch(/AssertionError/)
})

test('an orphan in the store is noticed', async () => {
  await system.store.put('prepared/orphan/raw.wav', Buffer.from('left over'))
  await expect(check()).rejects.toThrow('to deeply equal')
  await system.store.delete('prepared/orphan/raw.wav')
  await expect(check()).resolves.toBeUndefined()
})
