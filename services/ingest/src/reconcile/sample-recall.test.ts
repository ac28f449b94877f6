import {
  addRecording,
  addSegments,
  addSource,
  openTestDatabase,
  randomNumbers,
  spaceDefinition,
} from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { buildIndex, dropIndex } from '@coro/shared/database/index-build'
import type { Database } from '@coro/shared/database/open'
import { ensureSpaces, type Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { createMetrics } from '@coro/shared/metrics/metrics'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recallOf, sampleRecall } from './sample-recall.js'

let database: Database
let space: Space
beforeAll(async () => {
  database = await openTestDatabase()
  space = (await ensureSpaces(database, [spaceDefinition({ active: true })]))[0] as Space
  const { id: sourceId } = await addSource(database)
  const recordingId = await addRecording(database, sourceId)
  const segments = await addSegments(database, recordingId, [space], 40)
  const embedded = segments.map((segmentId, i) => ({ segmentId, embedding: normaliseL2(randomNumbers(i, 8)) }))
  await saveEmbeddings(database, space, recordingId, embedded, [])
})
afterAll(() => database[Symbol.asyncDispose]())

const neighbours = (...ids: number[]) => ids.map((segmentId) => ({ segmentId, similarity: 0 }))

describe('recall of the index', () => {
  it('is the share of the true neighbours that it found, the segment itself left out', () => {
    expect(recallOf(1, neighbours(1, 2, 3, 4, 5), neighbours(1, 3, 2, 9, 8))).toBe(0.5)
    expect(recallOf(1, neighbours(1, 2, 3), neighbours(2, 3, 4))).toBe(1)
    // Not one of the eleven asked for is the segment itself: duplicates stand before it.
    expect(recallOf(99, neighbours(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), neighbours(11))).toBe(0)
    expect(recallOf(1, neighbours(1), neighbours(1))).toBeNull()
  })

  it('is sampled only where there is an index, exported as mean and minimum, and forgotten with the index', async () => {
    const metrics = createMetrics()
    const text = () => metrics.registry.getSingleMetricAsString('coro_search_recall_samples')
    expect(await sampleRecall({ database, metrics }, null)).toBeNull()
    expect(await text()).not.toContain('{space=')
    await buildIndex(database, space)
    const first = await sampleRecall({ database, metrics }, null)
    expect(first?.recalls).toHaveLength(10)
    const second = await sampleRecall(
      { database, metrics },
      { spaceId: space.id, recalls: [0.25, ...(first?.recalls ?? [])] },
    )
    expect(second?.recalls).toHaveLength(21)
    expect(await text()).toContain(`{space="${space.name}"} 21`)
    const least = await metrics.registry.getSingleMetricAsString('coro_search_recall_min')
    expect(least).toContain(`{space="${space.name}"} 0.25`)
    const [{ value: mean } = { value: 0 }] = (await metrics.recallMean.get()).values
    expect(mean).toBeCloseTo((second?.recalls ?? []).reduce((sum, recall) => sum + recall, 0) / 21, 9)
    const full = await sampleRecall(
      { database, metrics },
      { spaceId: space.id, recalls: Array.from({ length: 100 }, () => 1) },
    )
    expect(full?.recalls).toHaveLength(100)
    const other = await sampleRecall({ database, metrics }, { spaceId: space.id + 1, recalls: [0] })
    expect(other?.recalls).toHaveLength(10)
    await dropIndex(database.pool, space)
    expect(await sampleRecall({ database, metrics }, other)).toBeNull()
    expect(await text()).not.toContain('{space=')
    await buildIndex(database, space)
  })

  it('stops when it is told to', async () => {
    const stopped = AbortSignal.abort()
    expect((await sampleRecall({ database, metrics: createMetrics() }, null, stopped))?.recalls).toEqual([])
  })
})
