import { ledgerOf, type LedgerEntry } from './ledger.js'
import type { Queryable } from './open.js'
import type { RecordingState } from './recordings.js'

/** Everything that explains why a recording is where it is. Instants are the database's. */
export interface WhyFacts {
  now: Date
  recordingId: number
  source: string
  key: string
  sizeBytes: number
  modifiedAt: Date
  discoveredAt: Date
  changedAt: Date
  startedAt: Date | null
  state: RecordingState | 'deleted'
  reasonCode: string | null
  reasonMessage: string | null
  attempts: number
  deaths: number
  sharedDeaths: number
  dueAt: Date | null
  durationS: number | null
  segmentCount: number | null
  /** What is odd about the file, though it could be read. */
  warnings: { code: string; message: string }[]
  duplicateOf: { recordingId: number; source: string; key: string; state: string } | null
  /** The version of the same key that counts now, where this one is superseded. */
  newerId: number | null
  /** Wanted spaces, each with what the recording owes it; null = made with another front end than its prepared audio. */
  spaces: { name: string; done: number; silent: number; open: boolean }[]
  pauses: { stage: string | null; source: string | null; reason: string | null; by: string | null; at: string }[]
  hold: { until: Date; since: Date; code: string; message: string; failures: number } | null
  stageHolds: { stage: string; code: string; message: string; since: string }[]
  lastSweepAt: Date | null
  lastSweepError: string | null
  /** Of its source: how many go before it, where it waits to be prepared or embedded; counted up to 100,000. */
  ahead: number | null
  /** Sources that take turns with its own. */
  sourcesInTurn: number
  ledger: LedgerEntry[]
}

type Row = Omit<WhyFacts, 'ledger' | 'ahead' | 'hold'> & {
  sourceId: number
  recordedAbout: Date
  holdUntil: Date | null
  holdSince: Date
  holdCode: string
  holdMessage: string
  holdFailures: number
}

/** What explains a recording; null where there is none with that id. */
export async function whyFacts(queryable: Queryable, id: number): Promise<WhyFacts | null> {
  const { rows } = await queryable.query<Row>(
    `select now() as now, r.id as "recordingId", r.source_id as "sourceId", s.url as source, r.key,
            r.size_bytes as "sizeBytes", r.modified_at as "modifiedAt", r.discovered_at as "discoveredAt",
            r.changed_at as "changedAt", r.started_at as "startedAt", r.recorded_about as "recordedAbout", r.state,
            r.reason_code as "reasonCode", r.reason_message as "reasonMessage", r.attempts, r.deaths,
            r.shared_deaths as "sharedDeaths", r.due_at as "dueAt", r.duration_s as "durationS",
            r.segment_count as "segmentCount", r.warnings,
            (select json_build_object('recordingId', o.id, 'source', os.url, 'key', o.key, 'state', o.state)
               from coro.recording o join coro.source os on os.id = o.source_id where o.id = r.duplicate_of) as "duplicateOf",
            (select max(n.id) from coro.recording n
              where n.source_id = r.source_id and n.key collate "C" = r.key and n.state <> 'superseded' and n.id <> r.id) as "newerId",
            coalesce((select json_agg(json_build_object('name', p.name, 'done', coalesce(a.embedded, 0),
                       'silent', coalesce(a.silent, 0), 'open', a.done_at is null) order by p.id)
               from coro.embedding_space p
               left join coro.recording_space a on a.space_id = p.id and a.recording_id = r.id where p.wanted), '[]') as spaces,
            coalesce((select json_agg(json_build_object('stage', u.stage, 'source', us.url, 'reason', u.reason,
                       'by', u.paused_by, 'at', u.paused_at) order by u.id)
               from coro.pause u left join coro.source us on us.id = u.source_id
              where u.source_id is null or u.source_id = r.source_id), '[]') as pauses,
            coalesce((select json_agg(json_build_object('stage', h.stage, 'code', h.code, 'message', h.message,
                       'since', h.since)) from coro.stage_hold h where h.until_at > now() - interval '2 minutes'), '[]')
              as "stageHolds",
            case when s.hold_failures > 0 then s.held_until end as "holdUntil", s.hold_since as "holdSince",
            s.hold_code as "holdCode", s.hold_message as "holdMessage", s.hold_failures as "holdFailures",
            s.last_sweep_at as "lastSweepAt", s.last_sweep_error as "lastSweepError",
            (select count(*) from coro.source x where exists (
               select from coro.recording b where b.source_id = x.id and b.state in ('discovered', 'preparing', 'embedding')))
              as "sourcesInTurn"
       from coro.recording r join coro.source s on s.id = r.source_id where r.id = $1`,
    [id],
  )
  const [row] = rows
  if (!row) return null
  const { sourceId, recordedAbout, holdUntil, holdSince, holdCode, holdMessage, holdFailures, ...facts } = row
  const waits = facts.state === 'discovered' || facts.state === 'embedding'
  return {
    ...facts,
    hold:
      holdUntil === null
        ? null
        : { until: holdUntil, since: holdSince, code: holdCode, message: holdMessage, failures: holdFailures },
    ahead: waits ? await countAhead(queryable, { id, sourceId, recordedAbout, state: facts.state }) : null,
    ledger: await ledgerOf(queryable, id),
  }
}

