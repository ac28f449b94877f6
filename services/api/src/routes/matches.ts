import { describeSegments } from '@coro/shared/database/describe-segments'
import { matches, type Match } from '@coro/shared/database/matches'
import { errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { z } from 'zod'
import { route } from '../route.js'
import { searchAnswer } from '../schemas.js'
import { compared, comparedOptions, leftOut, type Compared } from '../search/compared.js'
import { readSubject, subjectBodyTypes } from '../search/read-subject.js'

const options = comparedOptions.extend({
  minSimilarity: z.coerce.number().min(-1).max(1).describe('cosine; everything at least so similar is a match'),
  limit: z.coerce.number().int().positive().optional().describe('the most similar so many; all without'),
})

const match = searchAnswer.shape.results.element
const end = z.object({
  done: z.literal(true),
  space: z.string(),
  matches: z.number().int(),
  leftOut: searchAnswer.shape.leftOut,
  queryMs: z.number().describe('time in the database until the first match was there'),
})
export type MatchLine = z.output<typeof match>
export type MatchesEnd = z.output<typeof end>

/** POST /v1/matches: as many lines of JSON as there are matches, and one that says that they are all. */
export const matchesRoute = route({
  method: 'post',
  path: '/v1/matches',
  tag: 'search',
  summary: 'All segments above a similarity, exact, most similar first; streamed, one JSON object a line',
  bodyTypes: subjectBodyTypes(options),
  answer: 'application/x-ndjson',
  line: z.union([
    match.describe('a match'),
    end.describe('the last line; without it the answer is not whole'),
    z
      .object({ error: z.object({ code: z.string(), message: z.string() }) })
      .describe('the last line, where it failed midway'),
  ]),
  async handle({ request, platform }) {
    const { subject, options: asked } = await readSubject(request, options)
    const { minSimilarity, limit, ...where } = asked
    const query = await compared(platform, subject, where)
    const began = performance.now()
    const batches = matches(platform.database, query.space, { ...query, minSimilarity, limit })
    // Refusals are told by their status: nothing has been sent yet.
    const first = await batches.next()
    const queryMs = performance.now() - began
    platform.metrics.searches.observe({ mode: 'exact', by: subject.by }, queryMs / 1000)
    const lines = matchLines(platform, query, first, batches, Math.round(queryMs * 100) / 100)
    return new Response(streamOf(lines), {
      headers: { 'content-type': 'application/x-ndjson', 'x-coro-space': encodeURIComponent(query.space.name) },
    })
  },
})

async function* matchLines(
  platform: Platform,
  { space, startsS, filter }: Compared,
  first: IteratorResult<Match[]>,
  rest: AsyncGenerator<Match[]>,
  queryMs: number,
): AsyncGenerator<string> {
  let count = 0
  try {
    for (let batch = first; batch.done !== true; batch = await rest.next()) {
      const facts = await describeSegments(
        platform.database.pool,
        batch.value.map(({ segmentId }) => segmentId),
      )
      const lines = batch.value.flatMap(({ segmentId, similarity, query }) => {
        const segment = facts.get(segmentId)
        // Superseded since the search began.
        if (!segment) return []
        const startedAt = segment.startedAt?.toISOString() ?? null
        return [JSON.stringify({ ...segment, startedAt, similarity, queryStartS: startsS[query] ?? null })]
      })
      count += lines.length
      if (lines.length > 0) yield `${lines.join('\n')}\n`
    }
    const last: MatchesEnd = {
      done: true,
      space: space.name,
      matches: count,
      queryMs,
      leftOut: await leftOut(platform, filter),
    }
    yield `${JSON.stringify(last)}\n`
  } catch (error) {
    const { code, message } = errorFacts(error)
    platform.log.error({ err: error, code }, 'matches broken off')
    const told = code === 'UNEXPECTED' ? 'Something went wrong; the log knows what.' : message
    yield `${JSON.stringify({ error: { code, message: told } })}\n`
  } finally {
    await rest.return(undefined)
  }
}

/** Pulled as fast as it is read; a reader that goes away ends the search. */
function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      async pull(controller) {
        const { value, done } = await texts.next()
        if (done === true) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      async cancel() {
        await texts.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
