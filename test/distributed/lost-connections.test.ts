import { inTransaction, openDatabase, type Database, type Queryable } from '@coro/shared/database/open'
import { errorFacts } from '@coro/shared/errors'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

let database: Database
let other: Database

beforeAll(async () => {
  const { url } = inject('stack').postgres
  database = await openDatabase(`${url}/coro`)
  other = await openDatabase(`${url}/coro`)
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

const ownPid = async (tx: Queryable): Promise<number> =>
  (await tx.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid as number
/** Resolves when that backend has gone. */
const terminate = (pid: number) => other.pool.query('select pg_terminate_backend($1, 5000)', [pid])
const dispositionOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => errorFacts(error).disposition,
  )

test('a connection lost inside a transaction, between two statements, is nobody’s fault and ends no process', async () => {
  const lost = inTransaction(database, async (tx) => {
    await terminate(await ownPid(tx))
    await new Promise((resolve) => {
      setTimeout(resolve, 200)
    })
    await tx.query('select 1')
  })
  expect(await dispositionOf(lost)).toBe('wait')
  expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

test('a connection lost under a statement is nobody’s fault either', async () => {
  let begun = (_pid: number) => {}
  const pid = new Promise<number>((resolve) => {
    begun = resolve
  })
  const disposition = dispositionOf(
    inTransaction(database, async (tx) => {
      begun(await ownPid(tx))
      await tx.query('select pg_sleep(30)')
    }),
  )
  await terminate(await pid)
  expect(await disposition).toBe('wait')
})

test('a wrong statement is told as such', async () => {
  await expect(inTransaction(database, (tx) => tx.query('select nothing'))).rejects.toMatchObject({ code: '42703' })
  await expect(database.pool.query('select nothing')).rejects.toMatchObject({ code: '42703' })
})
