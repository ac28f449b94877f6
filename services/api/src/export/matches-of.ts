import type { Match } from '@coro/exchange/matches/match'
import type { Queryable } from '@coro/shared/database/open'
import { CoroError } from '@coro/shared/errors'
import type { MatchesEnd, MatchLine } from '../routes/matches.js'
import type { SearchAnswer } from '../schemas.js'

/** Matches in the order of their rank, some at a time. */
export interface FoundMatches {
  /** Name of the space. */
  space: string
  /** How many there are; null where only the end tells. */
  total: number | null
  batches: AsyncIterable<Match[]>
}

type Result = SearchAnswer['results'][number]

/** A search's results; of recordings, the segments that are shown of each. */
export function matchesOfAnswer(queryable: Queryable, { space, results }: SearchAnswer): FoundMatches {
  const all = results.flatMap(({ recording, ...result }) =>
    recording === undefined
      ? [result]
      : recording.best.map((segment) => ({ ...result, ...segment, startedAt: later(result, segment.startS) })),
  )
  async function* batches() {
    yield await ranked(queryable, all, 1)
  }
  return { space, total: all.length, batches: batches() }
}

/** When another segment of a result's recording began. */
function later({ startedAt, startS }: Result, otherStartS: number): string | null {
  if (startedAt === null) return null
  return new Date(Date.parse(startedAt) + Math.round((otherStartS - startS) * 1000)).toISOString()
}

type Line = MatchLine | MatchesEnd | { error: { code: string; message: string } }

/**
 * The matches that POST /v1/matches answers with, line by line. The last one says whether they are whole: throws what broke
 * it off, else MATCHES_CUT_OFF.
 */
export function matchesOfLines(queryable: Queryable, space: string, body: ReadableStream<Uint8Array>): FoundMatches {
  async function* batches() {
    let rank = 1
    let isWhole = false
    for await (const lines of linesOf(body)) {
      const found: Result[] = []
      for (const line of lines) {
        if ('error' in line) throw new CoroError(line.error.code, line.error.message, { disposition: 'retry' })
        if ('done' in line) isWhole = true
        else found.push(line)
      }
      if (found.length > 0) yield await ranked(queryable, found, rank)
      rank += found.length
    }
    if (!isWhole) throw new CoroError('MATCHES_CUT_OFF', 'the matches ended before their end', { disposition: 'retry' })
  }
  return { space, total: null, batches: batches() }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield lines.map((line) => JSON.parse(line) as Line)
  }
}

/** With their rank, and the rate of their recordings. */
async function ranked(queryable: Queryable, results: Omit<Result, 'recording'>[], first: number): Promise<Match[]> {
  const { rows } = await queryable.query<{ id: number; rate: number | null }>(
    'select id, sample_rate_hz as rate from coro.recording where id = any($1::bigint[])',
    [[...new Set(results.map(({ recordingId }) => recordingId))]],
  )
  const rates = new Map(rows.map(({ id, rate }) => [id, rate]))
  return results.map((result, i) => ({
    ...result,
    rank: first + i,
    sampleRateHz: rates.get(result.recordingId) ?? null,
  }))
}
