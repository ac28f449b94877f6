import { openTestDatabase } from '@coro/shared/database/database.fixture'
import type { Database } from '@coro/shared/database/open'
import { completeSweep } from '@coro/shared/database/watching/complete-sweep'
import { beginSweep } from '@coro/shared/database/watching/sweeps'
import type { ObjectInfo, ReadableStorage } from '@coro/shared/storage/store'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { lookAtKeys } from './look-at-keys.js'
import { planParts } from './plan-parts.js'
import { sweep } from './sweep.js'
import { watchedFolder, type WatchedFolder } from './watching.fixture.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

let folder: WatchedFolder
beforeEach(async () => {
  folder = await watchedFolder(database)
})
afterEach(() => folder[Symbol.asyncDispose]())

/** The folder's storage, listing pages of `size` and telling of each page that is asked for; `fail` may stop it. */
function paged(size: number, onPage: (prefix: string, after: string, n: number) => void): ReadableStorage {
  const { storage } = folder.parts
  return {
    ...storage,
    async *list(options = {}) {
      const all: ObjectInfo[] = []
      for await (const page of storage.list(options)) all.push(...page)
      for (let i = 0; i < all.length; i += size) {
        onPage(options.prefix ?? '', options.after ?? '', i / size)
        yield all.slice(i, i + size)
      }
    },
  }
}

const known = async () => (await folder.rows()).map(({ key }) => key)

describe('a sweep that is cut off', () => {
  beforeEach(async () => {
    for (let i = 10; i < 40; i++) await folder.write(`a/${i}.wav`, String(i))
    for (let i = 10; i < 20; i++) await folder.write(`b/${i}.wav`, `b${i}`)
  })

  it('goes on behind its last committed page, in every part, and ends as one whole sweep', async () => {
    const away = Object.assign(new Error('slow down'), { code: 'STORAGE_UNAVAILABLE', disposition: 'wait' })
    let asked: string[] = []
    const failing = paged(5, (prefix, after, n) => {
      asked.push(`${prefix} ${after} ${n}`)
      if (prefix === 'a/' && n === 4) throw away
    })
    await expect(sweep({ ...folder.parts, storage: failing, parallel: 1 })).rejects.toBe(away)
    const before = await known()
    expect(before.length).toBeGreaterThanOrEqual(10)
    expect(before.length).toBeLessThan(25)
    // Another process goes on.
    asked = []
    const whole = paged(5, (prefix, after) => asked.push(`${prefix} ${after}`))
    const result = await sweep({ ...folder.parts, storage: whole, parallel: 2 })
    expect(asked.filter((line) => line.startsWith('a/')).every((line) => line === `a/ ${before.at(-1)}`)).toBe(true)
    expect(result).toMatchObject({ objects: 40, deleted: 0 })
    expect(await known()).toHaveLength(40)
    expect(new Set(folder.handed.flat()).size).toBe(40)
    expect(folder.handed.flat()).toHaveLength(40)
    const open = await database.pool.query('select from coro.sweep_part where source_id = $1', [folder.parts.source.id])
    expect(open.rowCount).toBe(0)
  })

  it('deletes nothing before it has come to its end; what went in parts done before the cut is found by it', async () => {
    await sweep(folder.parts)
    await folder.remove('a/10.wav')
    const stopped = paged(5, (prefix) => {
      if (prefix === 'b/') throw new Error('cut off')
    })
    await expect(sweep({ ...folder.parts, storage: stopped, parallel: 1 })).rejects.toThrow('cut off')
    expect(await folder.row('a/10.wav')).toMatchObject({ state: 'discovered', missing: true })
    expect(await sweep(folder.parts)).toMatchObject({ deleted: 1, objects: 39 })
    expect(await folder.row('a/10.wav')).toMatchObject({ state: 'deleted' })
  })

  it('begins anew where its last page is an hour old', async () => {
    const { number } = await beginSweep(database, folder.parts.source.id)
    expect(await beginSweep(database, folder.parts.source.id)).toMatchObject({ number, parts: null })
    await database.pool.query(`update coro.source set sweep_started_at = now() - interval '2 hours' where id = $1`, [
      folder.parts.source.id,
    ])
    expect(await beginSweep(database, folder.parts.source.id)).toMatchObject({ number: number + 1 })
  })
})

