import { describeSegments } from '@coro/shared/database/describe-segments'
import { nearestRecordings } from '@coro/shared/database/nearest-recordings'
import type { Platform } from '@coro/shared/process/platform'
import type { SearchAnswer } from '../schemas.js'
import { compared, leftOut, type ComparedOptions } from './compared.js'
import type { SearchSubject } from './query-vectors.js'

export interface GroupedOptions extends ComparedOptions {
  k: number
  mode: 'auto' | 'exact' | 'hnsw'
  ef?: number | undefined
  minSimilarity?: number | undefined
  perRecording: number
}

/** Search by recording: k recordings, each by its most similar segment, with what else it holds. */
export async function runGrouped(
  platform: Platform,
  subject: SearchSubject,
  { k, mode, ef, minSimilarity, perRecording, ...where }: GroupedOptions,
): Promise<SearchAnswer> {
  const { pool } = platform.database
  const { space, queries, startsS, filter, self } = await compared(platform, subject, where)
  const began = performance.now()
  const request = { queries, k, mode, ef, filter, minSimilarity, perRecording, self }
  const { recordings, ...how } = await nearestRecordings(pool, space, request)
  const queryMs = performance.now() - began
  platform.metrics.searches.observe({ mode: how.mode, by: subject.by }, queryMs / 1000)
  const facts = await describeSegments(
    pool,
    recordings.flatMap(({ best }) => best.map(({ segmentId }) => segmentId)),
  )
  return {
    ...how,
    space: space.name,
    k,
    queryMs: Math.round(queryMs * 100) / 100,
    leftOut: await leftOut(platform, filter),
    results: recordings.flatMap(({ windows, windowsAbove, best }) => {
      const shown = best.flatMap(({ segmentId, similarity, query }) => {
        const segment = facts.get(segmentId)
        if (!segment) return []
        const startedAt = segment.startedAt?.toISOString() ?? null
        return [{ ...segment, startedAt, similarity, queryStartS: startsS[query] ?? null }]
      })
      const [first] = shown
      if (!first) return []
      const segments = shown.map(({ segmentId, startS, endS, similarity, queryStartS }) => ({
        segmentId,
        startS,
        endS,
        similarity,
        queryStartS,
      }))
      return [{ ...first, recording: { windows, windowsAbove, best: segments } }]
    }),
  }
}
