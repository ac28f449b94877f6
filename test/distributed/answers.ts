import type { Database } from '@coro/shared/database/open'

/** Of the API's answers what the tests look at. */
export interface Recording {
  recordingId: number
  source: string
  key: string
  state: string
  reason: { code: string; message: string } | null
  sha256: string
  duplicateOf: number | null
  [field: string]: unknown
}

export interface SearchAnswer {
  mode: 'exact' | 'hnsw'
  ef: number | null
  candidates: number
  complete: boolean
  results: {
    segmentId: number
    recordingId: number
    key: string
    site: string | null
    recorder: string | null
    startedAt: string | null
    startS: number
    similarity: number
    queryStartS: number | null
  }[]
}

/** Every segment that has a vector in a variant's space. */
export async function segmentIds({ pool }: Database, variant: string): Promise<number[]> {
  const space = await pool.query<{ id: number }>('select id from coro.embedding_space where variant = $1', [variant])
  const { rows } = await pool.query<{ id: number }>(
    `select segment_id as id from coro.embedding_${space.rows[0]?.id} order by segment_id`,
  )
  return rows.map(({ id }) => id)
}
