import { vectorArray, type Queries } from './matches.js'
import type { Queryable } from './open.js'
import { asRefusal } from './refusal.js'
import type { SearchAnswer, SearchMode } from './search.js'
import type { SearchFilter } from './search-filter.js'
import type { Space } from './spaces.js'

export interface RecordingRequest {
  queries: Queries
  /** Recordings, 1 to 1000. */
  k: number
  mode: SearchMode
  ef?: number | undefined
  filter: SearchFilter
  /** Leave out recordings without a segment at least so similar, and count those segments. */
  minSimilarity?: number | undefined
  /** Segments shown of each recording. */
  perRecording: number
  self?: number | undefined
}

export interface RecordingMatch {
  recordingId: number
  /** Segments of it that the filter leaves, and those at least minSimilarity (null without one). */
  windows: number
  windowsAbove: number | null
  /** Its most similar segments; query: place of the query that it resembles most, from 0. */
  best: { segmentId: number; similarity: number; query: number }[]
}

export interface RecordingAnswer extends Omit<SearchAnswer, 'neighbours'> {
  recordings: RecordingMatch[]
}

interface Row extends Omit<RecordingAnswer, 'recordings'> {
  recordingIds: (string | number)[]
  segmentIds: (string | number)[]
  similarities: number[]
  query: number[]
  windows: (string | number)[]
  above: (string | number | null)[]
}

/**
 * The k recordings whose best segment is most similar (coro.nearest_recordings). `complete` where everything was compared;
 * by the index the recordings may not be the best, what is said of each is exact. Errors as in searchNeighbours.
 */
export async function nearestRecordings(
  queryable: Queryable,
  space: Space,
  request: RecordingRequest,
): Promise<RecordingAnswer> {
  const { sql, params } = vectorArray(request.queries, 9)
  const { k, mode, ef = null, filter, minSimilarity = null, perRecording, self = null } = request
  try {
    const { rows } = await queryable.query<Row>(
      `select used_mode as mode, used_ef as ef, candidates, candidates_exact as "candidatesExact", complete,
              recording_ids as "recordingIds", segment_ids as "segmentIds", similarities, query, windows, above
         from coro.nearest_recordings($1, ${sql}, $2, $3, $4, $5::jsonb, $6, $7, $8)`,
      [space.id, k, mode, ef, JSON.stringify(filter), minSimilarity, perRecording, self, ...params],
    )
    const { recordingIds, segmentIds, similarities, query, windows, above, ...how } = rows[0] as Row
    const recordings = new Map<number, RecordingMatch>()
    for (const [i, id] of recordingIds.entries()) {
      const recordingId = Number(id)
      const recording = recordings.get(recordingId) ?? {
        recordingId,
        windows: Number(windows[i]),
        windowsAbove: above[i] === null ? null : Number(above[i]),
        best: [],
      }
      recordings.set(recordingId, recording)
      recording.best.push({
        segmentId: Number(segmentIds[i]),
        similarity: similarities[i] as number,
        query: (query[i] as number) - 1,
      })
    }
    return { ...how, recordings: [...recordings.values()] }
  } catch (error) {
    throw asRefusal(error)
  }
}
