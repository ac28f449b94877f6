import { accessOf, type SourceAccess } from '../config/sources.js'
import type { Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'
import type { RecordingState } from './recordings.js'

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
