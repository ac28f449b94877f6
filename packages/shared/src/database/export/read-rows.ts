import { randomBytes } from 'node:crypto'
import type { PoolClient } from 'pg'
import type { Database } from '../open.js'

const rowsPerFetch = 500

/**
 * The rows of a select without parameters, some hundreds at a time, as they were when it began: through a cursor, so that
 * memory does not grow with them. A server reads inside one transaction; PGlite, whose one session a transaction would
 * keep from everyone else, puts the rows aside first. Whoever stops early ends it.
 */
export async function* readRows(database: Database, sql: string): AsyncGenerator<unknown[][]> {
  const client = await database.pool.connect()
  const cursor = `export_${randomBytes(8).toString('hex')}`
  const isServer = database.kind === 'postgres'
  let broken = true
  try {
    if (isServer) await client.query('begin transaction isolation level repeatable read read only')
    await client.query(`declare ${cursor} no scroll cursor ${isServer ? '' : 'with hold '}for ${sql}`)
    for (;;) {
      const { rows } = await client.query<unknown[]>({ text: `fetch ${rowsPerFetch} from ${cursor}`, rowMode: 'array' })
      if (rows.length > 0) yield rows
      if (rows.length < rowsPerFetch) break
    }
    broken = false
  } finally {
    broken = await close(client, cursor, isServer).then(
      () => false,
      () => broken,
    )
    client.release(broken)
  }
}

async function close(client: PoolClient, cursor: string, isServer: boolean): Promise<void> {
  await client.query(isServer ? 'rollback' : `close ${cursor}`)
}
