import type { Queryable } from './open.js'
import type { RecordingState } from './recordings.js'

export interface Counts {
  recordings: Record<RecordingState, number>
  /** Windows counted once, whatever the number of spaces. */
  segments: number
  /** Vectors by space name; silent segments have none. */
  embeddings: Record<string, number>
  silent: Record<string, number>
}

/** Vectors by space id, without those that deleted recordings and older versions keep until they are swept. */
export async function countVectors(queryable: Queryable): Promise<Map<number, number>> {
  const { rows } = await queryable.query<{ id: number; n: number }>(
    `select space_id as id, sum(embedded)::bigint as n from coro.recording_space
      where recording_id not in (select id from coro.recording where state in ('superseded', 'deleted'))
      group by space_id`,
  )
  return new Map(rows.map(({ id, n }) => [id, n]))
}

/** How many of everything there are, in all or of one source. */
export async function countAll(queryable: Queryable, sourceUrl: string | null = null): Promise<Counts> {
  const recordings: Counts['recordings'] = {
    discovered: 0,
    preparing: 0,
    embedding: 0,
    searchable: 0,
    quarantined: 0,
    duplicate: 0,
    failed: 0,
    superseded: 0,
    imported: 0,
    deleted: 0,
    cancelled: 0,
  }
  const states = await queryable.query<{ state: RecordingState; n: number; segments: number }>(
    `select state, count(*) as n, coalesce(sum(segment_count) filter (where state not in ('superseded', 'deleted')), 0)::bigint as segments
       from coro.recording
      where $1::text is null or source_id = (select id from coro.source where url = $1) group by state`,
    [sourceUrl],
  )
  let segments = 0
  for (const row of states.rows) {
    recordings[row.state] = row.n
    segments += row.segments
  }
  const spaces = await queryable.query<{ name: string; embedded: number; silent: number }>(
    `select p.name, coalesce(sum(a.embedded), 0)::bigint as embedded, coalesce(sum(a.silent), 0)::bigint as silent
       from coro.embedding_space p
       left join (coro.recording_space a join coro.recording r on r.id = a.recording_id and r.state not in ('superseded', 'deleted')
                    and ($1::text is null or r.source_id = (select id from coro.source where url = $1)))
         on a.space_id = p.id
      group by p.id order by p.id`,
    [sourceUrl],
  )
  return {
    recordings,
    segments,
    embeddings: Object.fromEntries(spaces.rows.map((row) => [row.name, row.embedded])),
    silent: Object.fromEntries(spaces.rows.map((row) => [row.name, row.silent])),
  }
}
