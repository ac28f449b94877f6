import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '@coro/shared/database/open'
import { hasIndex } from '@coro/shared/database/index-build'
import { searchNeighbours, type Neighbour } from '@coro/shared/database/search'
import { listSpaces, type Space } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'

const k = 10
/** Searches that a pass judges. Exact ones cost some 60 ms each in 100,000 vectors, and no pass goes on beyond the budget. */
const perPass = 10
const budgetMs = 10_000
/** One at a time, with room in between for those who wait for an answer. */
const restMs = 100
/** What the gauges tell of: the last so many. */
const remembered = 100

/** The last recalls of one space. */
export interface RecallSample {
  spaceId: number
  recalls: number[]
}

/**
 * Ask the index of the active space for the neighbours of a few stored segments, compare everything for the same, and
 * export how many of the true ten nearest (the segment itself left out) it found: mean and least of the last hundred.
 * Without an index there is nothing to judge. Resolves to what it remembers.
 */
export async function sampleRecall(
  { database, metrics }: Pick<Platform, 'database' | 'metrics'>,
  before: RecallSample | null,
  signal?: AbortSignal,
): Promise<RecallSample | null> {
  const space = (await listSpaces(database.pool)).find(({ active }) => active)
  const gauges = [metrics.recallMean, metrics.recallMin, metrics.recallSamples]
  const indexed = space !== undefined && (await hasIndex(database.pool, space))
  if (!indexed || before?.spaceId !== space.id) for (const gauge of gauges) gauge.reset()
  if (!indexed) return null
  const recalls = before?.spaceId === space.id ? before.recalls : []
  const until = performance.now() + budgetMs
  for (let n = 0; n < perPass && performance.now() < until; n += 1) {
    if (signal?.aborted === true) break
    const segment = await drawSegment(database.pool, space)
    if (!segment) break
    const find = async (mode: 'exact' | 'hnsw') =>
      (await searchNeighbours(database, space, { embedding: segment.embedding, k: k + 1, mode, filter: {} })).neighbours
    const recall = recallOf(segment.id, await find('exact'), await find('hnsw'))
    if (recall === null) break
    recalls.push(recall)
    await sleep(restMs, undefined, signal ? { signal } : {}).catch(() => undefined)
  }
  recalls.splice(0, recalls.length - remembered)
  if (recalls.length > 0) {
    const labels = { space: space.name }
    metrics.recallMean.set(labels, recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length)
    metrics.recallMin.set(labels, Math.min(...recalls))
    metrics.recallSamples.set(labels, recalls.length)
  }
  return { spaceId: space.id, recalls }
}

/** Share of the true neighbours that the index found, the segment itself left out; null where it has none. */
export function recallOf(self: number, exact: Neighbour[], byIndex: Neighbour[]): number | null {
  const ids = (neighbours: Neighbour[]) =>
    neighbours
      .map(({ segmentId }) => segmentId)
      .filter((id) => id !== self)
      .slice(0, k)
  const truth = ids(exact)
  const found = new Set(ids(byIndex))
  return truth.length === 0 ? null : truth.filter((id) => found.has(id)).length / truth.length
}

/** Some stored segment, by a random id: cheap at any size, and even as far as ids have no gaps. */
async function drawSegment(
  queryable: Queryable,
  space: Space,
): Promise<{ id: number; embedding: Float32Array } | null> {
  const { rows } = await queryable.query<{ id: number; e: number[] }>(
    `select e.segment_id as id, e.e
       from (select min(segment_id) as least, max(segment_id) as most from coro.embedding_${space.id}) b
       cross join lateral (select segment_id, e from coro.embedding_${space.id}
         where segment_id >= b.least + floor($1::double precision * (b.most - b.least + 1)) order by segment_id limit 1) e`,
    [Math.random()],
  )
  return rows[0] ? { id: rows[0].id, embedding: Float32Array.from(rows[0].e) } : null
}

/** Sample after every interval; never with an interval of 0. */
export function startRecallSampler(platform: Platform): AsyncDisposable {
  const stopping = new AbortController()
  const running = sampleAgain(platform, stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

async function sampleAgain(platform: Platform, signal: AbortSignal): Promise<void> {
  const { recallIntervalS } = platform.config.jobs
  if (recallIntervalS === 0) return
  let sample: RecallSample | null = null
  while (!signal.aborted) {
    await sleep(recallIntervalS * 1000, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    try {
      sample = await sampleRecall(platform, sample, signal)
    } catch (error) {
      if (!signal.aborted) platform.log.warn({ err: error, part: 'recall' }, 'sampling recall failed')
    }
  }
}
