// Loaded before a program (NODE_OPTIONS=--import): makes it Coro's next version, which has one more migration: the file
// CORO_TEST_MIGRATION.
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const name = '9999_next_version.sql'
const { readdir, readFile } = fs
fs.readdir = async (path, ...rest) => {
  const found = await readdir(path, ...rest)
  return String(path).endsWith('/packages/shared/sql/') ? [...found, name] : found
}
fs.readFile = (path, ...rest) =>
  readFile(String(path).endsWith(`/sql/${name}`) ? process.env['CORO_TEST_MIGRATION'] : path, ...rest)
syncBuiltinESMExports()
