import { inTransaction, openDatabase } from '@coro/shared/database/open'
import { kept } from '@coro/shared/database/pglite/kept-statements'
import { expect, inject, test } from 'vitest'

test('the connection that makes the vector extension reads vectors as numbers', async () => {
  const { url } = inject('stack').postgres
  await using server = await openDatabase(`${url}/coro`)
  await server.pool.query('create database fresh')
  await using fresh = await openDatabase(`${url}/fresh`, { maxConnections: 1 })
  const { rows } = await fresh.pool.query(`select '[1,2]'::vector as v, '[3,4]'::halfvec as h`)
  expect(rows).toEqual([{ v: [1, 2], h: [3, 4] }])
})

test('a connection prepares what is marked as kept, once, and nothing else', async () => {
  await using database = await openDatabase(`${inject('stack').postgres.url}/coro`, { maxConnections: 1 })
  const { pool } = database
  const ask = async (n: number) => (await pool.query(`${kept}select $1::integer as n`, [n])).rows
  expect(await ask(1)).toEqual([{ n: 1 }])
  expect(await inTransaction(database, () => Promise.resolve(null))).toBeNull()
  expect(await inTransaction(database, async (tx) => (await tx.query(`${kept}select 2 as n`)).rows)).toEqual([{ n: 2 }])
  expect(await ask(3)).toEqual([{ n: 3 }])
  await pool.query('select $1::integer as n', [4])
  const { rows } = await pool.query<{ statement: string; uses: number }>(
    'select statement, (generic_plans + custom_plans)::integer as uses from pg_prepared_statements order by statement',
  )
  expect(rows).toEqual([
    { statement: `${kept}select $1::integer as n`, uses: 2 },
    { statement: `${kept}select 2 as n`, uses: 1 },
  ])
})
