import { compareFilters } from '@coro/shared/database/compare'
import { searchFilter } from '@coro/shared/database/search-filter'
import { chooseSpace } from '@coro/shared/database/choose-space'
import { z } from 'zod'
import { route } from '../route.js'

const body = z.strictObject({
  a: searchFilter.describe('the one side: a site, a season, any filter'),
  b: searchFilter.describe('the other side'),
  k: z.number().int().min(1).max(100).default(5).describe('mutual neighbours for 1 to k'),
  sampleSize: z.number().int().min(2).max(2000).default(500).describe('segments drawn of each side, at most'),
  seed: z.number().int().min(0).max(2_147_483_647).default(1),
  space: z.string().optional(),
  variant: z.enum(['raw', 'denoised']).optional(),
})

const similarity = z.number().nullable()
const answer = z.object({
  space: z.string(),
  segmentsA: z.number().int(),
  segmentsB: z.number().int(),
  sampledA: z.number().int(),
  sampledB: z.number().int(),
  meanSimilarity: similarity.describe('mean cosine of all pairs of the two samples'),
  meanSimilarityA: similarity.describe('of all pairs within the one sample'),
  meanSimilarityB: similarity.describe('of all pairs within the other'),
  centroidSimilarity: similarity.describe('cosine of the mean vectors'),
  mutual: z.array(
    z.object({
      k: z.number().int(),
      share: z.number().nullable().describe('of the segments: with a mutual neighbour on the other side'),
      shareIfAlike: z.number().nullable().describe('the same between random halves of the recordings of both'),
    }),
  ),
})
export type CompareAnswer = z.output<typeof answer>

/** POST /v1/compare */
export const compareRoute = route({
  method: 'post',
  path: '/v1/compare',
  tag: 'search',
  summary: 'How alike two sites, two seasons or any two filters are, by a random sample of each',
  body,
  answer,
  async handle({ body: { space: name, variant, ...request }, platform: { database } }): Promise<CompareAnswer> {
    const space = await chooseSpace(database.pool, { space: name, variant })
    return { space: space.name, ...(await compareFilters(database.pool, space, request)) }
  },
})
