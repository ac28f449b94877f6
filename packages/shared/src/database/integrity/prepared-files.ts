import { accessOf, type SourceAccess } from '../../config/sources.js'
import type { Queryable } from '../open.js'

/** A recording's prepared files, as the database knows them. */
export interface PreparedFiles {
  id: number
  key: string
  prefix: string
  /** Those that are to be there. */
  variants: ('raw' | 'denoised')[]
  /** Size together; null = not known. */
  bytes: number | null
  /** By variant, hex; null = not known. */
  sha256: Partial<Record<string, string>> | null
}

/** Note the prepared files of a recording. In the caller's transaction, with its segments. */
export async function savePreparedFiles(
  tx: Queryable,
  recordingId: number,
  files: Record<string, { sha256: string; bytes: number }>,
): Promise<void> {
  const hashes = Object.fromEntries(Object.entries(files).map(([variant, { sha256 }]) => [variant, sha256]))
  const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0)
  await tx.query(
    `update coro.recording set prepared_sha256 = $2, prepared_bytes = $3, prepared_at = now(), prepared_expired_at = null
      where id = $1`,
    [recordingId, JSON.stringify(hashes), bytes],
  )
}

/** Recordings whose prepared audio is to be in the store, by id, a page at a time. */
export async function preparedPage(queryable: Queryable, after: number, limit: number): Promise<PreparedFiles[]> {
  const { rows } = await queryable.query<PreparedFiles>(
    `select r.id, r.key, r.prepared_prefix as prefix, r.prepared_bytes as bytes, r.prepared_sha256 as sha256,
            coalesce((select array_agg(v order by v) from jsonb_object_keys(r.prepared_sha256) v),
                     array(select distinct p.variant from coro.recording_space a join coro.embedding_space p on p.id = a.space_id
                            where a.recording_id = r.id and p.wanted and p.front_end_id = r.front_end_id order by 1)) as variants
       from coro.recording r
      where r.id > $1 and r.prepared_prefix is not null and r.prepared_expired_at is null and r.segment_count is not null
        and r.state in ('embedding', 'searchable', 'failed')
      order by r.id limit $2`,
    [after, limit],
  )
  return rows
}

/** How many these are. */
export async function countPrepared(queryable: Queryable): Promise<number> {
  const { rows } = await queryable.query<{ n: number }>(
    `select count(*) as n from coro.recording where prepared_prefix is not null and prepared_expired_at is null
        and segment_count is not null and state in ('embedding', 'searchable', 'failed')`,
  )
  return rows[0]?.n ?? 0
}

/** Which of some prefixes of the store a recording names, without those that have expired. */
export async function namedPrefixes(queryable: Queryable, prefixes: string[]): Promise<Set<string>> {
  const { rows } = await queryable.query<{ prefix: string }>(
    `select prepared_prefix as prefix from coro.recording
      where id = any($1::bigint[]) and prepared_prefix = any($2::text[]) and prepared_expired_at is null`,
    // The recording's id is the last part of its prefix: its primary key finds it.
    [prefixes.map((prefix) => Number(prefix.split('/').at(-1))).filter(Number.isSafeInteger), prefixes],
  )
  return new Set(rows.map(({ prefix }) => prefix))
}

/** An original with what is known of its bytes. */
export interface KnownOriginal {
  id: number
  sourceUrl: string
  /** How its source is reached, where that was declared. */
  sourceAccess: SourceAccess | null
  key: string
  version: string
  sha256: string
}

/** Recordings whose bytes are known, by id, a page at a time. */
export async function originalsPage(queryable: Queryable, after: number, limit: number): Promise<KnownOriginal[]> {
  const { rows } = await queryable.query<KnownOriginal>(
    `select r.id, o.url as "sourceUrl", o.declared as "sourceAccess", r.key, r.version, encode(r.sha256, 'hex') as sha256
       from coro.recording r join coro.source o on o.id = r.source_id
      where r.id > $1 and r.sha256 is not null and r.state not in ('superseded', 'deleted', 'imported')
      order by r.id limit $2`,
    [after, limit],
  )
  return rows.map((row) => ({ ...row, sourceAccess: row.sourceAccess && accessOf(row.sourceAccess) }))
}

/** Which of some recordings are there, and may have work to do. */
export async function existingRecordings(queryable: Queryable, ids: number[]): Promise<Set<number>> {
  const { rows } = await queryable.query<{ id: number }>(
    `select id from coro.recording where id = any($1::bigint[]) and state not in ('superseded', 'deleted')`,
    [ids],
  )
  return new Set(rows.map(({ id }) => id))
}
