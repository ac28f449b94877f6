// Loaded before a program (NODE_OPTIONS=--import): makes it Coro's next version, which has one more migration: the file
// CORO_TEST_MIGRATION.
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

// oxlint-disable-next-line node/no-process-env -- the service under test has its own
const migration = process.env['CORO_TEST_MIGRATION']
const name = '9999_next_version.sql'
/** A path, a file:// address, or a URL. */
const endsWith = (path, end) =>
  (path instanceof URL ? path.pathname : typeof path === 'string' ? path : '').endsWith(end)
const { readdir, readFile } = fs
fs.readdir = async (path, ...rest) => {
  const found = await readdir(path, ...rest)
  return endsWith(path, '/packages/shared/sql/') ? [...found, name] : found
}
fs.readFile = (path, ...rest) => readFile(endsWith(path, `/sql/${name}`) ? migration : path, ...rest)
syncBuiltinESMExports()
