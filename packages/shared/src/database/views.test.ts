import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addRecording, addSegments, addSource, openTestDatabase, spaceDefinition } from './database.fixture.js'
import { addFieldSeason } from './field.fixture.js'
import { saveEmbeddings } from './embeddings.js'
import { supersede } from './recordings.js'
import { siteIdOf } from './sources.js'
import { ensureSpaces, type Space } from './spaces.js'

let database: Database
let space: Space
beforeAll(async () => {
  database = await openTestDatabase()
  space = await addFieldSeason(database)
})
afterAll(() => database[Symbol.asyncDispose]())

const ask = async (sql: string, params: unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await database.pool.query<Record<string, unknown>>(sql, params)).rows

test('local time is the site’s, and a night goes from noon to noon', async () => {
  const rows = await ask(
    `select key, local_time::text, night::text, sun from coro.segments
      where key in ('lagoa/A1/20251115_010000.wav', 'mata/SM1/20251114_182000.wav') and index = 1 order by key`,
  )
  expect(rows).toEqual([
    { key: 'lagoa/A1/20251115_010000.wav', local_time: '2025-11-15 01:00:05', night: '2025-11-14', sun: 'night' },
    { key: 'mata/SM1/20251114_182000.wav', local_time: '2025-11-14 18:20:05', night: '2025-11-14', sun: 'night' },
  ])
})

test('without a zone the recording’s own offset counts, and without either UTC', async () => {
  const { id: sourceId } = await addSource(database)
  const startedAt = '2026-01-10T23:00:00Z'
  const siteId = await siteIdOf(database.pool, 'nowhere in particular')
  const offset = await addRecording(database, sourceId, { startedAt, siteId })
  const neither = await addRecording(database, sourceId, { startedAt, siteId })
  await database.pool.query('update coro.recording set utc_offset_min = 90 where id = $1', [offset])
  const rows = await ask(
    `select local_time::text, night::text from coro.recordings where recording_id in ($1, $2) order by recording_id`,
    [offset, neither],
  )
  expect(rows).toEqual([
    { local_time: '2026-01-11 00:30:00', night: '2026-01-10' },
    { local_time: '2026-01-10 23:00:00', night: '2026-01-10' },
  ])
})

test('activity counts what was recorded in each hour, and what of it sounds', async () => {
  const [row] = await ask(
    `select *, local_hour::text as local_hour, night::text as night from coro.activity
      where site = 'lagoa' and local_hour = '2025-11-15 01:00'`,
  )
  expect(row).toEqual({
    site: 'lagoa',
    local_hour: '2025-11-15 01:00:00',
    hour: 1,
    night: '2025-11-14',
    recorders: 2,
    recordings: 2,
    segments: 8,
    sounding: 4,
    minutes: '0.7',
  })
})

test('labels lie on the segments that they touch', async () => {
  const rows = await ask(`select labels, count(*) from coro.segments where labels <> '{}' group by 1 order by 1`)
  expect(rows).toEqual([
    { labels: ['antbird'], count: 1 },
    { labels: ['rain'], count: 4 },
    { labels: ['tree frog'], count: 3 },
  ])
})

test('an old version of a recording shows nowhere, a set-aside one in the quarantine', async () => {
  const { id: sourceId } = await addSource(database)
  const id = await addRecording(database, sourceId)
  const segments = await addSegments(database, id, [space], 2)
  await saveEmbeddings(database, space, id, [], segments)
  await supersede(database.pool, id)
  expect(await ask('select from coro.recordings where recording_id = $1', [id])).toEqual([])
  expect(await ask('select from coro.segments where recording_id = $1', [id])).toEqual([])
  expect(await ask('select code, recorder, reason from coro.quarantine')).toEqual([
    { code: 'AUDIO_NO_SAMPLES', recorder: 'A2', reason: 'the header holds no sound behind it' },
  ])
})

test('recorders tell when each was last heard', async () => {
  const rows = await ask(
    `select recorder, last_site, recordings, unusable from coro.recorders order by last_heard limit 2`,
  )
  expect(rows).toEqual([
    { recorder: 'SM2', last_site: 'mata', recordings: 6, unusable: 0 },
    { recorder: 'A1', last_site: 'lagoa', recordings: 18, unusable: 0 },
  ])
})

test('spaces tell what they hold', async () => {
  const [row] = await ask('select * from coro.spaces where active')
  expect(row).toMatchObject({ space: space.name, dimension: 16, vectors: 224, silent: 16, has_index: false })
})

/** Everything of the schema coro that a comment can explain, with its comment. */
const objects = `
  select c.relname as name,
         case c.relkind when 'c' then obj_description(c.reltype, 'pg_type') else obj_description(c.oid, 'pg_class') end as comment
    from pg_class c where c.relnamespace = 'coro'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'c')
  union all
  select c.relname || '.' || a.attname, col_description(c.oid, a.attnum)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relnamespace = 'coro'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'c')
  union all
  select p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc')
    from pg_proc p where p.pronamespace = 'coro'::regnamespace
     and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`

test('every table, view, type, column and function has a comment, also those of spaces that come later', async () => {
  await ensureSpaces(database, [spaceDefinition({ dimension: 12 })])
  await database.pool.query('select coro.activate_space(max(id)) from coro.embedding_space')
  const rows = (await ask(objects)) as { name: string; comment: string | null }[]
  expect(rows.length).toBeGreaterThan(300)
  expect(rows.filter(({ comment }) => (comment ?? '') === '').map(({ name }) => name)).toEqual([])
})

test('help lists what analysts use, and nothing internal', async () => {
  const rows = (await ask('select name, what from coro.help')) as { name: string; what: string }[]
  const names = rows.map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining([
      'recordings',
      'segments',
      'activity',
      'similar_segments',
      'similar_to',
      'evaluate_retrieval',
    ]),
  )
  expect(names).not.toContain('create_embedding_space')
  expect(rows.filter(({ what }) => what.startsWith('Internal'))).toEqual([])
})
