import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@coro/shared/config/read-config'
import { addRecording, addSegments, addSource, addSpace, randomNumbers } from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { buildIndex, hasIndex } from '@coro/shared/database/index-build'
import { loadWork } from '@coro/shared/database/recordings'
import { spaceById, type Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform, type Platform } from '@coro/shared/process/platform'
import { segmentsPerJob } from '@coro/shared/queues/embed-batches'
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

const waiting = async () => {
  const counts = await platform.queues.counts()
  return { prepare: counts.prepare.waiting, embed: counts.embed.waiting }
}

describe('reconcile', () => {
  it('enqueues what should exist and does not, once, whatever the queue has lost', async () => {
    const { database } = platform
    const space = await addSpace(database)
    const { id: sourceId } = await addSource(database)
    await addRecording(database, sourceId)
    const prepared = await addRecording(database, sourceId)
    await addSegments(database, prepared, [space], segmentsPerJob + 1)
    expect(await reconcile(platform)).toEqual({ prepare: 1, embed: 1, closed: 0 })
    expect(await waiting()).toEqual({ prepare: 1, embed: 2 })
    await reconcile(platform)
    expect(await waiting()).toEqual({ prepare: 1, embed: 2 })
    await database.pool.query('truncate bullmq.job cascade')
    expect(await waiting()).toEqual({ prepare: 0, embed: 0 })
    await reconcile(platform)
    expect(await waiting()).toEqual({ prepare: 1, embed: 2 })
  })

  it('fills a new space with what was prepared before', async () => {
    const { database } = platform
    const { id: sourceId } = await addSource(database)
    const old = await addSpace(database)
    const id = await addRecording(database, sourceId)
    const segments = await addSegments(database, id, [old], 1)
    await saveEmbeddings(database, old, id, [], segments)
    const fresh = await addSpace(database)
    await reconcile(platform)
    const { rows } = await database.pool.query(
      'select from coro.recording_space where recording_id = $1 and space_id = $2',
      [id, fresh.id],
    )
    expect(rows).toHaveLength(1)
    // It stays to be found in the old one meanwhile.
    expect((await loadWork(database.pool, id))?.state).toBe('searchable')
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
