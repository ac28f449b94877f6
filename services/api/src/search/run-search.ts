import { describeSegments, type SegmentFacts } from '@coro/shared/database/describe-segments'
import {
  leftOutBy,
  searchBySegment,
  searchNeighbours,
  type LeftOut,
  type SearchAnswer as Found,
} from '@coro/shared/database/search'
import { asksForTime } from '@coro/shared/database/search-filter'
import { chooseSpace } from '@coro/shared/database/choose-space'
import { type Space } from '@coro/shared/database/spaces'
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
  if (subject.by === 'segment' && !options.sameRecording && !options.otherRecordings) {
    const answer = await runBySegment(platform, space, subject.segmentId, options)
    if (answer) return answer
  }
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
  return answerOf(space, options, answer, { queryMs, leftOut: await leavingOut, ranked, facts })
}

/** All in one round trip; null where that is not possible. */
async function runBySegment(
  { database, metrics }: Platform,
  space: Space,
  segmentId: number,
  options: SearchOptions,
): Promise<SearchAnswer | null> {
  const filter = filterOf(options, undefined)
  const { k, mode, ef } = options
  const began = performance.now()
  const answer = await searchBySegment(database, space, { segmentId, k, mode, ef, filter })
  if (!answer) return null
  const queryMs = performance.now() - began
  metrics.searches.observe({ mode: answer.mode, by: 'segment' }, queryMs / 1000)
  const { facts, neighbours } = answer
  const ranked = neighbours.map((n) => [n.segmentId, { similarity: n.similarity, queryStartS: null }] as Ranked)
  const leftOut = asksForTime(filter) ? await leftOutBy(database.pool, filter) : null
  return answerOf(space, options, answer, { queryMs, leftOut, ranked, facts })
}

type Ranked = [segmentId: number, found: { similarity: number; queryStartS: number | null }]

interface Outcome {
  queryMs: number
  leftOut: LeftOut | null
  ranked: Ranked[]
  facts: Map<number, SegmentFacts>
}

function answerOf(
  space: Space,
  { k }: SearchOptions,
  { mode, ef, candidates, candidatesExact, complete }: Found,
  { queryMs, leftOut, ranked, facts }: Outcome,
): SearchAnswer {
  return {
    mode,
    space: space.name,
    k,
    ef,
    candidates,
    candidatesExact,
    complete,
    queryMs: Math.round(queryMs * 100) / 100,
    leftOut,
    // A segment whose recording was superseded in this moment has no facts any more.
    results: ranked.flatMap(([segmentId, { similarity, queryStartS }]) => {
      const segment = facts.get(segmentId)
      if (!segment) return []
      return [{ ...segment, startedAt: segment.startedAt?.toISOString() ?? null, similarity, queryStartS }]
    }),
  }
}
