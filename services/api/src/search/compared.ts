import type { Queries } from '@coro/shared/database/matches'
import { leftOutBy, type LeftOut } from '@coro/shared/database/search'
import { asksForTime, type SearchFilter } from '@coro/shared/database/search-filter'
import { chooseSpace } from '@coro/shared/database/choose-space'
import { type Space } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'
import type { z } from 'zod'
import { searchOptions } from '../schemas.js'
import { filterOf } from './filter-of.js'
import { queryVectors, type SearchSubject } from './query-vectors.js'

/** Where to look, and what is left to compare with: what every route says that compares everything. */
export const comparedOptions = searchOptions.omit({ k: true, mode: true, ef: true }).strict()
export type ComparedOptions = z.output<typeof comparedOptions>

export interface Compared {
  space: Space
  queries: Queries
  /** Where each query begins in a clip, seconds; null for a segment or a vector. */
  startsS: (number | null)[]
  filter: SearchFilter
  /** The segment that is searched by. */
  self: number | undefined
}

/** The vectors to compare with, and the filter. Throws what queryVectors throws, SPACE_UNKNOWN, SEARCH_INVALID. */
export async function compared(
  platform: Platform,
  subject: SearchSubject,
  options: ComparedOptions,
): Promise<Compared> {
  const { space: name, variant } = options
  const space = await chooseSpace(platform.database.pool, { space: name, variant })
  const { vectors, segmentId, recordingId } = await queryVectors(platform, space, subject)
  return {
    space,
    queries: vectors.map(({ embedding }) => embedding),
    startsS: vectors.map(({ queryStartS }) => queryStartS),
    filter: filterOf(options, recordingId),
    self: segmentId,
  }
}

/** What a filter by time or sun cannot judge; null without such a filter. */
export async function leftOut({ database }: Platform, filter: SearchFilter): Promise<LeftOut | null> {
  return asksForTime(filter) ? leftOutBy(database.pool, filter) : null
}
