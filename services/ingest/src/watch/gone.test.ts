import { addSpace, openTestDatabase } from '@coro/shared/database/database.fixture'
import { sweepDeleted } from '@coro/shared/database/deletions'
import type { Database } from '@coro/shared/database/open'
import type { Space } from '@coro/shared/database/spaces'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lookAtKeys } from './look-at-keys.js'
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

describe('an object that has gone', () => {
  it('is deleted by a sweep that came to its end, and found by no search any more', async () => {
    const id = await take('a/x.wav', 'x of one')
    await take('a/y.wav', 'y of one')
    await folder.remove('a/x.wav')
    expect(await sweep(folder.parts)).toMatchObject({ objects: 1, deleted: 1, moved: 0, held: 0 })
    expect(await folder.row('a/x.wav')).toMatchObject({ id, state: 'deleted' })
    expect(await folder.row('a/y.wav')).toMatchObject({ state: 'searchable' })
    expect(await found(id)).toBe(0)
    expect(await folder.outcomes(id)).toEqual(['found', 'deleted'])
    expect(await sweep(folder.parts)).toMatchObject({ deleted: 0 })
  })

  it('comes back as it was, with nothing to prepare', async () => {
    const id = await take('x.wav', 'comes back')
    await folder.move('x.wav', '.away')
    await sweep(folder.parts)
    expect(await found(id)).toBe(0)
    await folder.move('.away', 'x.wav')
    const handed = folder.handed.length
    expect(await sweep(folder.parts)).toMatchObject({ restored: 1, found: 0 })
    expect(await folder.rows()).toEqual([{ id, key: 'x.wav', state: 'searchable', missing: false }])
    expect([await found(id), await vectors(id)]).toEqual([2, 2])
    expect(folder.handed).toHaveLength(handed)
    expect(await folder.outcomes(id)).toEqual(['found', 'deleted', 'restored'])
  })

  it('begins anew when it comes back after its vectors were swept, and a segment that a person deleted stays deleted', async () => {
    const swept = await take('swept.wav', 'swept away')
    const judged = await take('judged.wav', 'judged by a person')
    await database.pool.query(
      `insert into coro.deleted_segment (segment_id, reason) select min(id), 'noise' from coro.segment where recording_id = $1`,
      [judged],
    )
    await folder.move('swept.wav', '.swept')
    await sweep(folder.parts)
    await sweepDeleted(database)
    expect(await vectors(swept)).toBe(0)
    await folder.move('judged.wav', '.judged')
    await sweep(folder.parts)
    await folder.move('.swept', 'swept.wav')
    await folder.move('.judged', 'judged.wav')
    expect(await sweep(folder.parts)).toMatchObject({ restored: 2 })
    expect(await folder.row('swept.wav')).toMatchObject({ id: swept, state: 'discovered' })
    expect(folder.handed.at(-1)).toEqual([swept])
    expect(await process(database, space, swept, 'swept away')).toBe('searchable')
    expect([await found(swept), await vectors(swept)]).toEqual([2, 2])
    expect(await folder.row('judged.wav')).toMatchObject({ state: 'searchable' })
    expect(await found(judged)).toBe(1)
  })

  it('before it was prepared gives its bytes up, and so does one that could not be used', async () => {
    await folder.write('x.wav', 'never prepared')
    await sweep(folder.parts)
    const { id } = await folder.row('x.wav')
    await database.pool.query(`insert into coro.content values ($1, $2)`, [Buffer.from('never'.padEnd(32)), id])
    await folder.remove('x.wav')
    expect(await sweep(folder.parts)).toMatchObject({ deleted: 1 })
    const left = await database.pool.query('select from coro.content where recording_id = $1', [id])
    expect(left.rowCount).toBe(0)
  })

  it('is uploaded again as another object: the same recording where the bytes are the same, a new one else', async () => {
    const same = await take('same.wav', 'uploaded twice')
    const other = await take('other.wav', 'first content')
    await folder.remove('same.wav')
    await folder.remove('other.wav')
    await sweep(folder.parts)
    await folder.write('same.wav', 'uploaded twice', 60)
    await folder.write('other.wav', 'second content', 60)
    expect(await sweep(folder.parts)).toMatchObject({ found: 2, restored: 0 })
    const [again, next] = (folder.handed.at(-1) ?? []).toReversed()
    expect(await process(database, space, again as number, 'uploaded twice')).toBe('same bytes')
    expect(await process(database, space, next as number, 'second content')).toBe('searchable')
    expect(await folder.rows()).toEqual([
      { id: other, key: 'other.wav', state: 'deleted', missing: true },
      { id: next, key: 'other.wav', state: 'searchable', missing: false },
      { id: same, key: 'same.wav', state: 'searchable', missing: false },
    ])
    expect(await sweep(folder.parts)).toMatchObject({ found: 0, changed: 0, restored: 0, deleted: 0 })
  })

  it('is not believed where more than half of a source has gone at once, until somebody confirms it', async () => {
    for (let i = 0; i < 25; i++) await folder.write(`card/${i}.wav`, String(i))
    await sweep(folder.parts)
    // Moved to a hidden name and back: what is written again has another time, and is another version.
    for (let i = 0; i < 25; i++) await folder.move(`card/${i}.wav`, `.${i}`)
    expect(await sweep(folder.parts)).toMatchObject({ objects: 0, deleted: 0, held: 25 })
    expect((await folder.rows()).every(({ state, missing }) => state === 'discovered' && missing)).toBe(true)
    // Half of it is back: what is there is found, the rest is still not half.
    for (let i = 0; i < 13; i++) await folder.move(`.${i}`, `card/${i}.wav`)
    expect(await sweep(folder.parts)).toMatchObject({ objects: 13, deleted: 12, held: 0 })
    for (let i = 13; i < 25; i++) await folder.move(`.${i}`, `card/${i}.wav`)
    expect(await sweep(folder.parts)).toMatchObject({ restored: 12 })
    for (let i = 0; i < 25; i++) await folder.remove(`card/${i}.wav`)
    expect(await sweep({ ...folder.parts, confirmDeletions: true })).toMatchObject({ deleted: 25, held: 0 })
  })

  it('is only marked by an event, and by a sweep that does not come to its end', async () => {
    const id = await take('x.wav', 'only marked')
    await folder.move('x.wav', '.away')
    expect(await lookAtKeys(folder.parts, ['x.wav', 'x.wav', 'never-there.wav'])).toMatchObject({ missing: 1 })
    expect(await folder.row('x.wav')).toMatchObject({ state: 'searchable', missing: true })
    expect(await found(id)).toBe(2)
    await folder.move('.away', 'x.wav')
    expect(await lookAtKeys(folder.parts, ['x.wav'])).toMatchObject({ missing: 0, objects: 1 })
    expect(await folder.row('x.wav')).toMatchObject({ state: 'searchable', missing: false })
    await folder.move('x.wav', '.away')
    expect(await sweep(folder.parts)).toMatchObject({ deleted: 1 })
  })
})

