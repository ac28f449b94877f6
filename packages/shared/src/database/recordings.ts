import type { ObjectInfo } from '../storage/store.js'
import { startInKey } from '../storage/start-in-key.js'
import { releaseContent, takeUpDuplicates } from './content.js'
import { markRecordingDeleted, supersededReason } from './deletions.js'
import { joinImported } from './import/join-imported.js'
import { noteByWatcher } from './ledger.js'
import type { Queryable } from './open.js'

export const recordingStates = [
  'discovered',
  'preparing',
  'embedding',
  'searchable',
  'quarantined',
  'duplicate',
  'failed',
  'superseded',
  'imported',
  'deleted',
  'cancelled',
] as const
export type RecordingState = (typeof recordingStates)[number]

/** Where a key belongs, as the watcher resolved it. */
export interface Place {
  deploymentId: number | null
  siteId: number | null
  recorderId: number | null
}

/** An object that is to become a recording, and where it belongs. */
export interface FoundObject {
  object: ObjectInfo
  place: Place
}

/**
 * Insert newly found objects (or bring back earlier versions that returned), all of a page at once; resolves to the ids
 * in their order, without those where another watcher was faster.
 */
export async function insertRecordings(
  queryable: Queryable,
  sourceId: number,
  found: FoundObject[],
): Promise<number[]> {
  // Of a version that returned, what its deletion left until the next sweep goes now: it may be prepared differently.
  const { rows } = await queryable.query<{ id: number }>(
    `with found as (
     insert into coro.recording
       (source_id, key, version, size_bytes, modified_at, deployment_id, site_id, recorder_id, named_at)
     select $1, * from unnest($2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::bigint[],
                              $8::bigint[], $9::timestamptz[])
     on conflict (source_id, key, version) do update
       set state = 'discovered', reason_code = null, reason_message = null, attempts = 0, deaths = 0, shared_deaths = 0,
           due_at = null, segment_count = null, first_segment_id = null, last_segment_id = null, channel = null,
           missing_since = null, missing_sweep = null, seen_at = now(), changed_at = now()
       where recording.state in ('superseded', 'deleted')
     returning id, xmax <> 0 as returned),
     gone as (delete from coro.segment s using found f where f.returned and s.recording_id = f.id),
     accounts as (delete from coro.recording_space a using found f where f.returned and a.recording_id = f.id)
     select id from found`,
    [
      sourceId,
      found.map(({ object }) => object.key),
      found.map(({ object }) => object.version),
      found.map(({ object }) => object.sizeBytes),
      found.map(({ object }) => object.modifiedAt),
      found.map(({ place }) => place.deploymentId),
      found.map(({ place }) => place.siteId),
      found.map(({ place }) => place.recorderId),
      found.map(({ object }) => startInKey(object.key)),
    ],
  )
  return rows.map(({ id }) => id)
}

/** Insert one; resolves to its id, or null where another watcher was faster. */
export async function insertRecording(
  queryable: Queryable,
  sourceId: number,
  object: ObjectInfo,
  place: Place,
): Promise<number | null> {
  const [id] = await insertRecordings(queryable, sourceId, [{ object, place }])
  return id ?? null
}

/**
 * An object that changed before any of it was used (it was still being written) keeps its row and gets the new version.
 * Resolves to false where it has been used after all.
 */
export async function replaceVersion(queryable: Queryable, id: number, object: ObjectInfo): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `update coro.recording
        set version = $2, size_bytes = $3, modified_at = $4, state = 'discovered', reason_code = null,
            reason_message = null, attempts = 0, deaths = 0, shared_deaths = 0, due_at = null, missing_since = null,
            missing_sweep = null, seen_at = now(), changed_at = now()
      where id = $1 and segment_count is null and state in ('discovered', 'preparing', 'failed', 'quarantined')
        and not exists (select from coro.segment where recording_id = $1 and index is not null)`,
    [id, object.version, object.sizeBytes, object.modifiedAt],
  )
  if (!rowCount) return false
  await releaseContent(queryable, id)
  return true
}

/**
 * The file of a recording that was known from its imported embeddings alone: the row becomes its recording, and is
 * prepared like any other; its windows and embeddings stay. Resolves to its id, or null where another watcher was faster.
 */
export async function adoptImported(
  tx: Queryable,
  id: number,
  sourceId: number,
  { object, place }: FoundObject,
): Promise<number | null> {
  const returned = await tx.query<{ id: number }>(
    'select id from coro.recording where source_id = $1 and key = $2 collate "C" and version = $3',
    [sourceId, object.key, object.version],
  )
  const { id: earlier } = returned.rows[0] ?? {}
  if (earlier !== undefined) {
    // The version was here before the embeddings were: that row is its recording.
    const revived = await insertRecording(tx, sourceId, object, place)
    if (revived !== null) await joinImported(tx, id, revived)
    return revived
  }
  const { rowCount } = await tx.query(
    `update coro.recording
        set version = $2, size_bytes = $3, modified_at = $4, deployment_id = $5, site_id = coalesce($6, site_id),
            recorder_id = coalesce($7, recorder_id), state = 'discovered', segment_count = null, seen_at = now(),
            changed_at = now()
      where id = $1 and state = 'imported'`,
    [id, object.version, object.sizeBytes, object.modifiedAt, place.deploymentId, place.siteId, place.recorderId],
  )
  return rowCount ? id : null
}

/**
 * A newer version of the same key is in: no search finds this one's segments any more (a sweep of marks deletes them), its
 * row and ledger stay. Until that sweep it keeps segments, accounts and its claim on its content: the newer version may
 * turn out to have the same bytes (content.ts, yieldOrRepeat).
 */
export async function supersede(queryable: Queryable, id: number): Promise<void> {
  await markRecordingDeleted(queryable, id, supersededReason)
  const { rows } = await queryable.query<{ prepared: boolean }>(
    `update coro.recording set state = 'superseded', missing_since = null, missing_sweep = null, changed_at = now()
      where id = $1 returning segment_count is not null as prepared`,
    [id],
  )
  if (rows[0]?.prepared === true) await takeUpDuplicates(queryable, id)
  else {
    await queryable.query('delete from coro.recording_space where recording_id = $1', [id])
    await releaseContent(queryable, id)
  }
  await noteByWatcher(queryable, id, 'superseded', 'a newer version of its file was found')
}
