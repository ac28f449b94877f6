import type { Queryable } from './open.js'

/** Two recordings that one recorder cannot both have made. */
export interface ConflictPair {
  recorder: string
  recordingId: number
  key: string
  source: string
  otherRecordingId: number
  otherKey: string
  otherSource: string
  /** When both were recording. */
  startedAt: Date
  overlapS: number
  sameStart: boolean
}

/** Same recorder, same time, different sound, by recorder and time. */
export async function recordingConflicts(
  queryable: Queryable,
  limit: number,
  recorder: string | null = null,
): Promise<ConflictPair[]> {
  const { rows } = await queryable.query<ConflictPair>(
    `select recorder, recording_id as "recordingId", key, source, other_recording_id as "otherRecordingId",
            other_key as "otherKey", other_source as "otherSource", started_at as "startedAt", overlap_s::float8 as "overlapS",
            same_start as "sameStart"
       from coro.recording_conflicts where $2::text is null or recorder = $2
      order by recorder, started_at, recording_id, other_recording_id limit $1`,
    [limit, recorder],
  )
  return rows
}
