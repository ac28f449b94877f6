import type { Queryable } from '../open.js'
import { noteWatched } from './note-watched.js'
import { restore } from './restore.js'

interface Row {
  id: number
  url: string
  key: string
  version: string
  state: string
  sha256: string | null
  gone: boolean
}

/**
 * A file has moved, or was written again: the recording `keeper`, whose object has gone, takes the place of the row
 * `yielding`, which was found with the same bytes under another key, in another source, or as a newer version of the same
 * key. It keeps its id, segments and embeddings, and takes over key, version, place and what the new name says about the
 * start; the other row goes, its attempts and labels are the keeper's. Resolves to null, and does nothing, where the keeper
 * has no such need any more. Runs inside the caller's transaction.
 */
export async function takeOver(
  tx: Queryable,
  keeper: number,
  yielding: number,
  worker: string,
): Promise<'moved' | 'same bytes' | null> {
  const { rows } = await tx.query<Row>(
    `select r.id, s.url, r.key, r.version, r.state, encode(r.sha256, 'hex') as sha256,
            r.state in ('deleted', 'superseded') or r.missing_since is not null as gone
       from coro.recording r join coro.source s on s.id = r.source_id
      where r.id = any($1::bigint[]) order by r.id for no key update of r`,
    [[keeper, yielding]],
  )
  const from = rows.find(({ id }) => id === keeper)
  const to = rows.find(({ id }) => id === yielding)
  if (!from || !to || !from.gone || from.sha256 === null || from.sha256 !== to.sha256) return null
  if (['superseded', 'deleted', 'imported'].includes(to.state)) return null
  await tx.query('update coro.ledger set recording_id = $1 where recording_id = $2', [keeper, yielding])
  await tx.query(
    `insert into coro.label (recording_id, start_s, end_s, label, annotator, confidence, origin, created_at)
     select $1, start_s, end_s, label, annotator, confidence, origin, created_at from coro.label where recording_id = $2
     on conflict (recording_id, label, start_s, end_s, annotator) do nothing`,
    [keeper, yielding],
  )
  await tx.query('update coro.recording set duplicate_of = $1 where duplicate_of = $2 and id <> $1', [keeper, yielding])
  // Both cannot have the key at once.
  await tx.query(`update coro.recording set version = 'yields to ' || $1::text where id = $2`, [keeper, yielding])
  await tx.query(
    `update coro.recording r
        set source_id = y.source_id, key = y.key, version = $3, size_bytes = y.size_bytes, modified_at = y.modified_at,
            deployment_id = y.deployment_id, site_id = y.site_id, recorder_id = y.recorder_id,
            missing_since = null, missing_sweep = null, seen_at = now(), changed_at = now(), named_at = y.named_at,
            started_at = case when told then y.started_at else r.started_at end,
            utc_offset_min = case when told then y.utc_offset_min else r.utc_offset_min end,
            time_source = case when told then y.time_source else r.time_source end,
            time_confidence = case when told then y.time_confidence else r.time_confidence end,
            claimed_at = case when told then y.claimed_at else r.claimed_at end,
            claimed_utc_offset_min = case when told then y.claimed_utc_offset_min else r.claimed_utc_offset_min end,
            claimed_time_source = case when told then y.claimed_time_source else r.claimed_time_source end,
            claimed_time_confidence = case when told then y.claimed_time_confidence else r.claimed_time_confidence end,
            retimed_by = case when told then y.retimed_by else r.retimed_by end,
            metadata = case when told then y.metadata else r.metadata end
       from coro.recording y, lateral (select y.format is not null as told) t
      where r.id = $1 and y.id = $2`,
    [keeper, yielding, to.version],
  )
  await tx.query('delete from coro.recording where id = $1', [yielding])
  await restore(tx, keeper)
  if (from.url === to.url && from.key === to.key) return 'same bytes'
  const place = ({ url, key, version }: typeof from) => ({ source: url, key, version })
  await noteWatched(tx, [keeper], 'moved', worker, { from: place(from), to: place(to) })
  return 'moved'
}
