import { describeSegments } from '@coro/shared/database/describe-segments'
import { leftOutBy, searchNeighbours, type SearchAnswer as Found } from '@coro/shared/database/search'
import { asksForTime } from '@coro/shared/database/search-filter'
import { chooseSpace } from '@coro/shared/database/spaces'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import type { SearchAnswer, SearchOptions } from '../schemas.js'
import { filterOf } from './filter-of.js'
import { queryVectors, type SearchSubject } from './query-vectors.js'

/** Search a space by a subject; a clip's windows are searched one by one and merged by best similarity. */
export async function runSearch(
  platform: Platform,
  subject: SearchSubject,
  options: SearchOptions,
): Promise<SearchAnswer> {
  const { database, metrics } = platform
  const space = await chooseSpace(database.pool, options)
  const query = await queryVectors(platform, space, subject)
  const filter = filterOf(options, query.recordingId)
  // Goes on beside the search.
  const leavingOut = asksForTime(filter) ? leftOutBy(database.pool, filter) : null
  leavingOut?.catch(() => undefined)
  const began = performance.now()
  const best = new Map<number, { similarity: number; queryStartS: number | null }>()
  let answer: Found | null = null
  for (const { embedding, queryStartS } of query.vectors) {
    const { k, mode, ef } = options
    answer = await searchNeighbours(database, space, { embedding, k, mode, ef, filter, self: query.segmentId })
    for (const { segmentId, similarity } of answer.neighbours) {
      if ((best.get(segmentId)?.similarity ?? -Infinity) < similarity) best.set(segmentId, { similarity, queryStartS })
    }
  }
  const queryMs = performance.now() - began
  if (!answer) throw new CoroError('SEARCH_INVALID', 'There is nothing to search by.', { disposition: 'reject' })
  metrics.searches.observe({ mode: answer.mode, by: subject.by }, queryMs / 1000)
  const ranked = [...best]
    .sort(
      ([a, x], [b, y]) =>
        y.similarity - x.similarity || Number(a !== query.segmentId) - Number(b !== query.segmentId) || a - b,
    )
    .slice(0, options.k)
  const facts = await describeSegments(
    database.pool,
    ranked.map(([segmentId]) => segmentId),
  )
  return {
    mode: answer.mode,
    space: space.name,
    k: options.k,
    ef: answer.ef,
    candidates: answer.candidates,
    candidatesExact: answer.candidatesExact,
    complete: answer.complete,
    queryMs: Math.round(queryMs * 100) / 100,
    leftOut: await leavingOut,
    // A segment whose recording was superseded in this moment has no facts any more.
    results: ranked.flatMap(([segmentId, { similarity, queryStartS }]) => {
      const segment = facts.get(segmentId)
      if (!segment) return []
      return [{ ...segment, startedAt: segment.startedAt?.toISOString() ?? null, similarity, queryStartS }]
    }),
  }
}
