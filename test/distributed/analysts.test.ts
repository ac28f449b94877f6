import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { queriesOf } from '@coro/shared/database/cookbook.fixture'
import { addRecording, addSegments, addSource, addSpace, randomNumbers } from '@coro/shared/database/database.fixture'
import { addFieldSeason } from '@coro/shared/database/field.fixture'
import { siteIdOf } from '@coro/shared/database/sources'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { psql, type Login } from './psql.js'
import { coro, root } from './services.js'
import { createSystem, type System } from './system.js'

let system: System
let ana: Login
/** The database's owner, as Coro itself connects. */
let owner: Login

beforeAll(async () => {
  system = await createSystem('analysts')
  const database = new URL(system.environment['CORO_DATABASE_URL'] ?? '').pathname.slice(1)
  owner = { user: 'coro', password: 'coro', database }
  ana = { user: `ana-${database}`, password: 'secret', database }
  await addFieldSeason(system.database)
  await psql(owner, [`create role "${ana.user}" login password '${ana.password}'`])
  await psql(owner, [`select coro.make_reader('${ana.user}')`])
})
afterAll(() => system?.[Symbol.asyncDispose]())

const asAna = (...statements: string[]) => psql(ana, statements)

describe('an analyst at psql', () => {
  test('gets the defaults of a reader by logging in', async () => {
    const shown = await Promise.all(
      [
        'search_path',
        'timezone',
        'statement_timeout',
        'default_transaction_read_only',
        'plan_cache_mode',
        'hnsw.iterative_scan',
        'hnsw.ef_search',
        'hnsw.max_scan_tuples',
      ].map(async (name) => [name, (await asAna(`show ${name}`))[0]]),
    )
    expect(Object.fromEntries(shown)).toEqual({
      search_path: 'coro, public',
      timezone: 'UTC',
      statement_timeout: '2min',
      default_transaction_read_only: 'on',
      plan_cache_mode: 'force_custom_plan',
      'hnsw.iterative_scan': 'relaxed_order',
      'hnsw.ef_search': '100',
      'hnsw.max_scan_tuples': '200000',
    })
  })

  test('finds the views with \\dv, and what they are for with help', async () => {
    const views = await asAna('\\dv')
    for (const name of ['recordings', 'segments', 'activity', 'quarantine', 'ingestion_ledger', 'help']) {
      expect(
        views.some((line) => line.split('|')[1] === name),
        name,
      ).toBe(true)
    }
    expect(await asAna(`select name from help where name = 'similar_segments'`)).toEqual(['similar_segments'])
  })

  test('gets an answer to every question of docs/sql.md, with the columns that the page shows', async () => {
    const page = await readFile(join(root, 'docs/sql.md'), 'utf8')
    const shown = [...page.matchAll(/```text\n([^\n]*)\n/g)].map(([, heading]) =>
      heading?.split('|').map((name) => name.trim()),
    )
    const queries = queriesOf(page)
    expect(queries.length).toBe(shown.length)
    for (const [i, query] of queries.entries()) {
      const lines = await psql(ana, [query], { heading: true })
      expect(lines[0]?.split('|'), query).toEqual(shown[i])
      expect(lines.length, query).toBeGreaterThan(1)
    }
  })

  test('writes nothing, whatever is switched on', async () => {
    const attempts = [
      `insert into coro.site (name) values ('x')`,
      `update coro.recording set state = 'searchable'`,
      'delete from coro.segment',
      'delete from quarantine',
      'truncate coro.label',
      'create table coro.mine (n integer)',
      'create table public.mine (n integer)',
      'select coro.activate_space(1)',
      `select coro.make_reader('${ana.user}')`,
      `select nextval('coro.site_id_seq')`,
    ]
    for (const attempt of attempts) {
      await expect(asAna(attempt), attempt).rejects.toThrow(
        /read-only transaction|permission denied|must be|cannot delete from view/,
      )
      await expect(asAna('set default_transaction_read_only = off', attempt), attempt).rejects.toThrow(
        /permission denied|must be|cannot delete from view/,
      )
    }
    await expect(asAna('create temporary table mine (n integer)')).rejects.toThrow(/read-only/)
  })

  test('reads a space that is made later', async () => {
    const space = await addSpace(system.database, { model: 'later' })
    expect(await asAna(`select count(*) from coro.embedding_${space.id}`)).toEqual(['0'])
    expect(await asAna(`select vectors from spaces where space = '${space.name}'`)).toEqual(['0'])
  })

  test('is told in one sentence when a vector does not fit', async () => {
    await expect(asAna(`select * from similar_to('[1, 2, 3]')`)).rejects.toThrow(
      /ERROR: {2}The vector has 3 numbers; the space field\/denoised has 16\./,
    )
  })
})

describe('a raw query with a filter beside it, on 6,000 segments', () => {
  const dimension = 16
  const raw = (site: string, limit: number) =>
    `select segment_id, site from active_embedding join segments using (segment_id) where site = '${site}'
      order by e <=> (select e from active_embedding where segment_id = 1) limit ${limit}`
  /** Leave the planner nothing but the index. */
  const indexOnly = ['enable_seqscan', 'enable_sort', 'enable_hashjoin', 'enable_mergejoin', 'enable_bitmapscan'].map(
    (name) => `set ${name} = off`,
  )

  beforeAll(async () => {
    const { pool } = system.database
    const source = await addSource(system.database)
    const [space] = (await pool.query<{ id: number }>('select id from coro.embedding_space where active')).rows
    // One in fifty recordings lies at the rare site, and sounds like nothing of segment 1.
    for (let n = 0; n < 100; n++) {
      const siteId = await siteIdOf(pool, n % 50 === 0 ? 'rare' : 'common')
      const id = await addRecording(system.database, source.id, { siteId, startedAt: '2026-01-10T23:00:00Z' })
      const ids = await addSegments(system.database, id, [], 60)
      const own = randomNumbers(n % 50 === 0 ? 7 : 1000, dimension)
      const vectors = ids.map((segmentId) => {
        const chance = randomNumbers(10_000 + segmentId, dimension)
        return `[${normaliseL2(own.map((x, i) => x + 0.5 * (chance[i] ?? 0))).join(',')}]`
      })
      await pool.query(
        `insert into coro.embedding_${space?.id} (segment_id, e) select * from unnest($1::bigint[], $2::halfvec[])`,
        [ids, vectors],
      )
    }
    await pool.query('analyze')
  })

  test('returns all rows that it asks for, by whichever plan', async () => {
    for (const setting of [[], indexOnly]) {
      const rows = await asAna(...setting, raw('rare', 50))
      expect(rows).toHaveLength(50)
      expect(new Set(rows.map((row) => row.split('|')[1]))).toEqual(new Set(['rare']))
    }
    const plan = await asAna(...indexOnly, `explain ${raw('rare', 50)}`)
    expect(plan.join('\n')).toMatch(/_hnsw/)
  })

  test('which the server’s own defaults do not', async () => {
    const asOwner = await psql(owner, ['set search_path to coro, public', ...indexOnly, raw('rare', 50)])
    expect(asOwner.length).toBeLessThan(50)
  })
})

test('whoever may not make roles can migrate all the same, and is told what is left to do', async () => {
  const name = `${owner.database}-plain`
  const plain: Login = { user: name, password: 'secret', database: name }
  await psql(owner, [`create role "${name}" login password 'secret'`])
  await psql(owner, [`create database "${name}" owner "${name}"`])
  await psql({ ...owner, database: name }, ['create extension vector'])
  const url = new URL(system.environment['CORO_DATABASE_URL'] ?? '')
  url.username = plain.user
  url.password = plain.password
  url.pathname = `/${name}`
  const { code, stderr } = await coro(['migrate'], { ...system.environment, CORO_DATABASE_URL: url.href })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect((await psql(plain, ['select coro.set_up_readers()']))[0]).toMatch(/administrator/)
  await expect(psql(plain, [`select coro.make_reader('${ana.user}')`])).rejects.toThrow(/administrator/)
  const admin = { ...owner, database: name }
  expect(await psql(admin, ['select coro.set_up_readers() is null'])).toEqual(['t'])
  await psql(admin, [`select coro.make_reader('${ana.user}')`])
  const seen = await psql({ ...ana, database: name }, ['select count(*) from recordings', 'show hnsw.ef_search'])
  expect(seen).toEqual(['0', '100'])
})
