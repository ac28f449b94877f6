import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { inject } from 'vitest'

const run = promisify(execFile)

/** Who types, and into which database. */
export interface Login {
  user: string
  password: string
  database: string
}

/**
 * Type statements into psql, as a person does: over TCP with a password, with nothing set but what the login brings. Resolves
 * to the answers' lines, unaligned, without heading; `heading` adds it. Rejects with what psql says on an error.
 */
export async function psql(login: Login, statements: string[], { heading = false } = {}): Promise<string[]> {
  const { user, password, database } = login
  const asPerson = ['exec', '--env', `PGPASSWORD=${password}`, inject('stack').postgres.container, 'psql']
  const connection = ['--host', '127.0.0.1', '--username', user, '--dbname', database, '--no-psqlrc']
  const form = ['--quiet', '--no-align', '--set', 'ON_ERROR_STOP=1']
  const headed = heading ? ['--pset', 'footer=off'] : ['--tuples-only']
  const typed = statements.flatMap((statement) => ['--command', statement])
  const { stdout } = await run('docker', [...asPerson, ...connection, ...form, ...headed, ...typed], {
    maxBuffer: 2 ** 26,
  })
  return stdout.split('\n').filter((line) => line !== '')
}
