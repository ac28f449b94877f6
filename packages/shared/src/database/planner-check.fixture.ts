import type { Database } from '@coro/shared/database/open'
import { addRecording, addSource, addSpace, randomNumbers, testFrontEndId } from './database.fixture.js'
import { saveEmbeddings } from './embeddings.js'
import { dropIndex } from './index-build.js'
import { searchNeighbours, type Neighbour, type SearchAnswer, type SearchRequest } from './search.js'
import { saveSegments } from './segments.js'
import { siteIdOf } from './sources.js'
import type { Space } from './spaces.js'
import { normaliseL2 } from './vectors.js'

export interface Clusters {
  space: Space
  /** Every stored vector, with what a filter may ask for; hour: of its recording's start, since 1 January 2026, UTC. */
  stored: { segmentId: number; recordingId: number; site: string; hour: number; embedding: Float32Array }[]
  /** `n` of a recording that is not stored. */
  query: (n: number) => Float32Array
}

/**
 * A space of clusters, as sound has them (species, then recording, then window): `recordings` of `windows` each; every
 * tenth at the site `${tag}-tenth`, one at `${tag}-one`.
 */
export async function makeClusters(
  database: Database,
  tag: string,
  { dimension, recordings, windows }: { dimension: number; recordings: number; windows: number },
): Promise<Clusters> {
  const space = await addSpace(database, { dimension })
  await dropIndex(database.pool, space)
  const { id: sourceId } = await addSource(database)
  const species = Array.from({ length: 12 }, (_, n) => randomNumbers(n + 1, dimension))
  const mix = (center: Float32Array, seed: number, spread: number) => {
    const noise = randomNumbers(seed, dimension)
    return center.map((x, i) => x + spread * (noise[i] as number))
  }
  const recording = (n: number) => mix(species[n % species.length]!, 1000 + n, 0.8)
  const stored: Clusters['stored'] = []
  for (let r = 0; r < recordings; r++) {
    const site = r === 3 ? `${tag}-one` : r % 10 === 0 ? `${tag}-tenth` : `${tag}-rest`
    const recordingId = await addRecording(database, sourceId, {
      siteId: await siteIdOf(database.pool, site),
      startedAt: new Date(Date.UTC(2026, 0, 1, r)).toISOString(),
    })
    const spans = Array.from({ length: windows }, (_, index) => ({ index, startS: index * 5, endS: index * 5 + 5 }))
    await saveSegments(database.pool, recordingId, spans, [space.id], {
      prefix: `prepared/${recordingId}`,
      offsetBytes: 44,
      frontEndId: testFrontEndId,
      channel: 'mix',
    })
    const { rows } = await database.pool.query<{ id: number }>(
      'select id from coro.segment where recording_id = $1 order by index',
      [recordingId],
    )
    const embedded = rows.map(({ id }, index) => ({
      segmentId: id,
      embedding: normaliseL2(mix(recording(r), r * 1_000_003 + index, 0.5)),
    }))
    await saveEmbeddings(database, space, recordingId, embedded, [])
    stored.push(...embedded.map((row) => ({ ...row, recordingId, site, hour: r })))
  }
  return { space, stored, query: (n) => normaliseL2(mix(recording(n + 500_000), n + 77, 0.5)) }
}

/** The k nearest of those that `keep` leaves, compared in TypeScript. */
export function nearestOf(
  { stored }: Clusters,
  embedding: Float32Array,
  k: number,
  keep: (row: Clusters['stored'][number]) => boolean = () => true,
): Neighbour[] {
  return stored
    .filter(keep)
    .map((row) => ({
      segmentId: row.segmentId,
      similarity: row.embedding.reduce((sum, x, i) => sum + x * (embedding[i] as number), 0),
    }))
    .sort((a, b) => b.similarity - a.similarity || a.segmentId - b.segmentId)
    .slice(0, k)
}

/** Share of the true neighbours that an answer has. */
export const recallOf = (answer: SearchAnswer, truth: Neighbour[]): number => {
  const found = new Set(answer.neighbours.map(({ segmentId }) => segmentId))
  return truth.filter(({ segmentId }) => found.has(segmentId)).length / Math.max(1, truth.length)
}

export const asker =
  (database: Database, { space }: Clusters) =>
  (embedding: Float32Array, request: Partial<SearchRequest> = {}): Promise<SearchAnswer> =>
    searchNeighbours(database, space, { embedding, k: 10, mode: 'auto', filter: {}, ...request })
