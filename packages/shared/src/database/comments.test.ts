import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addSpace, openTestDatabase } from './database.fixture.js'
import { ensureSpaces } from './spaces.js'
import { spaceDefinition } from './database.fixture.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
  // Tables that come later: spaces, one of them of another dimension in the place of the active one.
  await addSpace(database, { active: true })
  await ensureSpaces(database, [spaceDefinition({ active: true, dimension: 12 })])
})
afterAll(() => database[Symbol.asyncDispose]())

/** Everything of the schema coro that a comment can explain, with its comment. */
const objects = `
  select c.oid::regclass::text as name, obj_description(c.oid, 'pg_class') as comment
    from pg_class c where c.relnamespace = 'coro'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'c')
  union all
  select c.oid::regclass::text || '.' || a.attname, col_description(c.oid, a.attnum)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relnamespace = 'coro'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'c')
  union all
  select p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc')
    from pg_proc p where p.pronamespace = 'coro'::regnamespace
     and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`

test('every table, view, type, column and function has a comment', async () => {
  const { rows } = await database.pool.query<{ name: string; comment: string | null }>(objects)
  expect(rows.length).toBeGreaterThan(300)
  expect(rows.filter(({ comment }) => (comment ?? '') === '').map(({ name }) => name)).toEqual([])
})

test('help lists what analysts use, and nothing internal', async () => {
  const { rows } = await database.pool.query<{ name: string; what: string }>('select * from coro.help')
  const names = rows.map(({ name }) => name.replace(/\(.*/s, ''))
  for (const name of ['recordings', 'segments', 'activity', 'similar_segments', 'similar_to', 'evaluate_retrieval']) {
    expect(names).toContain(name)
  }
  expect(rows.filter(({ what }) => what.startsWith('Internal'))).toEqual([])
  expect(names).not.toContain('create_embedding_space')
})
