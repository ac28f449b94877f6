import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CoroError } from '../errors.js'
import { inTransaction, type Database, type Queryable } from './open.js'

const folder = new URL('../../sql/', import.meta.url)
/** The lowest pgvector: iterative scans came with it. */
const minimumPgvector = [0, 8, 0]

export interface Migration {
  name: string
  sql: string
  checksum: string
}

/** All migrations of this version, in order. Files are never edited once released: their checksum is kept. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(fileURLToPath(new URL(name, folder)), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/**
 * Bring the database to this version; resolves to the names applied now. It is one transaction, one
 * process at a time. Throws DATABASE_TOO_NEW (written by a newer Coro), MIGRATION_EDITED (a released file differs) and
 * PGVECTOR_TOO_OLD.
 */
export async function migrate(database: Database, migrations?: Migration[]): Promise<string[]> {
  migrations ??= await readMigrations()
  const applied: string[] = []
  await inTransaction(database, async (tx) => {
    // 0x434f524f is "CORO": one process migrates, the others wait for it. Held to the end of the transaction.
    await tx.query('select pg_advisory_xact_lock(1129271887)')
    await tx.query('create schema if not exists coro')
    await tx.query(
      `create table if not exists coro.schema_migration (
         name text primary key, checksum text not null, applied_at timestamptz not null default now())`,
    )
    const done = await readApplied(tx)
    refuseUnknown(done, migrations)
    // Before: the migrations use what came with it.
    await requirePgvector(tx)
    for (const { name, sql, checksum } of migrations) {
      if (done.has(name)) continue
      await tx.query(sql)
      await tx.query('insert into coro.schema_migration (name, checksum) values ($1, $2)', [name, checksum])
      applied.push(name)
    }
  })
  return applied
}

/** Which migrations wait, without changing anything. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const migrations = await readMigrations()
  const { rows } = await database.pool.query<{ there: boolean }>(
    `select to_regclass('coro.schema_migration') is not null as there`,
  )
  const done = rows[0]?.there ? await readApplied(database.pool) : new Map<string, string>()
  refuseUnknown(done, migrations)
  return migrations.filter(({ name }) => !done.has(name)).map(({ name }) => name)
}

async function readApplied(queryable: Queryable): Promise<Map<string, string>> {
  const { rows } = await queryable.query<{ name: string; checksum: string }>(
    'select name, checksum from coro.schema_migration',
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

function refuseUnknown(done: Map<string, string>, migrations: Migration[]): void {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]))
  for (const [name, checksum] of done) {
    const ours = known.get(name)
    if (ours === undefined) {
      throw new CoroError('DATABASE_TOO_NEW', `The database has ${name}, which this version of Coro does not know.`, {
        disposition: 'crash',
      })
    }
    if (ours !== checksum) {
      throw new CoroError('MIGRATION_EDITED', `${name} differs from what the database was made with.`, {
        disposition: 'crash',
      })
    }
  }
}

/** Throws PGVECTOR_TOO_OLD: below 0.8.0 a filtered search by the index silently returns too few. */
export async function requirePgvector(tx: Queryable): Promise<void> {
  const { rows } = await tx.query<{ extversion: string }>(
    `select extversion from pg_extension where extname = 'vector'`,
  )
  const version = rows[0]?.extversion ?? '0'
  const parts = version.split('.').map(Number)
  for (const [i, least] of minimumPgvector.entries()) {
    const have = parts[i] ?? 0
    if (have > least) return
    if (have < least) {
      throw new CoroError(
        'PGVECTOR_TOO_OLD',
        `pgvector is ${version}; Coro needs 0.8.0 or newer: install it and run "alter extension vector update".`,
        {
          disposition: 'crash',
        },
      )
    }
  }
}
