import type { Match } from '@coro/exchange/matches/match'
import type { Queryable } from '@coro/shared/database/open'
import type { SearchAnswer } from '../schemas.js'

/** A search's results as matches: with their rank, and the rate of their recordings. */
export async function matchesOf(queryable: Queryable, results: SearchAnswer['results']): Promise<Match[]> {
  const { rows } = await queryable.query<{ id: number; rate: number | null }>(
    'select id, sample_rate_hz as rate from coro.recording where id = any($1::bigint[])',
    [[...new Set(results.map(({ recordingId }) => recordingId))]],
  )
  const rates = new Map(rows.map(({ id, rate }) => [id, rate]))
  return results.map((result, i) => ({ ...result, rank: i + 1, sampleRateHz: rates.get(result.recordingId) ?? null }))
}
