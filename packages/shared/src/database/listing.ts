import type { Queryable } from './open.js'
import type { RecordingState } from './recordings.js'

/** Two sources that cannot both be right: about the start (seconds apart), or about the recorder. */
export type RecordingConflict =
  { kind: 'time'; between: string[]; differenceS: number } | { kind: 'recorder'; values: string[] }

/** A recording as the CLI and the API show it. */
export interface RecordingView {
  recordingId: number
  source: string
  key: string
  state: RecordingState
  reason: { code: string; message: string } | null
  startedAt: string | null
  /** The start that the recording itself claims, where its clock was corrected since (coro retime). */
  claimedAt: string | null
  /** `+HH:MM` or null where it is not known. */
  utcOffset: string | null
  timeSource: string
  durationS: number | null
  sampleRateHz: number | null
  channels: number | null
  /** What its segments were cut from: `mix`, or a channel counted from 1; null = not prepared. */
  channel: 'mix' | number | null
  segments: number
  sha256: string | null
  site: string | null
  recorder: string | null
  format: string | null
  sizeBytes: number
  warnings: { code: string; message: string }[]
  /** What its header, its name and its path contradict each other about; empty where they agree. */
  conflicts: RecordingConflict[]
  duplicateOf: number | null
}

interface Row extends Omit<RecordingView, 'reason' | 'startedAt' | 'claimedAt' | 'utcOffset' | 'sha256' | 'channel'> {
  reasonCode: string | null
  reasonMessage: string | null
  startedAt: Date | null
  claimedAt: Date | null
  utcOffsetMin: number | null
  sha256: Buffer | null
  channel: string | null
}

export interface RecordingQuery {
  states?: RecordingState[] | undefined
  site?: string | undefined
  recorder?: string | undefined
  key?: string | undefined
  id?: number | undefined
  /** Only these. */
  ids?: number[] | undefined
  /** Recordings with a greater id: pages go by id. */
  after?: number | undefined
  limit: number
}

/** Recordings by id, ascending. Superseded versions only where their state, or the id, is asked for. */
export async function listRecordings(queryable: Queryable, query: RecordingQuery): Promise<RecordingView[]> {
  const { rows } = await queryable.query<Row>(
    `select r.id as "recordingId", o.url as source, r.key, r.state, r.reason_code as "reasonCode",
            r.reason_message as "reasonMessage", r.started_at as "startedAt", r.claimed_at as "claimedAt",
            r.utc_offset_min as "utcOffsetMin",
            r.time_source as "timeSource", r.duration_s as "durationS", r.sample_rate_hz as "sampleRateHz", r.channels, r.channel,
            case r.state when 'superseded' then 0 else coalesce(r.segment_count, 0) end as segments, r.sha256, t.name as site, c.name as recorder, r.format,
            r.size_bytes as "sizeBytes", r.warnings, r.duplicate_of as "duplicateOf",
            coalesce(r.metadata -> 'conflicts', '[]') as conflicts
       from coro.recording r join coro.source o on o.id = r.source_id
       left join coro.site t on t.id = r.site_id left join coro.recorder c on c.id = r.recorder_id
      where ($1::text[] is null or r.state = any($1))
        and ($1::text[] is not null or $5::bigint is not null or r.state <> 'superseded')
        and ($2::text is null or t.name = $2) and ($3::text is null or c.name = $3)
        and ($4::text is null or r.key = $4) and ($5::bigint is null or r.id = $5) and r.id > $6
        and ($8::bigint[] is null or r.id = any($8))
      order by r.id limit $7`,
    [
      query.states ?? null,
      query.site ?? null,
      query.recorder ?? null,
      query.key ?? null,
      query.id ?? null,
      query.after ?? 0,
      query.limit,
      query.ids ?? null,
    ],
  )
  return rows.map(({ reasonCode, reasonMessage, utcOffsetMin, startedAt, claimedAt, sha256, channel, ...row }) => ({
    ...row,
    reason: reasonCode === null ? null : { code: reasonCode, message: reasonMessage ?? '' },
    startedAt: startedAt?.toISOString() ?? null,
    claimedAt: claimedAt?.toISOString() ?? null,
    utcOffset: utcOffsetMin === null ? null : formatOffset(utcOffsetMin),
    sha256: sha256?.toString('hex') ?? null,
    channel: channel === null || channel === 'mix' ? channel : Number(channel),
  }))
}

/** Everything that a recording's header, name and path say about recorder and start, as it was read. */
export async function recordingMetadata(queryable: Queryable, id: number): Promise<Record<string, unknown>> {
  const { rows } = await queryable.query<{ metadata: Record<string, unknown> }>(
    'select metadata from coro.recording where id = $1',
    [id],
  )
  return rows[0]?.metadata ?? {}
}

/** -210 as `-03:30`. */
export function formatOffset(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}
