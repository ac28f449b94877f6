import type { Queryable } from './open.js'

/** What the database knows of a key: the version of it that counts. */
export interface KnownFile {
  recordingId: number
  key: string
  version: string
  sizeBytes: number
  /** What the recorder's clock showed at its start, by its most trusted claim: YYYY-MM-DDTHH:MM:SS. */
  clock: string | null
  /** The serial in its header. */
  recorderId: string | null
}

/** Which of some keys of a source (by its address) are known. Superseded versions do not count. */
export async function knownFiles(
  queryable: Queryable,
  sourceUrl: string,
  keys: string[],
): Promise<Map<string, KnownFile>> {
  const { rows } = await queryable.query<KnownFile>(
    `select distinct on (r.key) r.id as "recordingId", r.key, r.version, r.size_bytes as "sizeBytes",
            r.metadata #>> '{claims,0,local}' as clock, r.metadata #>> '{device,recorderId}' as "recorderId"
       from coro.recording r join coro.source o on o.id = r.source_id
      where o.url = $1 and r.key collate "C" = any($2::text[]) and r.state not in ('superseded', 'imported')
      order by r.key, r.id desc`,
    [sourceUrl, keys],
  )
  return new Map(rows.map((row) => [row.key, row]))
}