describe('a file that moved', () => {
  it('before its copy was hashed: the recording takes its new place when the bytes are known', async () => {
    const id = await take('lagoa/A1/x.wav', 'moved within')
    await folder.move('lagoa/A1/x.wav', 'serra/B2/x.wav')
    expect(await sweep(folder.parts)).toMatchObject({ found: 1, deleted: 1 })
    const { id: row } = await folder.row('serra/B2/x.wav')
    expect(await process(database, space, row, 'moved within')).toBe('moved')
    expect(await folder.rows()).toEqual([{ id, key: 'serra/B2/x.wav', state: 'searchable', missing: false }])
    expect([await found(id), await vectors(id)]).toEqual([2, 2])
    const { rows } = await database.pool.query(
      `select site, recorder, state from coro.recordings where recording_id = $1`,
      [id],
    )
    expect(rows).toEqual([{ site: 'serra', recorder: 'B2', state: 'searchable' }])
    expect(await folder.outcomes(id)).toEqual(['found', 'deleted', 'moved'])
    expect(await sweep(folder.parts)).toMatchObject({ found: 0, changed: 0, deleted: 0 })
  })

  it('after its copy was known as a duplicate: a completed sweep that misses the old key moves it, across sources too', async () => {
    await using elsewhere = await watchedFolder(database)
    const id = await take('x.wav', 'moved across')
    await elsewhere.write('B/y.wav', 'moved across')
    await sweep(elsewhere.parts)
    const { id: copy } = await elsewhere.row('B/y.wav')
    await database.pool.query(
      `insert into coro.label (recording_id, label) values ($1, 'frog'), ($2, 'toad'), ($1, 'toad')`,
      [copy, id],
    )
    expect(await process(database, space, copy, 'moved across')).toBe('duplicate')
    // Both are there: a duplicate it stays, however often is swept.
    expect(await sweep(folder.parts)).toMatchObject({ moved: 0, deleted: 0 })
    expect(await elsewhere.row('B/y.wav')).toMatchObject({ state: 'duplicate' })
    await folder.remove('x.wav')
    expect(await sweep(folder.parts)).toMatchObject({ moved: 1, deleted: 0 })
    expect(await folder.rows()).toEqual([])
    expect(await elsewhere.rows()).toEqual([{ id, key: 'B/y.wav', state: 'searchable', missing: false }])
    expect(await found(id)).toBe(2)
    const labels = await database.pool.query('select label from coro.label where recording_id = $1 order by 1', [id])
    expect(labels.rows).toEqual([{ label: 'frog' }, { label: 'toad' }])
    const { rows } = await database.pool.query<{ details: { from: unknown; to: unknown } }>(
      `select details from coro.ledger where recording_id = $1 and outcome = 'moved'`,
      [id],
    )
    expect(rows).toMatchObject([
      {
        details: {
          from: { source: folder.parts.source.url, key: 'x.wav' },
          to: { source: elsewhere.parts.source.url, key: 'B/y.wav' },
        },
      },
    ])
    expect(await sweep(elsewhere.parts)).toMatchObject({ found: 0, changed: 0, deleted: 0 })
  })

  it('whose original was never usable is taken up in its own right', async () => {
    await folder.write('x.wav', 'never usable')
    await folder.write('y.wav', 'never usable')
    await sweep(folder.parts)
    const [x, y] = (await folder.rows()).map(({ id }) => id) as [number, number]
    await database.pool.query(`update coro.recording set state = 'quarantined' where id = $1`, [x])
    await database.pool.query(`update coro.recording set state = 'duplicate', duplicate_of = $1 where id = $2`, [x, y])
    await folder.remove('x.wav')
    expect(await sweep(folder.parts)).toMatchObject({ deleted: 1, moved: 0 })
    expect(await folder.row('y.wav')).toMatchObject({ id: y, state: 'discovered' })
    expect(folder.handed.at(-1)).toEqual([y])
  })
})
