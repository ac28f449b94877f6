import { createHash } from 'node:crypto'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { addSegments, addSource, addSpace, randomNumbers } from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { savePreparedFiles } from '@coro/shared/database/integrity/prepared-files'
import { loadWork } from '@coro/shared/database/recording-work'
import { insertRecording } from '@coro/shared/database/recordings'
import type { Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { fileStorage } from '@coro/shared/storage/file-storage'
import { preparedKey, preparedPrefix } from '@coro/shared/storage/prepared-keys'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from './api.fixture.js'
import type { DoctorEnd } from './routes/doctor.js'

let api: TestApi
let originals: string
let space: Space
/** Of four searchable recordings, all in order. */
let ids: number[]
let segments: number[][]
const frontEndId = 'f00000000000'
beforeAll(async () => {
  api = await openTestApi()
  originals = await mkdtemp(join(tmpdir(), 'coro-originals-'))
  const { database, store } = api.platform
  space = await addSpace(database, { active: true })
  const { id: sourceId, url } = await addSource(database, { url: pathToFileURL(originals).href })
  ids = []
  segments = []
  for (const n of [0, 1, 2, 3]) {
    await writeFile(join(originals, `${n}.wav`), `original ${n}`)
    const object = await fileStorage(url).head(`${n}.wav`)
    if (!object) throw new Error('there is no original')
    const id = (await insertRecording(database.pool, sourceId, object, {
      deploymentId: null,
      siteId: null,
      recorderId: null,
    })) as number
    const of = await addSegments(database, id, [space], 3)
    const sha256 = createHash('sha256').update(`original ${n}`).digest()
    await database.pool.query('update coro.recording set sha256 = $2, prepared_prefix = $3 where id = $1', [
      id,
      sha256,
      preparedPrefix(frontEndId, id),
    ])
    await database.pool.query('insert into coro.content values ($1, $2)', [sha256, id])
    const bytes = Buffer.from(`prepared ${n}`)
    await store.put(preparedKey(preparedPrefix(frontEndId, id), 'denoised'), bytes)
    await savePreparedFiles(database.pool, id, {
      denoised: { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
    })
    await embed(id, of)
    ids.push(id)
    segments.push(of)
  }
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await rm(originals, { recursive: true })
})

/** Two vectors, and silence. */
async function embed(id: number, of: number[]): Promise<void> {
  const embedded = of
    .slice(0, 2)
    .map((segmentId) => ({ segmentId, embedding: normaliseL2(randomNumbers(segmentId, 8)) }))
  await saveEmbeddings(api.platform.database, space, id, embedded, of.slice(2))
}

async function doctor(asked: { repair?: boolean; deep?: boolean } = {}): Promise<DoctorEnd['findings']> {
  const answer = await api.app.request('/v1/doctor', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  })
  const last = JSON.parse((await answer.text()).trim().split('\n').at(-1) ?? '') as DoctorEnd
  expect(last.done).toBe(true)
  return last.findings
}
const codes = (findings: DoctorEnd['findings']) => findings.map(({ code, count, repaired }) => [code, count, repaired])
const sql = (text: string, params: unknown[] = []) => api.platform.database.pool.query(text, params)
const stateOf = async (id: number | undefined) => (await loadWork(api.platform.database.pool, id as number))?.state
const pathOf = (key: string) => join(fileURLToPath(api.platform.store.url), key)
const keyOf = (i: number) => preparedKey(preparedPrefix(frontEndId, ids[i] as number), 'denoised')

/** What was broken is found, found again, mended, and then gone. */
async function mended(code: string, count = 1): Promise<void> {
  expect(codes(await doctor())).toEqual([[code, count, 0]])
  expect(codes(await doctor({ repair: true }))).toEqual([[code, count, count]])
  expect(await doctor({ repair: true })).toEqual([])
}

test('finds nothing where nothing is wrong, not in any byte either', async () => {
  expect(await stateOf(ids[0])).toBe('searchable')
  expect(await doctor({ deep: true })).toEqual([])
})

test('segments without a vector, that nobody knows of, are embedded again', async () => {
  await sql(`delete from coro.embedding_${space.id} where segment_id = $1`, [segments[0]?.[0]])
  const findings = await doctor({ repair: true })
  expect(codes(findings)).toEqual([
    ['SEGMENT_UNFINISHED', 1, 1],
    // The same recording: mended with the first.
    ...(findings.length > 1 ? [['STATE_IMPOSSIBLE', 1, 1]] : []),
  ])
  expect(findings[0]?.examples).toEqual([`0.wav: 1 segments in ${space.name}`])
  expect(await stateOf(ids[0])).toBe('embedding')
  expect(await doctor()).toEqual([])
  await embed(ids[0] as number, segments[0] as number[])
  expect(await stateOf(ids[0])).toBe('searchable')
})

test('accounts that do not add up are counted again', async () => {
  await sql('update coro.recording_space set embedded = 7 where recording_id = $1', [ids[1]])
  await mended('ACCOUNT_WRONG')
  expect(
    (await sql('select embedded, silent from coro.recording_space where recording_id = $1', [ids[1]])).rows,
  ).toEqual([{ embedded: 2, silent: 1 }])
})

test('vectors without their segment are deleted', async () => {
  await sql(`alter table coro.embedding_${space.id} drop constraint embedding_${space.id}_segment_id_fkey`)
  await sql(`insert into coro.embedding_${space.id} select 999999, e from coro.embedding_${space.id} limit 1`)
  await mended('VECTOR_WITHOUT_SEGMENT')
  expect((await sql(`select from coro.embedding_${space.id} where segment_id = 999999`)).rowCount).toBe(0)
  await sql(
    `alter table coro.embedding_${space.id} add constraint embedding_${space.id}_segment_id_fkey
       foreign key (segment_id) references coro.segment on delete cascade`,
  )
})

test('an index that was not built to its end is built again', async () => {
  await sql('set allow_system_table_mods = on')
  await sql(`update pg_index set indisvalid = false where indexrelid = 'coro.recording_state'::regclass`)
  await mended('INDEX_INVALID')
  const { rows } = await sql(`select indisvalid from pg_index where indexrelid = 'coro.recording_state'::regclass`)
  expect(rows).toEqual([{ indisvalid: true }])
  await sql('reset allow_system_table_mods')
})

test('files that no recording names are deleted, but not young ones', async () => {
  const { store } = api.platform
  const [old, young] = ['prepared/f00000000000/777/777/raw.wav', 'prepared/f00000000000/778/778/raw.wav']
  await store.put(old, Buffer.from('x'))
  await store.put(young, Buffer.from('x'))
  await utimes(pathOf(old), new Date(0), new Date(0))
  await utimes(pathOf(keyOf(0)), new Date(0), new Date(0))
  await mended('PREPARED_ORPHAN')
  expect(await store.head(old)).toBeNull()
  expect(await store.head(young)).not.toBeNull()
  expect(await store.head(keyOf(0))).not.toBeNull()
})

test('prepared audio that has gone, or has other bytes, is made again', async () => {
  await api.platform.store.delete(keyOf(1))
  await writeFile(pathOf(keyOf(2)), 'PREPARED 2')
  expect(codes(await doctor())).toEqual([['PREPARED_MISSING', 1, 0]])
  expect(codes(await doctor({ repair: true, deep: true }))).toEqual([
    ['PREPARED_MISSING', 1, 1],
    ['PREPARED_DAMAGED', 1, 1],
  ])
  expect([await stateOf(ids[1]), await stateOf(ids[2])]).toEqual(['discovered', 'discovered'])
  expect(await doctor({ deep: true })).toEqual([])
  expect((await api.platform.database.pool.query(`select from coro.embedding_${space.id}`)).rowCount).toBe(8)
})

test('an original with other bytes under the same version is told, and not touched', async () => {
  const path = join(originals, '3.wav')
  const { rows } = await sql('select modified_at from coro.recording where id = $1', [ids[3]])
  const time = (rows[0] as { modified_at: Date }).modified_at
  await writeFile(path, 'ORIGINAL 3')
  await utimes(path, time, time)
  // The version is size and time, to fractions of a millisecond: take it as the file has it now.
  const now = await fileStorage(pathToFileURL(originals).href).head('3.wav')
  await sql('update coro.recording set version = $2 where id = $1', [ids[3], now?.version])
  expect(codes(await doctor())).toEqual([])
  expect(codes(await doctor({ deep: true, repair: true }))).toEqual([['ORIGINAL_DAMAGED', 1, 0]])
  await rm(path)
  expect(codes(await doctor({ deep: true }))).toEqual([['ORIGINAL_GONE', 1, 0]])
})

test('contents and duplicates that point to nothing: no sound stays lost', async () => {
  const { id: sourceId } = await addSource(api.platform.database)
  const nowhere = { deploymentId: null, siteId: null, recorderId: null }
  const object = { key: 'copy.wav', version: 'v', sizeBytes: 1, modifiedAt: new Date() }
  const copy = await insertRecording(api.platform.database.pool, sourceId, object, nowhere)
  await sql(
    `update coro.recording set state = 'duplicate', duplicate_of = $2, sha256 = (select sha256 from coro.recording where id = $2)
      where id = $1`,
    [copy, ids[3]],
  )
  expect(await doctor()).toEqual([])
  await sql(`update coro.content set sha256 = sha256('other') where recording_id = $1`, [ids[3]])
  expect(codes(await doctor())).toEqual([
    ['CONTENT_DANGLING', 1, 0],
    ['CONTENT_MISSING', 1, 0],
    ['DUPLICATE_LOST', 1, 0],
  ])
  await doctor({ repair: true })
  expect(await doctor()).toEqual([])
  expect((await sql('select recording_id from coro.content where recording_id = $1', [ids[3]])).rowCount).toBe(1)
})

test('states that cannot be, missing segments, and jobs about nothing', async () => {
  await sql('delete from coro.segment where id = $1', [segments[0]?.[1]])
  expect(codes(await doctor())).toEqual([
    ['SEGMENTS_MISSING', 1, 0],
    ['ACCOUNT_WRONG', 1, 0],
  ])
  expect(codes(await doctor({ repair: true }))).toEqual([['SEGMENTS_MISSING', 1, 1]])
  expect(await doctor({ repair: true })).toEqual([])
  expect(await stateOf(ids[0])).toBe('discovered')
  await sql(`update coro.recording set state = 'searchable', segment_count = null where id = $1`, [ids[0]])
  await mended('STATE_IMPOSSIBLE')
  await api.platform.queues.prepare.add({ recordingId: 424_242 }, { priority: 'new', attempts: 3 })
  await api.platform.queues.prepare.add({ recordingId: ids[0] as number }, { priority: 'new', attempts: 3 })
  await mended('JOB_WITHOUT_RECORDING')
  expect((await api.platform.queues.counts()).prepare.waiting).toBe(1)
})

test('a migration that another version made is told', async () => {
  await sql(`update coro.schema_migration set checksum = 'x' where name like '0011%'`)
  expect(codes(await doctor({ repair: true }))).toEqual([['MIGRATION_EDITED', 1, 0]])
})
