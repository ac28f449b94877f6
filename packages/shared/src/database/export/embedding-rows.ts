import type { Queryable } from '../open.js'
import { asRefusal } from '../refusal.js'
import type { SearchFilter } from '../search-filter.js'
import type { Space } from '../spaces.js'
import type { ExportColumn } from './relation.js'

/** A segment's reference and its embedding: what `coro import` reads. */
export const embeddingColumns: ExportColumn[] = [
  { name: 'segment_id', kind: 'integer' },
  { name: 'recording_id', kind: 'integer' },
  { name: 'source', kind: 'text' },
  { name: 'key', kind: 'text' },
  { name: 'sha256', kind: 'text' },
  { name: 'site', kind: 'text' },
  { name: 'recorder', kind: 'text' },
  { name: 'recording_started_at', kind: 'instant' },
  { name: 'started_at', kind: 'instant' },
  { name: 'start_s', kind: 'real' },
  { name: 'end_s', kind: 'real' },
  { name: 'embedding', kind: 'vector' },
]

const rowsPerPage = 500

/**
 * The segments that have an embedding in a space, pass a filter and are
 * not marked as deleted, by id. 8 bytes each: what is exported is what there was at the beginning. Throws what coro.filter_sql() refuses.
 */
export async function embeddedSegments(queryable: Queryable, space: Space, filter: SearchFilter): Promise<number[]> {
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  const { rows } = await queryable
    .query<[number]>({
      text: isFiltered
        ? `select e.segment_id from coro.embedding_${space.id} e
             join coro.matching_segments($1::jsonb) m on m.segment_id = e.segment_id order by e.segment_id`
        : `select e.segment_id from coro.embedding_${space.id} e
            where not exists (select from coro.deleted_segment x where x.segment_id = e.segment_id) order by e.segment_id`,
      values: isFiltered ? [JSON.stringify(filter)] : [],
      rowMode: 'array',
    })
    .catch((error: unknown) => {
      throw asRefusal(error)
    })
  return rows.map(([id]) => id)
}

/** The rows of some segments under embeddingColumns, some hundreds at a time; a segment that has gone since is left out. */
export async function* embeddingRows(
  queryable: Queryable,
  space: Space,
  segmentIds: number[],
): AsyncGenerator<unknown[][]> {
  for (let from = 0; from < segmentIds.length; from += rowsPerPage) {
    const { rows } = await queryable.query<unknown[]>({
      text: `select s.id, r.id, o.url, r.key, encode(coalesce(r.sha256, r.imported_sha256), 'hex'), t.name, c.name,
                    r.started_at, r.started_at + make_interval(secs => s.start_s), s.start_s, s.end_s,
                    ${space.element}_send(e.e)
               from coro.embedding_${space.id} e join coro.segment s on s.id = e.segment_id
               join coro.recording r on r.id = s.recording_id join coro.source o on o.id = r.source_id
               left join coro.site t on t.id = r.site_id left join coro.recorder c on c.id = r.recorder_id
              where e.segment_id = any($1::bigint[]) order by e.segment_id`,
      values: [segmentIds.slice(from, from + rowsPerPage)],
      rowMode: 'array',
    })
    yield rows
  }
}
