import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addRecording, addSegments, addSource, addSpace, openTestDatabase, randomNumbers } from './database.fixture.js'
import { markSegmentsDeleted, sweepDeleted } from './deletions.js'
import { saveEmbeddings } from './embeddings.js'
import { buildIndex, hasIndex } from './index-build.js'
import { loadWork } from './recording-work.js'
import { searchNeighbours, type SearchRequest } from './search.js'
import { openSegments, segmentsOf } from './segments.js'
import type { Space } from './spaces.js'
import { normaliseL2 } from './vectors.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const unit = (seed: number) => normaliseL2(randomNumbers(seed, 8))

/** A recording with a vector for each of `count` windows. */
async function embed(space: Space, count: number): Promise<{ id: number; segments: number[] }> {
  const { id: sourceId } = await addSource(database)
  const id = await addRecording(database, sourceId)
  const segments = await addSegments(database, id, [space], count)
  const embedded = segments.map((segmentId) => ({ segmentId, embedding: unit(segmentId) }))
  await saveEmbeddings(database, space, id, embedded, [])
  return { id, segments }
}

const vectorsOf = async (space: Space) =>
  (
    await database.pool.query<{ id: number }>(`select segment_id as id from coro.embedding_${space.id} order by 1`)
  ).rows.map(({ id }) => id)

describe('a segment that is marked as deleted', () => {
  it('is found by no search, whatever the way, from that moment on', async () => {
    const space = await addSpace(database)
    const { id, segments } = await embed(space, 30)
    const gone = segments.slice(3, 8)
    const left = segments.filter((segment) => !gone.includes(segment))
    await buildIndex(database, space)
    const ways: Partial<SearchRequest>[] = [
      { mode: 'exact' },
      { mode: 'auto' },
      { mode: 'hnsw' },
      { mode: 'exact', filter: { recording: id } },
      { mode: 'hnsw', filter: { notRecording: 1e9 } },
      { mode: 'exact', filter: { label: 'x' } },
    ]
    await database.pool.query(`insert into coro.label (recording_id, label) values ($1, 'x')`, [id])
    const ask = async (way: Partial<SearchRequest>) => {
      const request = { embedding: unit(1), k: 100, mode: 'auto' as const, filter: {}, ...way }
      const { neighbours, candidates } = await searchNeighbours(database, space, request)
      return { ids: neighbours.map(({ segmentId }) => segmentId).sort((a, b) => a - b), candidates }
    }
    for (const way of ways) expect(await ask(way)).toEqual({ ids: segments, candidates: 30 })
    expect(await markSegmentsDeleted(database.pool, gone, 'voices')).toBe(5)
    expect(await markSegmentsDeleted(database.pool, gone, 'again')).toBe(0)
    for (const way of ways) expect(await ask(way), JSON.stringify(way)).toEqual({ ids: left, candidates: 25 })
    const { rows } = await database.pool.query('select from coro.matching_segments($1)', [{ recording: id }])
    expect(rows).toHaveLength(25)
    expect((await segmentsOf(database.pool, id)).map(({ segmentId }) => segmentId)).toEqual(left)
    await sweepDeleted(database)
    for (const way of ways) expect(await ask(way), JSON.stringify(way)).toEqual({ ids: left, candidates: 25 })
  })

  it('loses its vectors to a sweep, which builds the index again, and gets none any more', async () => {
    const space = await addSpace(database)
    const { id, segments } = await embed(space, 10)
    await buildIndex(database, space)
    const other = await addSpace(database)
    const [gone = 0, ...left] = segments
    await markSegmentsDeleted(database.pool, [gone], null)
    expect(await vectorsOf(space)).toEqual(segments)
    const steps: string[] = []
    const swept = await sweepDeleted(database, (_done, _total, phase) => steps.push(phase))
    expect(swept).toEqual({ segments: 1, vectors: 1, reindexed: [space.name] })
    expect(steps).toEqual(['deleting', `index of ${space.name}`])
    expect(await vectorsOf(space)).toEqual(left)
    expect(await hasIndex(database.pool, space)).toBe(true)
    expect(await sweepDeleted(database)).toEqual({ segments: 0, vectors: 0, reindexed: [] })
    // A space that fills afterwards owes it nothing, and is complete without it.
    await database.pool.query(`update coro.recording set state = 'embedding' where id = $1`, [id])
    await database.pool.query('insert into coro.recording_space (recording_id, space_id) values ($1, $2)', [
      id,
      other.id,
    ])
    const open = await openSegments(database.pool, {
      recordingId: id,
      spaceIds: [other.id],
      firstSegment: 0,
      count: 99,
    })
    expect(open.map((segment) => segment.id)).toEqual(left)
    const all = segments.map((segmentId) => ({ segmentId, embedding: unit(segmentId) }))
    expect(await saveEmbeddings(database, other, id, all, [])).toEqual({ searchable: true })
    expect(await vectorsOf(other)).toEqual(left)
    expect((await loadWork(database.pool, id))?.state).toBe('searchable')
  })
})
