import type { Database } from '@coro/shared/database/open'

/** Every segment that has a vector in a variant's space. */
export async function segmentIds({ pool }: Database, variant: string): Promise<number[]> {
  const space = await pool.query<{ id: number }>('select id from coro.embedding_space where variant = $1', [variant])
  const { rows } = await pool.query<{ id: number }>(
    `select segment_id as id from coro.embedding_${space.rows[0]?.id} order by segment_id`,
  )
  return rows.map(({ id }) => id)
}