async function countAhead(
  queryable: Queryable,
  { id, sourceId, recordedAbout, state }: { id: number; sourceId: number; recordedAbout: Date; state: string },
): Promise<number> {
  // Word for word the conditions of recording_to_prepare and recording_to_embed (0010_jobs.sql).
  const backlog =
    state === 'discovered'
      ? `(state in ('discovered', 'preparing') or (state = 'failed' and segment_count is null))`
      : `(state = 'embedding' or (state = 'failed' and segment_count is not null))`
  const { rows } = await queryable.query<{ n: number }>(
    `select count(*) as n from (
       select from coro.recording
        where source_id = $1 and ${backlog} and recorded_about >= $2::timestamptz
           and (recorded_about > $2::timestamptz or id < $3::bigint) limit 100000) b`,
    [sourceId, recordedAbout, id],
  )
  return rows[0]?.n ?? 0
}

/**
 * Recordings by a key below their source, by the whole address, or (where neither fits) by the end of a key, such as a
 * file's name; the newest versions first.
 */
export async function findByKey(queryable: Queryable, key: string, limit = 20): Promise<number[]> {
  const exact = await queryable.query<{ id: number }>(
    `select r.id from coro.source s join coro.recording r on r.source_id = s.id
        and r.key collate "C" = case when starts_with($1, s.url || '/') then substr($1, length(s.url) + 2) else $1 end
      order by (r.state = 'superseded'), r.id desc limit $2`,
    [key, limit],
  )
  if (exact.rows.length > 0) return exact.rows.map(({ id }) => id)
  const { rows } = await queryable.query<{ id: number }>(
    `select id from coro.recording where right(key, length($1) + 1) = '/' || $1
      order by (state = 'superseded'), id desc limit $2`,
    [key, limit],
  )
  return rows.map(({ id }) => id)
}

/** Recordings whose keys lie below a folder (whole address, or below its source); counted up to 1,000. */
export async function countBelow(queryable: Queryable, folder: string): Promise<number> {
  const { rows } = await queryable.query<{ n: number }>(
    `select count(*) as n from (
       select from coro.source s
         cross join lateral (select rtrim(case when starts_with($1, s.url || '/') then substr($1, length(s.url) + 2) else $1 end, '/')
                               || '/' as base) f
         join coro.recording r on r.source_id = s.id
          and r.key collate "C" > f.base and r.key collate "C" < rtrim(f.base, '/') || '0'
          and r.state not in ('deleted', 'superseded')
        where f.base <> '/' limit 1000) b`,
    [folder],
  )
  return rows[0]?.n ?? 0
}
