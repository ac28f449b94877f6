import { claimContent } from '@coro/shared/database/content'
import { addSegments, addSpace, openTestDatabase } from '@coro/shared/database/database.fixture'
import { sweepDeleted } from '@coro/shared/database/deletions'
import { accountsOf } from '@coro/shared/database/dispatch'
import type { Database } from '@coro/shared/database/open'
import type { Space } from '@coro/shared/database/spaces'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sweep } from './sweep.js'
import { process, segmentsFound, takeIn, vectorsOf, watchedFolder, type WatchedFolder } from './watching.fixture.js'

let database: Database
let space: Space
beforeAll(async () => {
  database = await openTestDatabase()
  space = await addSpace(database)
})
afterAll(() => database[Symbol.asyncDispose]())

let folder: WatchedFolder
beforeEach(async () => {
  folder = await watchedFolder(database)
})
afterEach(() => folder[Symbol.asyncDispose]())

const found = (recording: number) => segmentsFound(database, recording)
const vectors = (recording: number) => vectorsOf(database, space, recording)
const take = (key: string, content: string, from = folder) => takeIn(from, space, key, content)

describe('a file that comes in again as another version', () => {
  const segmentIds = async (id: number) => {
    const { rows } = await database.pool.query<{ id: number }>(
      'select id from coro.segment where recording_id = $1 order by index',
      [id],
    )
    return rows.map((row) => row.id)
  }
  /** Write it anew, and let a sweep find it; resolves to the row of the new version. */
  async function again(key: string, content: string, ageS = 60): Promise<number> {
    await folder.write(key, content, ageS)
    expect(await sweep(folder.parts)).toMatchObject({ changed: 1, found: 0, deleted: 0 })
    return (await folder.row(key)).id
  }

  it('with the same bytes is the same recording, with segments, vectors and what a person said of them', async () => {
    const id = await take('x.wav', 'touched')
    const segments = await segmentIds(id)
    const { pool } = database
    await pool.query(`insert into coro.deleted_segment (segment_id, reason) values ($1, 'noise')`, [segments[0]])
    await pool.query(`insert into coro.label (recording_id, label) values ($1, 'frog')`, [id])
    const { rows: before } = await pool.query('select version from coro.recording where id = $1', [id])
    const newer = await again('x.wav', 'touched')
    expect(newer).not.toBe(id)
    expect([await found(id), await vectors(id)]).toEqual([0, 2])
    expect(await process(database, space, newer, 'touched')).toBe('same bytes')
    expect(await folder.rows()).toEqual([{ id, key: 'x.wav', state: 'searchable', missing: false }])
    expect(await segmentIds(id)).toEqual(segments)
    expect([await found(id), await vectors(id)]).toEqual([1, 2])
    const { rows: after } = await pool.query('select version from coro.recording where id = $1', [id])
    expect(after).not.toEqual(before)
    const { rows: accounts } = await pool.query(
      'select embedded, done_at is not null as done from coro.recording_space where recording_id = $1',
      [id],
    )
    expect(accounts).toEqual([{ embedded: 2, done: true }])
    expect((await pool.query('select from coro.label where recording_id = $1', [id])).rowCount).toBe(1)
    expect(await folder.outcomes(id)).toEqual(['found', 'superseded'])
    expect(await sweep(folder.parts)).toMatchObject({ changed: 0, found: 0, deleted: 0 })
    // And again, as often as somebody copies it.
    expect(await process(database, space, await again('x.wav', 'touched', 30), 'touched')).toBe('same bytes')
    expect(await found(id)).toBe(1)
  })

  it('goes on being embedded where it had not been to its end', async () => {
    await folder.write('x.wav', 'half embedded')
    await sweep(folder.parts)
    const { id } = await folder.row('x.wav')
    await claimContent(database.pool, Buffer.from('half embedded'.padEnd(32, '.')), id)
    const segments = await addSegments(database, id, [space], 2)
    const newer = await again('x.wav', 'half embedded')
    expect(await process(database, space, newer, 'half embedded')).toBe('same bytes')
    expect(await folder.row('x.wav')).toMatchObject({ id, state: 'embedding' })
    expect(await segmentIds(id)).toEqual(segments)
    expect(await accountsOf(database.pool, [id])).toMatchObject([{ segmentCount: 2 }])
  })

  it('with other bytes is a recording of its own; a copy of the old bytes keeps what was computed of them', async () => {
    const id = await take('x.wav', 'old bytes')
    await folder.write('copy/y.wav', 'old bytes')
    await sweep(folder.parts)
    const { id: copy } = await folder.row('copy/y.wav')
    expect(await process(database, space, copy, 'old bytes')).toBe('duplicate')
    const newer = await again('x.wav', 'new bytes')
    expect(await folder.row('copy/y.wav')).toMatchObject({ state: 'discovered' })
    expect(await process(database, space, newer, 'new bytes')).toBe('searchable')
    expect(await process(database, space, copy, 'old bytes')).toBe('moved')
    expect(await folder.rows()).toEqual([
      { id, key: 'copy/y.wav', state: 'searchable', missing: false },
      { id: newer, key: 'x.wav', state: 'searchable', missing: false },
    ])
    expect([await found(id), await found(newer)]).toEqual([2, 2])
  })

  it('is computed anew once the vectors of the old version were swept', async () => {
    const id = await take('x.wav', 'swept before')
    const newer = await again('x.wav', 'swept before')
    await sweepDeleted(database)
    expect(await vectors(id)).toBe(0)
    expect(await process(database, space, newer, 'swept before')).toBe('searchable')
    expect(await folder.row('x.wav')).toMatchObject({ id: newer, state: 'searchable' })
  })
})
