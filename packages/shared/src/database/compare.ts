import type { Queryable } from './open.js'
import { asRefusal } from './refusal.js'
import type { SearchFilter } from './search-filter.js'
import type { Space } from './spaces.js'

export interface CompareRequest {
  a: SearchFilter
  b: SearchFilter
  /** 1 to 100: mutual neighbours for 1 .. k. */
  k: number
  /** Segments of each side, 2 to 2,000. */
  sampleSize: number
  seed: number
}

/** How alike two sets of segments are; similarities are cosines, null where a side is empty. */
export interface Comparison {
  segmentsA: number
  segmentsB: number
  sampledA: number
  sampledB: number
  /** Over all pairs of the samples; within one sample without each segment's pair with itself. */
  meanSimilarity: number | null
  meanSimilarityA: number | null
  meanSimilarityB: number | null
  centroidSimilarity: number | null
  /** Share of the sampled segments that have a mutual neighbour on the other side, and the same between random halves. */
  mutual: { k: number; share: number | null; shareIfAlike: number | null }[]
}

type Row = Omit<Comparison, 'mutual'> & Comparison['mutual'][number]

/** Compare what two filters leave (coro.compare). Throws COMPARE_INVALID, and what a filter is refused for. */
export async function compareFilters(queryable: Queryable, space: Space, request: CompareRequest): Promise<Comparison> {
  const { a, b, k, sampleSize, seed } = request
  try {
    const { rows } = await queryable.query<Row>(
      `select segments_a as "segmentsA", segments_b as "segmentsB", sampled_a as "sampledA", sampled_b as "sampledB",
              mean_similarity as "meanSimilarity", mean_similarity_a as "meanSimilarityA",
              mean_similarity_b as "meanSimilarityB", centroid_similarity as "centroidSimilarity",
              k, mutual_share as share, mutual_share_if_alike as "shareIfAlike"
         from coro.compare($1::jsonb, $2::jsonb, $3, $4, $5, $6) order by k`,
      [JSON.stringify(a), JSON.stringify(b), k, sampleSize, seed, space.name],
    )
    const { k: _k, share: _share, shareIfAlike: _alike, ...means } = rows[0] as Row
    return {
      ...means,
      mutual: rows.map(({ k: of, share, shareIfAlike }) => ({ k: of, share, shareIfAlike })),
    }
  } catch (error) {
    throw asRefusal(error)
  }
}
