import type { KeyRange } from '../../storage/key-order.js'
import type { Queryable } from '../open.js'
import type { RecordingState } from '../recordings.js'

/** A key at which a page of a listing and the database differ. */
export interface Difference {
  key: string
  /** It was listed; else it is known, and not there. */
  isListed: boolean
  /** The recording of this key that counts; null where there is none. */
  known: { id: number; version: string; state: RecordingState } | null
  /** It had not been found before. */
  wasMissing: boolean
}

/**
 * Where a listing and the database differ, in the ranges of keys that the listing covers: one query a page. What is the
 * same on both sides does not come back. `listedSince`: recordings that were found at or after this are not missed, since
 * the page may have been listed before they came.
 */
export async function pageDifference(
  queryable: Queryable,
  sourceId: number,
  listed: { key: string; version: string }[],
  ranges: KeyRange[],
  listedSince: Date | null,
): Promise<Difference[]> {
  const { rows } = await queryable.query<{
    key: string
    is_listed: boolean
    id: number | null
    version: string
    state: RecordingState
    missing: boolean | null
  }>(
    `with listed as (select * from unnest($2::text[], $3::text[]) as l (key, version)),
     known as (
       select distinct on (r.key collate "C") r.id, r.key, r.version, r.state, r.missing_since, r.seen_at
         from unnest($4::text[], $5::text[]) as g (low, high)
         join coro.recording r on r.source_id = $1 and r.key collate "C" >= g.low and r.key collate "C" < g.high
        where r.state <> 'superseded'
        order by r.key collate "C", (r.state = 'deleted'), r.id desc)
     select coalesce(l.key, k.key) as key, l.key is not null as is_listed, k.id, k.version, k.state,
            k.missing_since is not null as missing
       from listed l full join known k on k.key = l.key
      where k.id is null or l.version <> k.version or (l.key is not null and (k.state = 'deleted' or k.missing_since is not null))
         or (l.key is null and k.state not in ('deleted', 'imported') and ($6::timestamptz is null or k.seen_at < $6))
      order by coalesce(l.key, k.key) collate "C"`,
    [
      sourceId,
      listed.map(({ key }) => key),
      listed.map(({ version }) => version),
      ranges.map(({ from }) => from),
      ranges.map(({ to }) => to),
      listedSince,
    ],
  )
  return rows.map(({ key, is_listed: isListed, id, version, state, missing }) => ({
    key,
    isListed,
    known: id === null ? null : { id, version, state },
    wasMissing: missing === true,
  }))
}

/** Recordings that were looked for and not found; nothing else becomes of them until a sweep is completed. */
export async function markMissing(queryable: Queryable, ids: number[], sweep: number | null): Promise<void> {
  await queryable.query(
    `update coro.recording set missing_since = coalesce(missing_since, now()), missing_sweep = coalesce($2, missing_sweep)
      where id = any($1::bigint[])`,
    [ids, sweep],
  )
}

/** Recordings that are there after all. */
export async function markFound(queryable: Queryable, ids: number[]): Promise<void> {
  await queryable.query(
    `update coro.recording set missing_since = null, missing_sweep = null, seen_at = now() where id = any($1::bigint[])`,
    [ids],
  )
}
