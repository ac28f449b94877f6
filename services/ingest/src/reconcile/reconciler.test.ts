import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@coro/shared/config/read-config'
import { addRecording, addSegments, addSource, addSpace, randomNumbers } from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { buildIndex, hasIndex } from '@coro/shared/database/index-build'
import { loadWork } from '@coro/shared/database/recording-work'
import { spaceById, type Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform, type Platform } from '@coro/shared/process/platform'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keepIndexes } from './keep-indexes.js'
import { reconcile } from './reconciler.js'

let folder: string
let platform: Platform
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-reconcile-'))
  const config = readConfig({ CORO_DATABASE_URL: 'pglite:memory', CORO_DATA: folder })
  platform = await openPlatform(config, createLogger({ level: 'silent' }))
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

describe('reconcile', () => {
  it('closes recordings whose last account was done as a process died, and counts what is open', async () => {
    const { database } = platform
    const space = await addSpace(database)
    const { id: sourceId } = await addSource(database)
    await addRecording(database, sourceId)
    const [done, open] = [await addRecording(database, sourceId), await addRecording(database, sourceId)]
    for (const id of [done, open]) await addSegments(database, id, [space], 1)
    await database.pool.query('update coro.recording_space set done_at = now() where recording_id = $1', [done])
    expect(await reconcile(platform)).toEqual({ prepare: 1, embed: 1, closed: 1 })
    expect(await reconcile(platform)).toEqual({ prepare: 1, embed: 1, closed: 0 })
    expect((await loadWork(database.pool, done))?.state).toBe('searchable')
  })
})

describe('keepIndexes', () => {
  it('drops a wanted index while a large ingest runs, and builds it again when that has ended', async () => {
    const { database } = platform
    const space: Space = await addSpace(database, { dimension: 8 })
    const { id: sourceId } = await addSource(database)
    const id = await addRecording(database, sourceId)
    const segments = await addSegments(database, id, [space], 3)
    const embedded = segments.map((segmentId, i) => ({ segmentId, embedding: normaliseL2(randomNumbers(i, 8)) }))
    await saveEmbeddings(database, space, id, embedded, [])
    const idle = { prepare: 0, embed: 0, closed: 0 }
    await keepIndexes(platform, idle)
    expect(await hasIndex(database.pool, space)).toBe(false)
    await buildIndex(database, space)
    await keepIndexes(platform, { ...idle, prepare: 10 })
    expect(await hasIndex(database.pool, space)).toBe(true)
    await keepIndexes(platform, { ...idle, prepare: 100 })
    expect(await hasIndex(database.pool, space)).toBe(false)
    expect((await spaceById(database.pool, space.id))?.indexWanted).toBe(true)
    await keepIndexes(platform, { ...idle, embed: 1 })
    expect(await hasIndex(database.pool, space)).toBe(false)
    await keepIndexes(platform, idle)
    expect(await hasIndex(database.pool, space)).toBe(true)
  })
})
