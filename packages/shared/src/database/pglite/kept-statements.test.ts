import type { Database } from '@coro/shared/database/open'
import { openDatabase } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kept } from './kept-statements.js'

let database: Database
beforeAll(async () => {
  database = await openDatabase('pglite:memory')
  await database.pool.query('create table leaf (id int primary key, text text not null)')
  await database.pool.query(`insert into leaf select g, 'leaf ' || g from generate_series(1, 2000) g`)
})
afterAll(() => database[Symbol.asyncDispose]())

const find = `${kept}select text from leaf where id = $1`
const keptNow = async (text: string) => {
  const { rows } = await database.pool.query<{ n: number }>(
    'select (generic_plans + custom_plans) as n from pg_prepared_statements where statement = $1',
    [text],
  )
  return rows.map(({ n }) => n)
}

describe('a kept statement', () => {
  it('is prepared once for all connections, each with its own parameters and rows', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => database.pool.connect()))
    const answers = await Promise.all(
      clients.map(async (client, from) => {
        const texts: (string | undefined)[] = []
        for (let id = from; id < 30; id += 3) {
          const { rows } = await client.query<{ text: string }>(find, [id + 1])
          texts.push(rows[0]?.text)
        }
        return texts
      }),
    )
    for (const client of clients) client.release()
    const asked = (from: number) => Array.from({ length: 10 }, (_, i) => `leaf ${from + i * 3 + 1}`)
    expect(answers).toEqual([asked(0), asked(1), asked(2)])
    expect(await keptNow(find)).toEqual([30])
  })

  it('is planned again after many uses: tables grow', async () => {
    for (let i = 0; i < 1000; i++) await database.pool.query(find, [1])
    const [uses = 0] = await keptNow(find)
    expect(uses).toBeLessThanOrEqual(500)
  })

  it('stays kept where a use of it fails, in a transaction or outside', async () => {
    const divide = `${kept}select 10 / $1::int as n`
    await expect(database.pool.query(divide, [0])).rejects.toMatchObject({ code: '22012' })
    await expect(database.pool.query(divide, [5])).resolves.toMatchObject({ rows: [{ n: 2 }] })
    const client = await database.pool.connect()
    await client.query('begin')
    await expect(client.query(divide, [0])).rejects.toMatchObject({ code: '22012' })
    await expect(client.query(divide, [2])).rejects.toMatchObject({ code: '25P02' })
    await client.query('rollback')
    client.release()
    await expect(database.pool.query(divide, [2])).resolves.toMatchObject({ rows: [{ n: 5 }] })
    expect(await keptNow(divide)).toHaveLength(1)
  })

  it('may be wrong at first, and in a failed transaction, and right later', async () => {
    const early = `${kept}select id from twig where id = $1`
    await expect(database.pool.query(early, [1])).rejects.toMatchObject({ code: '42P01' })
    const client = await database.pool.connect()
    await client.query('begin')
    await expect(client.query('select 1/0')).rejects.toMatchObject({ code: '22012' })
    await expect(client.query(early, [1])).rejects.toMatchObject({ code: '25P02' })
    await client.query('rollback')
    client.release()
    await database.pool.query('create table twig as select 1 as id')
    await expect(database.pool.query(early, [1])).resolves.toMatchObject({ rows: [{ id: 1 }] })
    await database.pool.query(`drop table twig; create table twig as select 1 as id, 'x' as more`)
    await expect(database.pool.query(early, [1])).resolves.toMatchObject({ rows: [{ id: 1 }] })
  })

  it('is no other statement than one that is not kept', async () => {
    const plain = 'select text from leaf where id = $1'
    await database.pool.query(plain, [1])
    expect(await keptNow(plain)).toEqual([])
  })
})
