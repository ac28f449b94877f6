import type { Queryable } from './open.js'
import type { Space } from './spaces.js'

/** Which segments a search may return. */
export interface SearchFilter {
  site?: string | undefined
  recorder?: string | undefined
  /** Segment start at or after / before; with `Z` or offset an instant, without one local time at each segment's site. */
  from?: string | undefined
  to?: string | undefined
  /** Leave out this recording's segments. */
  notRecordingId?: number | undefined
}

export interface FilterSql {
  /** Joins from the space's table `e` to what the conditions name; empty without conditions. */
  joins: string
  /** ` and ...` conditions, or empty. */
  where: string
  params: unknown[]
}

/** ISO 8601 with `Z` or an offset behind its time of day; a day alone has none (its `-10` is no offset). */
export const hasOffset = (instant: string): boolean => /[T ]\d.*(Z|[+-]\d{2}(:?\d{2})?)$/i.test(instant)

/** The filter as SQL; its parameters are numbered from `firstParam`. */
export function filterSql(filter: SearchFilter, firstParam: number): FilterSql {
  const params: unknown[] = []
  const conditions: string[] = []
  const param = (value: unknown) => {
    params.push(value)
    return `$${firstParam + params.length - 1}`
  }
  const startsAt = 'r.started_at + make_interval(secs => s.start_s)'
  const instant = (value: string) =>
    hasOffset(value)
      ? `${param(value)}::timestamptz`
      : `(${param(value)}::timestamp at time zone coalesce(t.time_zone, 'UTC'))`
  if (filter.site !== undefined) conditions.push(`t.name = ${param(filter.site)}`)
  if (filter.recorder !== undefined) conditions.push(`c.name = ${param(filter.recorder)}`)
  if (filter.from !== undefined) conditions.push(`${startsAt} >= ${instant(filter.from)}`)
  if (filter.to !== undefined) conditions.push(`${startsAt} < ${instant(filter.to)}`)
  if (filter.notRecordingId !== undefined) conditions.push(`s.recording_id <> ${param(filter.notRecordingId)}`)
  if (conditions.length === 0) return { joins: '', where: '', params }
  return {
    joins: `join coro.segment s on s.id = e.segment_id join coro.recording r on r.id = s.recording_id
      left join coro.site t on t.id = r.site_id left join coro.recorder c on c.id = r.recorder_id`,
    where: conditions.map((condition) => ` and ${condition}`).join(''),
    params,
  }
}

/** How many vectors of a space pass the filter; counts no further than `limit`. */
export async function countCandidates(
  queryable: Queryable,
  space: Space,
  filter: SearchFilter,
  limit: number,
): Promise<number> {
  const { joins, where, params } = filterSql(filter, 1)
  if (where === '') {
    // The accounts hold the sum already; counting 100,000 rows would cost as much as comparing them.
    const { rows } = await queryable.query<{ n: number }>(
      'select coalesce(sum(embedded), 0)::bigint as n from coro.recording_space where space_id = $1',
      [space.id],
    )
    return rows[0]?.n ?? 0
  }
  const { rows } = await queryable.query<{ n: number }>(
    `select count(*) as n from (
       select from coro.embedding_${space.id} e ${joins} where true${where} limit ${Math.trunc(limit)}) counted`,
    params,
  )
  return rows[0]?.n ?? 0
}
