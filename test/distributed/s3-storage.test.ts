import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectInfo, Storage } from '@coro/shared/storage/store'
import { compareKeys } from '@coro/shared/storage/key-order'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSystem, type System } from './system.js'

let system: System
let store: Storage

beforeAll(async () => {
  system = await createSystem('s3-storage', { unmigrated: true })
  store = system.store
})
afterAll(() => system?.[Symbol.asyncDispose]())

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function listed(storage: Storage, options: { prefix?: string; after?: string } = {}): Promise<string[]> {
  const pages: ObjectInfo[][] = []
  for await (const page of storage.list(options)) pages.push(page)
  return pages.flat().map(({ key }) => key)
}

test('what is put comes back, whole and by range', async () => {
  const bytes = randomBytes(100_000)
  await store.put('a/small.bin', bytes)
  const info = await store.head('a/small.bin')
  expect(info).toMatchObject({ key: 'a/small.bin', sizeBytes: 100_000 })
  expect(Date.now() - (info?.modifiedAt.getTime() ?? 0)).toBeLessThan(600_000)
  expect(await store.readRange('a/small.bin', 44, 1000)).toEqual(bytes.subarray(44, 1044))
  // A range that reaches beyond the end gives what there is.
  expect(await store.readRange('a/small.bin', 99_990, 1000)).toEqual(bytes.subarray(99_990))
  await using file = await store.localFile('a/small.bin', info?.version ?? '')
  expect(await readFile(file.path)).toEqual(bytes)
})

test('a prepared file of several parts arrives whole, and leaves the staging folder', async () => {
  const bytes = randomBytes(40 * 1024 * 1024 + 12_345)
  const path = join(await store.stagingDir(), 'multipart-test.wav')
  await writeFile(path, bytes)
  await store.putFile('b/large.wav', path)
  expect(existsSync(path)).toBe(false)
  const info = await store.head('b/large.wav')
  expect(info?.sizeBytes).toBe(bytes.length)
  const file = await store.localFile('b/large.wav', info?.version ?? '')
  expect(sha256(await readFile(file.path))).toBe(sha256(bytes))
  await file[Symbol.asyncDispose]()
  expect(existsSync(file.path)).toBe(false)
  const across = 16 * 1024 * 1024 - 500
  expect(await store.readRange('b/large.wav', across, 1000)).toEqual(bytes.subarray(across, across + 1000))
})

test('an object that changed since it was listed is not read', async () => {
  await store.put('c/changing.bin', Buffer.from('first'))
  const before = await store.head('c/changing.bin')
  await store.put('c/changing.bin', Buffer.from('second'))
  await expect(store.localFile('c/changing.bin', before?.version ?? '')).rejects.toMatchObject({
    code: 'STORAGE_CHANGED',
    disposition: 'wait',
  })
})

test('what is not there, or may not be read, is told by code', async () => {
  expect(await store.head('no/such')).toBeNull()
  await expect(store.localFile('no/such', 'x')).rejects.toMatchObject({ code: 'STORAGE_GONE' })
  await expect(store.readRange('no/such', 0, 10)).rejects.toMatchObject({ code: 'STORAGE_GONE' })
  await store.put('d/gone.bin', Buffer.from('x'))
  await store.delete('d/gone.bin')
  await store.delete('d/gone.bin')
  expect(await store.head('d/gone.bin')).toBeNull()
})

test('listing goes over several pages, ascending, and leaves out dot folders and what lies outside the prefix', async () => {
  const keys = Array.from({ length: 1100 }, (_, i) => `site ${i % 3}/ü+ç&=${String(i).padStart(4, '0')}.wav`).sort()
  const { source } = system
  for (let from = 0; from < keys.length; from += 50) {
    await Promise.all(keys.slice(from, from + 50).map((key) => source.put(key, Buffer.from(key))))
  }
  await source.put('.hidden/x.wav', Buffer.from('x'))
  const all = await listed(source)
  expect(all).toEqual(keys)
  expect(await listed(source, { prefix: 'site 1/' })).toEqual(keys.filter((key) => key.startsWith('site 1/')))
  const middle = keys[500] as string
  expect(await listed(source, { after: middle })).toEqual(keys.slice(501))
  const info = await source.head(middle)
  await using file = await source.localFile(middle, info?.version ?? '')
  expect(await readFile(file.path, 'utf8')).toBe(middle)
})

test('one level is told with its folders; keys beyond the basic plane come in the order of their bytes', async () => {
  const { source } = system
  const keys = [
    'level/\uFFFD.wav',
    'level/\u{1F426}.wav',
    'level/a/1.wav',
    'level/a/b/1.wav',
    'level/b/1.wav',
    'level/z.wav',
  ]
  for (const key of [...keys, 'level/.hidden/1.wav']) await source.put(key, Buffer.from(key))
  const { objects, folders, isComplete } = await source.folder('level/')
  expect(objects.map(({ key }) => key)).toEqual(['level/z.wav', 'level/\uFFFD.wav', 'level/\u{1F426}.wav'])
  expect({ folders, isComplete }).toEqual({ folders: ['level/a/', 'level/b/'], isComplete: true })
  expect(await listed(source, { prefix: 'level/' })).toEqual([...keys].sort(compareKeys))
})
