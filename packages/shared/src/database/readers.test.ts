import type { Database } from '@coro/shared/database/open'
import { inTransaction } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSpace, openTestDatabase } from './database.fixture.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

/** Tables (r) or views (v) of the schema. */
const objectNames = async (kind: 'r' | 'v'): Promise<string[]> => {
  const { rows } = await database.pool.query<{ name: string }>(
    `select 'coro.' || relname as name from pg_class
      where relnamespace = 'coro'::regnamespace and relkind = $1 order by 1`,
    [kind],
  )
  return rows.map(({ name }) => name)
}

/** Run as coro_reader, without the defaults that a login brings. */
const asReader = <T>(sql: string): Promise<T[]> =>
  inTransaction(database, async (tx) => {
    await tx.query('set local role coro_reader')
    return (await tx.query(sql)).rows as T[]
  })

describe('coro_reader', () => {
  it('reads every table and view, also those that are made later', async () => {
    const space = await addSpace(database, { active: true })
    const names = [...(await objectNames('r')), ...(await objectNames('v'))]
    expect(names).toEqual(expect.arrayContaining([`coro.embedding_${space.id}`, 'coro.active_embedding']))
    for (const name of names) await asReader(`select * from ${name} limit 1`)
  })

  it('writes to no table', async () => {
    const refused = { code: '42501' }
    for (const name of await objectNames('r')) {
      await expect(asReader(`insert into ${name} default values`), name).rejects.toMatchObject(refused)
      await expect(asReader(`delete from ${name}`), name).rejects.toMatchObject(refused)
    }
    await expect(asReader('create table coro.mine (n integer)')).rejects.toMatchObject(refused)
    await expect(asReader('truncate coro.recording cascade')).rejects.toMatchObject(refused)
    await expect(asReader(`update coro.site set name = 'x'`)).rejects.toMatchObject(refused)
    await expect(
      asReader(`select coro.create_embedding_space('x','x','x','raw','{}','x',4,'vector',5,5,false,false)`),
    ).rejects.toMatchObject(refused)
    await expect(asReader('select coro.activate_space(1)')).rejects.toMatchObject(refused)
  })

  it('is made once, and again without harm', async () => {
    const { rows } = await database.pool.query('select coro.set_up_readers() as todo')
    expect(rows).toEqual([{ todo: null }])
  })
})

describe('make_reader', () => {
  it('gives a login the rights and the defaults of coro_reader', async () => {
    await database.pool.query('create role ana login')
    await database.pool.query(`select coro.make_reader('ana')`)
    await database.pool.query(`select coro.make_reader('ana')`)
    const { rows } = await database.pool.query<{ name: string; settings: string[] }>(
      `select r.rolname as name, s.setconfig as settings from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
        where s.setdatabase = (select oid from pg_database where datname = current_database()) order by 1`,
    )
    expect(rows.map(({ name }) => name)).toEqual(['ana', 'coro_reader'])
    expect(rows[0]?.settings).toEqual(rows[1]?.settings)
    expect(rows[0]?.settings).toEqual(
      expect.arrayContaining(['hnsw.iterative_scan=relaxed_order', 'hnsw.ef_search=100', 'statement_timeout=2min']),
    )
    const member = await database.pool.query(`select pg_has_role('ana', 'coro_reader', 'usage') as is`)
    expect(member.rows).toEqual([{ is: true }])
  })

  it('leaves a default that is set already', async () => {
    const name = (await database.pool.query<{ name: string }>('select current_database() as name')).rows[0]?.name
    await database.pool.query('create role bia login')
    await database.pool.query(`alter role bia in database "${name}" set statement_timeout to '1h'`)
    await database.pool.query(`select coro.make_reader('bia')`)
    const { rows } = await database.pool.query<{ settings: string[] }>(
      `select setconfig as settings from pg_db_role_setting where setrole = 'bia'::regrole`,
    )
    expect(rows[0]?.settings).toContain('statement_timeout=1h')
    expect(rows[0]?.settings).not.toContain('statement_timeout=2min')
  })

  it('refuses who is not there, and superusers', async () => {
    await expect(database.pool.query(`select coro.make_reader('nobody')`)).rejects.toThrow(/There is no role nobody/)
    await database.pool.query('create role root superuser login')
    await expect(database.pool.query(`select coro.make_reader('root')`)).rejects.toThrow(/superuser/)
  })
})
