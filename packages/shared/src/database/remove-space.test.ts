import { randomUUID } from 'node:crypto'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addRecording, addSegments, addSource, addSpace, openTestDatabase, randomNumbers } from './database.fixture.js'
import { saveEmbeddings } from './embeddings.js'
import { importRecordings } from './import/imported-recordings.js'
import { beginImport } from './import/imported-space.js'
import { saveImportedVectors } from './import/save-vectors.js'
import { removeSpace } from './remove-space.js'
import { chooseSpace } from './choose-space.js'
import { listSpaces, type Space } from './spaces.js'
import { normaliseL2 } from './vectors.js'

let database: Database
/** Active and kept filled. */
let own: Space
/** A recording of Coro's own, with two windows in that space. */
let recordingId: number
beforeAll(async () => {
  database = await openTestDatabase()
  own = await addSpace(database, { active: true })
  recordingId = await addRecording(database, (await addSource(database)).id)
  const segments = await addSegments(database, recordingId, [own], 2)
  const vectors = segments.map((segmentId) => ({ segmentId, embedding: unit(segmentId) }))
  await saveEmbeddings(database, own, recordingId, vectors, [])
})
afterAll(() => database[Symbol.asyncDispose]())

const unit = (seed: number) => normaliseL2(randomNumbers(seed, 8))
const count = async (what: string): Promise<number> => {
  const { rows } = await database.pool.query<{ n: number }>(`select count(*) as n from ${what}`)
  return rows[0]?.n ?? 0
}

/** A recording that is known from imports alone. */
async function addImported(): Promise<number> {
  const wanted = { source: null, key: `${randomUUID()}.wav`, sha256: null, site: null, recorder: null, startedAt: null }
  const [saved] = await importRecordings(database, [wanted], { nowhere: 'import:test', timeZone: null })
  if (!saved || 'refused' in saved) throw new Error(JSON.stringify(saved))
  return saved.recordingId
}

async function addImportedSpace(recordings: number[], starts: number[]): Promise<Space> {
  const definition = { name: `perch/${randomUUID()}`, dimension: 8, windowS: 5, hopS: 5 }
  const { space } = await beginImport(database, definition, 0)
  const vectors = recordings.flatMap((id) =>
    starts.map((startS) => ({ recordingId: id, startS, endS: startS + 5, embedding: unit(startS + 1) })),
  )
  await saveImportedVectors(database, space, vectors, { replace: false })
  return space
}

describe('removing a space', () => {
  it('takes its vectors, its accounts, its samples, and what nothing else holds', async () => {
    const before = { recordings: await count('coro.recording'), segments: await count('coro.segment') }
    const [alone, shared, labelled] = [await addImported(), await addImported(), await addImported()]
    // 0 and 5 s are Coro's own windows of the first recording, 2.5 s is none
    const space = await addImportedSpace([recordingId, alone, shared, labelled], [0, 2.5])
    const other = await addImportedSpace([shared], [0])
    await database.pool.query(`insert into coro.label (recording_id, label) values ($1, 'frog')`, [labelled])
    await database.pool.query(
      `insert into coro.sample (space_id, subject, filter, min_similarity, seed, per_stratum) values ($1, '{}', '{}', 0, 1, 1)`,
      [space.id],
    )
    expect(await removeSpace(database, space.name)).toEqual({ vectors: 8, samples: 1, recordings: 1, windows: 6 })
    expect((await listSpaces(database.pool)).map(({ id }) => id)).toEqual([own.id, other.id])
    expect(await count(`pg_class where relname = 'embedding_${space.id}'`)).toBe(0)
    expect(await count(`coro.recording_space where space_id = ${space.id}`)).toBe(0)
    // the shared and the labelled one stay, the shared one with its window in the other space
    expect(await count('coro.recording')).toBe(before.recordings + 2)
    expect(await count('coro.segment')).toBe(before.segments + 1)
    expect(await count(`coro.recording where id = ${labelled} and segment_count = 0`)).toBe(1)
    expect(
      await count(`coro.recording where id = ${shared} and segment_count = 1 and first_segment_id is not null`),
    ).toBe(1)
    expect(await count('coro.active_embedding')).toBe(2)
    expect(await count('coro.spaces')).toBe(2)
    await expect(chooseSpace(database.pool, { space: space.name })).rejects.toMatchObject({ code: 'SPACE_UNKNOWN' })
    await expect(removeSpace(database, space.name)).rejects.toMatchObject({ code: 'SPACE_UNKNOWN' })
  })

  it('is refused where searches or embedding use it, and nothing is lost', async () => {
    await expect(removeSpace(database, own.name)).rejects.toMatchObject({
      code: 'SPACE_IN_USE',
      message: expect.stringMatching(/active/) as string,
    })
    await database.pool.query('update coro.embedding_space set active = false where id = $1', [own.id])
    await expect(removeSpace(database, own.name)).rejects.toMatchObject({
      code: 'SPACE_IN_USE',
      message: expect.stringMatching(/filled/) as string,
    })
    await database.pool.query('select coro.activate_space($1)', [own.id])
    expect(await count('coro.active_embedding')).toBe(2)
  })

  it('is refused where somebody made a view of its vectors, which stays', async () => {
    const space = await addImportedSpace([await addImported()], [0])
    await database.pool.query(`create view mine as select * from coro.embedding_${space.id}`)
    await expect(removeSpace(database, space.name)).rejects.toMatchObject({
      code: 'SPACE_IN_USE',
      message: expect.stringMatching(/view mine depends/) as string,
    })
    expect(await count('mine')).toBe(1)
    expect(await count(`coro.recording_space where space_id = ${space.id}`)).toBe(1)
  })
})
