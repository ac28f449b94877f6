import { openDatabase } from '@coro/shared/database/open'
import { expect, inject, test } from 'vitest'

test('the connection that makes the vector extension reads vectors as numbers', async () => {
  const { url } = inject('stack').postgres
  await using server = await openDatabase(`${url}/coro`)
  await server.pool.query('create database fresh')
  await using fresh = await openDatabase(`${url}/fresh`, { maxConnections: 1 })
  const { rows } = await fresh.pool.query(`select '[1,2]'::vector as v, '[3,4]'::halfvec as h`)
  expect(rows).toEqual([{ v: [1, 2], h: [3, 4] }])
})
