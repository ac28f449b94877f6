import { spaceRow, vectorArray, type Queries } from './matches.js'
import type { Queryable } from './open.js'
import { asRefusal } from './refusal.js'
import type { SearchFilter } from './search-filter.js'
import type { Space } from './spaces.js'

export const detectionCells = ['site', 'night', 'hour'] as const
export type DetectionCell = (typeof detectionCells)[number]

export interface DetectionCount {
  /** Null where it is not known, or not counted by. */
  site: string | null
  /** Date of the evening, noon to noon in local time. */
  night: string | null
  /** 0 to 23, local. */
  hour: number | null
  detections: number
  /** Recordings that they are in. */
  recordings: number
  bestSimilarity: number | null
  /** Hours listened to in the cell, summed over recorders. */
  recordedHours: number
  perHour: number | null
}

export interface DetectionRequest {
  queries: Queries
  threshold: number
  by: DetectionCell[]
  /** Cells without a detection too. */
  empty: boolean
  filter: SearchFilter
}

/** Detections by site, night and local hour, with the time that was listened to there. Errors as in matches. */
export async function countDetections(
  queryable: Queryable,
  space: Space,
  { queries, threshold, by, empty, filter }: DetectionRequest,
): Promise<DetectionCount[]> {
  const { sql, params } = vectorArray(queries, 6)
  try {
    const { rows } = await queryable.query<DetectionCount>(
      `select site, night::text, hour, detections, recordings, best_similarity as "bestSimilarity",
              recorded_hours as "recordedHours", per_hour as "perHour"
         from coro.count_detections(${spaceRow(1)}, ${sql}, $2, $3::text[], $4, $5::jsonb)`,
      [space.id, threshold, by, empty, JSON.stringify(filter), ...params],
    )
    return rows
  } catch (error) {
    throw asRefusal(error)
  }
}
