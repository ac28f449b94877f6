import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openTestDatabase } from '@coro/shared/database/database.fixture'
import type { Database } from '@coro/shared/database/open'
import { lastSweeps } from '@coro/shared/database/source-list'
import { listObstacles, obstaclesOfKey } from '@coro/shared/database/watching/obstacles'
import { unreadableEntry, unreadableFolder } from '@coro/shared/storage/passed-over'
import type { ReadableStorage } from '@coro/shared/storage/store'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
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

const obstacles = async () =>
  (await listObstacles(database.pool, folder.parts.source.id, 1000)).map(({ key, code }) => `${code} ${key}`)

/** The folder's storage, where `below` fails with an error of the system. */
function failing(below: string, code: string): ReadableStorage {
  const { storage } = folder.parts
  const error = Object.assign(new Error(code), { code })
  const passed = below.endsWith('/') ? unreadableFolder(below, error) : unreadableEntry(below, error)
  return {
    ...storage,
    async *list(options = {}) {
      if ((options.after ?? '') < below) options.onPassedOver?.(passed)
      for await (const page of storage.list(options)) yield page.filter(({ key }) => !key.startsWith(below))
    },
  }
}

it('sweeps around what it cannot take in, tells what that is, and forgets it once it is gone', async () => {
  await folder.write('a/x.wav', 'one')
  await folder.write('z/x.wav', 'two')
  await folder.write('.hidden.wav', 'three')
  await folder.write('notes.txt', 'four')
  await symlink('loop.wav', join(folder.path, 'loop.wav'))
  await symlink('loop.txt', join(folder.path, 'loop.txt'))
  expect(await sweep(folder.parts)).toMatchObject({ objects: 2, found: 2, passedOver: 2, obstacles: 1 })
  expect(await obstacles()).toEqual(['LINK_BROKEN loop.wav'])
  const [met] = await obstaclesOfKey(database.pool, 'loop.wav')
  expect(met).toMatchObject({ source: folder.parts.source.url, key: 'loop.wav' })
  await mkdir(join(folder.path, 'm'))
  await symlink('../a', join(folder.path, 'm/linked'))
  await sweep(folder.parts)
  for (const key of [
    'm/linked',
    'linked',
    'm/linked/x.wav',
    'linked/x.wav',
    `${folder.parts.source.url}/m/linked/x.wav`,
  ]) {
    expect(await obstaclesOfKey(database.pool, key), key).toMatchObject([{ key: 'm/linked/', code: 'LINK_TO_FOLDER' }])
  }
  for (const key of ['a', 'x.wav', 'inked', 'm', 'inked/x.wav']) {
    expect(await obstaclesOfKey(database.pool, key), key).toEqual([])
  }
  await folder.remove('m/linked')
  await sweep(folder.parts)
  const sources = await lastSweeps(database.pool)
  expect(sources.find(({ url }) => url === folder.parts.source.url)).toMatchObject({ obstacles: 1 })
  await folder.remove('loop.wav')
  expect(await sweep(folder.parts)).toMatchObject({ obstacles: 0 })
  expect(await obstacles()).toEqual([])
})

it.each([
  ['lost/', 'EACCES', 'FOLDER_DENIED'],
  ['lost/', 'EIO', 'UNREADABLE'],
  ['lost/x.wav', 'EACCES', 'FILE_DENIED'],
])('does not miss recordings of %s while it fails with %s', async (below, error, code) => {
  for (const key of ['a.wav', 'lost/x.wav', 'z.wav']) await folder.write(key, key)
  await sweep(folder.parts)
  const parts = { ...folder.parts, storage: failing(below, error) }
  expect(await sweep(parts)).toMatchObject({ objects: 2, deleted: 0, held: 0, obstacles: 1 })
  expect(await folder.row('lost/x.wav')).toMatchObject({ state: 'discovered', missing: false })
  expect(await obstacles()).toEqual([`${code} ${below}`])
  await folder.remove('z.wav')
  expect(await sweep(parts)).toMatchObject({ deleted: 1 })
  expect(await folder.row('lost/x.wav')).toMatchObject({ state: 'discovered', missing: false })
  expect(await sweep(folder.parts)).toMatchObject({ deleted: 0, obstacles: 0 })
})

it('passes over a path that no index takes, and takes in the others of its page', async () => {
  const part = () =>
    Array.from({ length: 240 }, () => String.fromCharCode(97 + Math.floor(26 * Math.random()))).join('')
  const deep = Array.from({ length: 12 }, part).join('/')
  await mkdir(join(folder.path, deep), { recursive: true })
  await writeFile(join(folder.path, deep, 'x.wav'), 'deep')
  await folder.write('a.wav', 'one')
  expect(await sweep({ ...folder.parts })).toMatchObject({ found: 1, obstacles: 1 })
  expect(await obstacles()).toEqual([`NAME_TOO_LONG ${deep}/x.wav`])
})
