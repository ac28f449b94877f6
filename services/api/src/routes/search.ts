import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { route } from '../route.js'
import { searchAnswer, searchOptions } from '../schemas.js'
import { readSubject, subjectBodyTypes } from '../search/read-subject.js'
import { runGrouped } from '../search/run-grouped.js'
import { runSearch } from '../search/run-search.js'

const options = searchOptions.extend({
  group: z.literal('recording').optional().describe('k recordings, each by its most similar segment'),
  perRecording: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('with group: segments shown of each recording; 1 without'),
  minSimilarity: z.coerce
    .number()
    .min(-1)
    .max(1)
    .optional()
    .describe('with group: only recordings that hold a segment at least so similar, and how many'),
})

/** POST /v1/search: by a clip (multipart, field `audio`), a segment or a vector (JSON). */
export const searchRoute = route({
  method: 'post',
  path: '/v1/search',
  tag: 'search',
  summary: 'Similar sounds: by an audio clip, a stored segment, or a vector',
  bodyTypes: subjectBodyTypes(options),
  answer: searchAnswer,
  async handle({ request, platform }) {
    const { subject, options: asked } = await readSubject(request, options)
    const { group, perRecording, minSimilarity, ...rest } = asked
    if (group !== undefined) {
      return runGrouped(platform, subject, { ...rest, minSimilarity, perRecording: perRecording ?? 1 })
    }
    if (perRecording !== undefined || minSimilarity !== undefined) {
      throw new CoroError(
        'SEARCH_INVALID',
        'perRecording and minSimilarity go with group; POST /v1/matches finds everything above a similarity',
        { disposition: 'reject' },
      )
    }
    return runSearch(platform, subject, rest)
  },
})