describe('two watchers', () => {
  it('that sweep at once, one of them with a page listed before a file came, lose nothing', async () => {
    for (let i = 0; i < 30; i++) await folder.write(`a/${i}.wav`, String(i))
    let release = () => {}
    const isHeld = new Promise<void>((resolve) => {
      release = resolve
    })
    const { storage } = folder.parts
    const slow: ReadableStorage = {
      ...storage,
      async *list(options) {
        for await (const page of storage.list(options)) {
          await isHeld
          yield page
        }
      },
    }
    const late = sweep({ ...folder.parts, storage: slow })
    // The slow one has begun, and holds a listing without this file.
    while ((await folder.parts.database.pool.query('select from coro.sweep_part')).rowCount === 0)
      await lookAtKeys(folder.parts, [])
    await folder.write('a/late.wav', 'late')
    expect(await lookAtKeys(folder.parts, ['a/late.wav'])).toMatchObject({ found: 1 })
    const [quick] = await Promise.all([sweep(folder.parts), sweep(folder.parts)])
    release()
    await late
    expect(quick.objects).toBeGreaterThan(0)
    const rows = await folder.rows()
    expect(rows).toHaveLength(31)
    expect(rows.every(({ state }) => state === 'discovered')).toBe(true)
    expect(await folder.row('a/late.wav')).toMatchObject({ missing: false })
  })

  it('end a sweep once', async () => {
    await folder.write('x.wav', 'x')
    await folder.write('y.wav', 'y')
    await sweep(folder.parts)
    await folder.remove('x.wav')
    const [one, two] = await Promise.all([sweep(folder.parts), sweep(folder.parts)])
    expect(one.deleted + two.deleted).toBe(1)
    const { id } = await folder.row('x.wav')
    expect(await folder.outcomes(id)).toEqual(['found', 'deleted'])
    const again = { worker: 'test', confirmed: false }
    expect(await completeSweep(database, folder.parts.source.id, 1, again)).toBeNull()
  })
})

describe('the same events, three times and out of order', () => {
  it('come to what is there now', async () => {
    await folder.write('kept.wav', 'kept')
    await folder.write('gone.wav', 'gone')
    const events = ['kept.wav', 'gone.wav', '.hidden.wav', 'a//b.wav', 'notes.txt']
    for (const keys of [events, [...events].reverse(), events]) await lookAtKeys(folder.parts, keys)
    await folder.remove('gone.wav')
    for (let i = 0; i < 3; i++) await lookAtKeys(folder.parts, ['gone.wav', 'kept.wav'])
    expect(await folder.rows()).toMatchObject([
      { key: 'gone.wav', state: 'discovered', missing: true },
      { key: 'kept.wav', state: 'discovered', missing: false },
    ])
    expect(folder.handed.flat()).toHaveLength(2)
    expect(await sweep(folder.parts)).toMatchObject({ objects: 1, found: 0, deleted: 1 })
  })
})

describe('planParts', () => {
  const plan = (prefixes: string[] = []) => planParts(folder.parts.storage, prefixes)
  it('divides by the first level that has several folders, and further where deployments are declared', async () => {
    for (const key of ['2026/a/1.wav', '2026/b/x/1.wav', '2026/b/y/1.wav', '2026/c.wav']) await folder.write(key, key)
    expect(await plan()).toEqual([
      { prefix: '', flat: true },
      { prefix: '2026/', flat: true },
      { prefix: '2026/a/', flat: false },
      { prefix: '2026/b/', flat: false },
    ])
    expect(await plan(['2026/b/x/'])).toEqual([
      { prefix: '', flat: true },
      { prefix: '2026/', flat: true },
      { prefix: '2026/a/', flat: false },
      { prefix: '2026/b/', flat: true },
      { prefix: '2026/b/x/', flat: false },
      { prefix: '2026/b/y/', flat: false },
    ])
  })

  it('finds what lies in a folder that has vanished with all that was in it', async () => {
    await folder.write('a/1.wav', '1')
    await folder.write('b/1.wav', '2')
    await folder.write('c.wav', '3')
    await sweep(folder.parts)
    await folder.remove('b/1.wav')
    await folder.move('b', '.b')
    expect(await plan()).not.toContainEqual({ prefix: 'b/', flat: false })
    expect(await sweep(folder.parts)).toMatchObject({ objects: 2, deleted: 1 })
    expect(await folder.row('b/1.wav')).toMatchObject({ state: 'deleted' })
  })

  it('leaves a level of very many folders whole', async () => {
    for (let i = 0; i < 257; i++) await folder.write(`${i}/x.wav`, String(i))
    expect(await plan()).toEqual([{ prefix: '', flat: false }])
  })
})
