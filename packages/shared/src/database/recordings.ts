import { accessOf, type SourceAccess } from '../config/sources.js'
import type { ObjectInfo } from '../storage/store.js'
import { startInKey } from '../storage/start-in-key.js'
import { releaseContent, takeUpDuplicates } from './content.js'
import { markRecordingDeleted, supersededReason } from './deletions.js'
import { joinImported } from './import/join-imported.js'
import { noteByWatcher } from './ledger.js'
import type { Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'

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

/** What a stage needs to work on a recording. */
export interface RecordingWork {
  id: number
  sourceId: number
  sourceUrl: string
  /** How the source's storage is reached; null = as everything else. */
  sourceAccess: SourceAccess | null
  key: string
  version: string
  sizeBytes: number
  modifiedAt: Date
  state: RecordingState
  timeZone: string | null
  recorderId: number | null
  recorderName: string | null
  attempts: number
  deaths: number
  sharedDeaths: number
  /** An attempt on it has not ended: it runs, or its worker died. */
  unended: boolean
  /** Stages that a person has paused for it; `*` = all. */
  paused: string[]
  /** Its source's storage did not answer, and is left alone. */
  sourceHeld: boolean
  /** Times in a row that it did not. */
  sourceFailures: number
  segmentCount: number | null
  preparedPrefix: string | null
  preparedOffset: number
  /** Of the front end that made its prepared audio. */
  frontEndId: string | null
  /** It has windows of imported embeddings that are none of Coro's own. */
  hasImported: boolean
  /** What its embeddings were imported with, hex. */
  importedSha256: string | null
  /** `mix` or from 1: the one it was prepared with, else the deployment's, else the source's. */
  channel: string
}

const workColumns = `r.id, r.source_id as "sourceId", s.url as "sourceUrl", s.declared as "sourceAccess", r.key, r.version,
  r.size_bytes as "sizeBytes",
  r.modified_at as "modifiedAt", r.state,
  coalesce(d.time_zone, t.time_zone, s.time_zone) as "timeZone", r.recorder_id as "recorderId",
  c.name as "recorderName", r.attempts, r.deaths, r.shared_deaths as "sharedDeaths",
  exists (select from coro.ledger l where l.recording_id = r.id and l.ended_at is null) as unended,
  array(select coalesce(u.stage, '*') from coro.pause u where u.source_id is null or u.source_id = r.source_id) as paused,
  coalesce(s.held_until > now(), false) as "sourceHeld", s.hold_failures as "sourceFailures", r.segment_count as "segmentCount", r.prepared_prefix as "preparedPrefix",
  coalesce(r.prepared_offset, 44) as "preparedOffset", r.front_end_id as "frontEndId",
  exists (select from coro.segment w where w.recording_id = r.id and w.index is null) as "hasImported",
  encode(r.imported_sha256, 'hex') as "importedSha256", coalesce(r.channel, d.channel, s.channel, 'mix') as channel`

/** A recording as work, or null where there is none with that id. */
export async function loadWork(queryable: Queryable, id: number): Promise<RecordingWork | null> {
  const { rows } = await queryable.query<RecordingWork>(
    `${kept}select ${workColumns} from coro.recording r join coro.source s on s.id = r.source_id
       left join coro.deployment d on d.id = r.deployment_id left join coro.site t on t.id = r.site_id
       left join coro.recorder c on c.id = r.recorder_id
      where r.id = $1`,
    [id],
  )
  const work = rows[0]
  if (!work) return null
  return { ...work, sourceAccess: work.sourceAccess && accessOf(work.sourceAccess) }
}

/** Move a recording to a state, from certain states only. Resolves to whether it moved. */
export async function moveState(
  queryable: Queryable,
  id: number,
  from: RecordingState[],
  to: RecordingState,
  reason: { code: string; message: string } | null = null,
): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `${kept}update coro.recording set state = $3, reason_code = $4, reason_message = $5, changed_at = now(), due_at = null
      where id = $1 and state = any($2::text[])`,
    [id, from, to, reason?.code ?? null, reason?.message ?? null],
  )
  return (rowCount ?? 0) > 0
}

/** Count an attempt that ended in an error; resolves to the new count. */
export async function countAttempt(queryable: Queryable, id: number): Promise<number> {
  const { rows } = await queryable.query<{ attempts: number }>(
    'update coro.recording set attempts = attempts + 1 where id = $1 returning attempts',
    [id],
  )
  return rows[0]?.attempts ?? 0
}

/** It was worked on by itself and nothing happened: it is no suspect any more. */
export async function forgetSuspicion(queryable: Queryable, id: number): Promise<void> {
  await queryable.query('update coro.recording set shared_deaths = 0 where id = $1', [id])
}

/** Do not take a recording up again before so many seconds are over. */
export async function postpone(queryable: Queryable, id: number, seconds: number): Promise<void> {
  await queryable.query('update coro.recording set due_at = now() + make_interval(secs => $2) where id = $1', [
    id,
    seconds,
  ])
}

/** What reading a file told. */
export interface RecordingFacts {
  format: string
  codec: string
  sampleRateHz: number
  channels: number
  bitsPerSample: number
  durationS: number
  startedAt: Date | null
  utcOffsetMin: number | null
  timeSource: string
  timeConfidence: number
  recorderId: number | null
  metadata: unknown
  warnings: unknown
}

/** A start that came with imported embeddings holds where the file itself says nothing as good. */
const importedIsBetter = `coalesce(claimed_time_source, time_source) = 'import'
  and coalesce(claimed_time_confidence, time_confidence) > $11::real`

/**
 * Keep what the file told, before or after its audio was used. Resolves to whether there are corrections of clocks, which
 * then have to be applied again (retimeThese): the start is the claim now.
 */
export async function saveFacts(queryable: Queryable, id: number, facts: RecordingFacts): Promise<boolean> {
  const { rows } = await queryable.query<{ corrections: boolean }>(
    `${kept}update coro.recording
        set format = $2, codec = $3, sample_rate_hz = $4, channels = $5, bits_per_sample = $6, duration_s = $7,
            started_at = case when ${importedIsBetter} then coalesce(claimed_at, started_at) else $8::timestamptz end,
            utc_offset_min = case when ${importedIsBetter} then null else $9::integer end,
            time_source = case when ${importedIsBetter} then 'import' else $10::text end,
            time_confidence = case when ${importedIsBetter} then coalesce(claimed_time_confidence, time_confidence) else $11::real end,
            recorder_id = coalesce(recorder_id, $12), metadata = $13, warnings = $14, changed_at = now(),
            claimed_at = null, claimed_utc_offset_min = null, claimed_time_source = null,
            claimed_time_confidence = null, retimed_by = null
      where id = $1
      returning exists (select from coro.clock_correction where undone_at is null) as corrections`,
    [
      id,
      facts.format,
      facts.codec,
      facts.sampleRateHz,
      facts.channels,
      facts.bitsPerSample,
      facts.durationS,
      facts.startedAt,
      facts.utcOffsetMin,
      facts.timeSource,
      facts.timeConfidence,
      facts.recorderId,
      JSON.stringify(facts.metadata),
      JSON.stringify(facts.warnings),
    ],
  )
  return rows[0]?.corrections ?? false
}
