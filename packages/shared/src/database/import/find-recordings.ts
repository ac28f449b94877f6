import type { Queryable } from '../open.js'
import type { RecordingState } from '../recordings.js'

/** A recording that an imported row may mean. */
export interface Candidate {
  id: number
  source: string
  key: string
  state: RecordingState
  /** Of its bytes, or what it was imported with; hex. */
  sha256: string | null
}

interface Row extends Omit<Candidate, 'sha256'> {
  sha256: Buffer | null
}

/**
 * Recordings with one of some keys (in any source) or hashes. A duplicate stands for the recording that it repeats;
 * earlier versions do not count.
 */
export async function findCandidates(
  queryable: Queryable,
  keys: string[],
  hashes: Buffer[],
): Promise<Map<string, Candidate[]>> {
  const { rows } = await queryable.query<Row & { asked: string }>(
    `with by_key as (
       select r.id, r.key as asked, r.duplicate_of from coro.recording r
        where r.source_id = any(array(select id from coro.source)) and r.key collate "C" = any($1::text[])
          and r.state not in ('superseded', 'deleted')),
     by_hash as (
       select recording_id as id, encode(sha256, 'hex') as asked from coro.content where sha256 = any($2::bytea[])
       union all
       select id, encode(imported_sha256, 'hex') from coro.recording
        where state = 'imported' and imported_sha256 = any($2::bytea[])),
     found as (
       select 'key ' || asked as asked, coalesce(duplicate_of, id) as id from by_key
       union select 'sha256 ' || asked, id from by_hash)
     select f.asked, r.id, o.url as source, r.key, r.state, coalesce(r.sha256, r.imported_sha256) as sha256
       from found f join coro.recording r on r.id = f.id join coro.source o on o.id = r.source_id
      order by f.asked, r.id`,
    [keys, hashes],
  )
  const found = new Map<string, Candidate[]>()
  for (const { asked, sha256, ...row } of rows) {
    const candidate = { ...row, sha256: sha256?.toString('hex') ?? null }
    found.set(asked, [...(found.get(asked) ?? []), candidate])
  }
  return found
}
