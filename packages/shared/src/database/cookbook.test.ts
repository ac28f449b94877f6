import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Database } from '@coro/shared/database/open'
import { inTransaction, type Queryable } from '@coro/shared/database/open'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { printed, queriesOf, withAnswers } from './cookbook.fixture.js'
import { openTestDatabase } from './database.fixture.js'
import { addFieldSeason } from './field.fixture.js'
import { buildIndex } from './index-build.js'

const file = fileURLToPath(new URL('../../../../docs/sql.md', import.meta.url))
const text = await readFile(file, 'utf8')

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
  await buildIndex(database, await addFieldSeason(database))
})
afterAll(() => database[Symbol.asyncDispose]())

/** coro_reader's rights and defaults, as a login gets them (PGlite has no logins). */
async function beReader(tx: Queryable): Promise<void> {
  const { rows } = await tx.query<{ setting: string }>(
    `select unnest(setconfig) as setting from pg_db_role_setting where setrole = 'coro_reader'::regrole`,
  )
  expect(rows.length).toBeGreaterThan(5)
  for (const { setting } of rows) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(setting) ?? []
    await tx.query('select set_config($1, $2, true)', [name, value])
  }
  await tx.query('set local role coro_reader')
}

// docs/sql.md shows what the queries print: vitest -u writes it down again after a change that is meant.
test('every query of docs/sql.md runs as coro_reader, finds something, and prints what the page shows', async () => {
  const queries = queriesOf(text)
  expect(queries.length).toBeGreaterThanOrEqual(20)
  const answers: string[] = []
  for (const query of queries) {
    const answer = await inTransaction(database, async (tx) => {
      await beReader(tx)
      return printed(tx, query)
    })
    expect(answer.rows, query).toBeGreaterThan(0)
    answers.push(answer.text)
  }
  await expect(withAnswers(text, answers)).toMatchFileSnapshot(file)
})

test('the page has twenty questions', () => {
  const numbers = [...text.matchAll(/^### (\d+)\. .*\?$/gm)].map(([, number]) => Number(number))
  expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
})
