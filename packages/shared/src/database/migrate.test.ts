import type { Database } from '@coro/shared/database/open'
import { openDatabase } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate, pendingMigrations, readMigrations, requirePgvector } from './migrate.js'

let database: Database
beforeAll(async () => {
  database = await openDatabase('pglite:memory')
})
afterAll(() => database[Symbol.asyncDispose]())

describe('migrate', () => {
  it('brings an empty database up, once, however many ask', async () => {
    const names = (await readMigrations()).map(({ name }) => name)
    expect(names[0]).toBe('0001_init.sql')
    expect(await pendingMigrations(database)).toEqual(names)
    const applied = await Promise.all([migrate(database), migrate(database), migrate(database)])
    expect(applied.flat()).toEqual(names)
    expect(await pendingMigrations(database)).toEqual([])
    expect(await migrate(database)).toEqual([])
  })

  it('refuses a database in which a released file differs', async () => {
    const { rows } = await database.pool.query<{ checksum: string }>(
      `select checksum from coro.schema_migration where name = '0001_init.sql'`,
    )
    await database.pool.query(`update coro.schema_migration set checksum = 'edited' where name = '0001_init.sql'`)
    const refused = { code: 'MIGRATION_EDITED', disposition: 'crash' }
    await expect(migrate(database)).rejects.toMatchObject(refused)
    await expect(pendingMigrations(database)).rejects.toMatchObject(refused)
    await database.pool.query(`update coro.schema_migration set checksum = $1 where name = '0001_init.sql'`, [
      rows[0]?.checksum,
    ])
    expect(await migrate(database)).toEqual([])
  })

  it('refuses a database that a newer Coro wrote', async () => {
    await database.pool.query(`insert into coro.schema_migration (name, checksum) values ('9999_future.sql', 'x')`)
    const refused = { code: 'DATABASE_TOO_NEW', disposition: 'crash' }
    await expect(migrate(database)).rejects.toMatchObject(refused)
    await expect(pendingMigrations(database)).rejects.toMatchObject(refused)
    await database.pool.query(`delete from coro.schema_migration where name = '9999_future.sql'`)
  })

  it('refuses a pgvector without iterative scans, and takes any from 0.8.0 on', async () => {
    const { rows } = await database.pool.query<{ now: string }>(
      `select extversion as now from pg_extension where extname = 'vector'`,
    )
    const pretend = (version: string | undefined) =>
      database.pool.query(`update pg_extension set extversion = $1 where extname = 'vector'`, [version])
    for (const version of ['0.7.4', '0.5', '0.7.10']) {
      await pretend(version)
      const refused = {
        code: 'PGVECTOR_TOO_OLD',
        disposition: 'crash',
        message: expect.stringContaining(version) as string,
      }
      await expect(migrate(database)).rejects.toMatchObject(refused)
      await expect(requirePgvector(database.pool)).rejects.toMatchObject(refused)
    }
    for (const version of ['0.8.0', '0.10', '1.0.0', rows[0]?.now]) {
      await pretend(version)
      await requirePgvector(database.pool)
    }
  })
})
