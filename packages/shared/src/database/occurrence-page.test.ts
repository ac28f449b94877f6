import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Database } from '@coro/shared/database/open'
import { inTransaction } from '@coro/shared/database/open'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { printed, queriesOf, withAnswers } from './cookbook.fixture.js'
import { openTestDatabase } from './database.fixture.js'
import { addFieldSeason } from './field.fixture.js'

const file = fileURLToPath(new URL('../../../../docs/occurrence.md', import.meta.url))
const text = await readFile(file, 'utf8')

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
  await addFieldSeason(database)
})
afterAll(() => database[Symbol.asyncDispose]())

// vitest -u writes the answers down again after a change that is meant.
test('every query of docs/occurrence.md runs, finds something, and prints what the page shows', async () => {
  const answers: string[] = []
  for (const query of queriesOf(text)) {
    const answer = await inTransaction(database, (tx) => printed(tx, query))
    expect(answer.rows, query).toBeGreaterThan(0)
    answers.push(answer.text)
  }
  expect(answers.length).toBeGreaterThan(8)
  await expect(withAnswers(text, answers)).toMatchFileSnapshot(file)
})
