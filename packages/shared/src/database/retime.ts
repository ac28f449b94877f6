import type { ClockCorrection, RecordingScope } from './clock-corrections.js'
import { activeCorrections } from './clock-corrections.js'
import { correctedStart, type ClaimedRecording, type SettleInZone, type Start } from './corrected-start.js'
import type { Queryable } from './open.js'

export interface StartChange {
  recordingId: number
  key: string
  before: Date
  after: Date
}

/** What corrections do to the recordings of a scope. */
export interface Retiming {
  /** Recordings of the scope that claim a start. */
  recordings: number
  changed: number
  /** Least and greatest change of a start, in seconds; 0 where none changed. */
  leastS: number
  mostS: number
  /** Corrections that no longer hold for some of the recordings, because another one took their place. */
  replaced: number[]
  /** Some of the changes, from the first to the last start. */
  examples: StartChange[]
}

interface Row extends Omit<ClaimedRecording, 'claimed'> {
  id: number
  startedAt: Date
  utcOffsetMin: number | null
  timeSource: string
  timeConfidence: number
  claimedAt: Date | null
  claimedUtcOffsetMin: number | null
  claimedTimeSource: string | null
  claimedTimeConfidence: number | null
  retimedBy: number[] | null
}

const pageSize = 5000
const exampleCount = 20

/**
 * Bring the starts of a scope's recordings to what `corrections` make of their claims; safe to repeat. Without `write`
 * nothing is touched and the answer tells what would change. Touches coro.recording alone: no segment, no vector.
 * Call it in a transaction: rows stay locked, so that a recording that is being prepared comes after, with its facts.
 */
export async function retimeRecordings(
  queryable: Queryable,
  scope: RecordingScope & { recordingIds?: number[] },
  corrections: ClockCorrection[],
  settle: SettleInZone,
  { write }: { write: boolean },
): Promise<Retiming> {
  const replaced = new Set<number>()
  const retiming: Retiming = { recordings: 0, changed: 0, leastS: 0, mostS: 0, replaced: [], examples: [] }
  for (let after = 0; ;) {
    const rows = await recordingsOf(queryable, scope, after, write)
    const updates: { row: Row; start: Start; used: number[] }[] = []
    for (const row of rows) {
      const { start, used } = correctedStart({ ...row, claimed: claimedOf(row) }, corrections, settle)
      const moves = !isSame(start, row)
      if (moves) note(retiming, row, start)
      if (!moves && String(used) === String(row.retimedBy ?? [])) continue
      updates.push({ row, start, used })
      for (const id of row.retimedBy ?? []) if (!used.includes(id)) replaced.add(id)
    }
    if (write && updates.length > 0) await saveStarts(queryable, updates)
    retiming.recordings += rows.length
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageSize) break
    after = last.id
  }
  trimExamples(retiming, exampleCount)
  retiming.replaced = [...replaced].sort((a, b) => a - b)
  return retiming
}

/** Apply what is in effect to certain recordings, whose claims or places were just saved. */
export async function retimeThese(queryable: Queryable, recordingIds: number[], settle: SettleInZone): Promise<void> {
  const anywhere = { sourceId: null, prefix: null, siteId: null, recorderId: null, fromAt: null, toAt: null }
  const corrections = await activeCorrections(queryable)
  await retimeRecordings(queryable, { ...anywhere, recordingIds }, corrections, settle, { write: true })
}

async function recordingsOf(
  queryable: Queryable,
  scope: RecordingScope & { recordingIds?: number[] },
  after: number,
  lock: boolean,
): Promise<Row[]> {
  const { rows } = await queryable.query<Row>(
    `select id, source_id as "sourceId", key, site_id as "siteId", recorder_id as "recorderId",
            started_at as "startedAt", utc_offset_min as "utcOffsetMin", time_source as "timeSource",
            time_confidence as "timeConfidence", claimed_at as "claimedAt",
            claimed_utc_offset_min as "claimedUtcOffsetMin", claimed_time_source as "claimedTimeSource",
            claimed_time_confidence as "claimedTimeConfidence", to_jsonb(retimed_by) as "retimedBy", metadata -> 'claims' as claims
       from coro.recording
      where started_at is not null and id > $1
        and ($2::bigint is null or source_id = $2) and ($3::text is null or starts_with(key, $3))
        and ($4::bigint is null or site_id = $4) and ($5::bigint is null or recorder_id = $5)
        and ($6::timestamptz is null or coalesce(claimed_at, started_at) >= $6)
        and ($7::timestamptz is null or coalesce(claimed_at, started_at) < $7)
        and ($8::bigint[] is null or id = any($8))
      order by id limit ${pageSize} ${lock ? 'for update' : ''}`,
    [
      after,
      scope.sourceId,
      scope.prefix,
      scope.siteId,
      scope.recorderId,
      scope.fromAt,
      scope.toAt,
      scope.recordingIds ?? null,
    ],
  )
  return rows
}

function claimedOf(row: Row): Start {
  const { startedAt, utcOffsetMin, timeSource, timeConfidence, claimedAt } = row
  if (claimedAt === null) return { startedAt, utcOffsetMin, timeSource, timeConfidence }
  return {
    startedAt: claimedAt,
    utcOffsetMin: row.claimedUtcOffsetMin,
    timeSource: row.claimedTimeSource ?? timeSource,
    timeConfidence: row.claimedTimeConfidence ?? timeConfidence,
  }
}

function isSame(start: Start, row: Row): boolean {
  return (
    start.startedAt.getTime() === row.startedAt.getTime() &&
    start.utcOffsetMin === row.utcOffsetMin &&
    start.timeSource === row.timeSource &&
    Math.fround(start.timeConfidence) === Math.fround(row.timeConfidence)
  )
}

function note(retiming: Retiming, row: Row, start: Start): void {
  const changeS = (start.startedAt.getTime() - row.startedAt.getTime()) / 1000
  retiming.leastS = retiming.changed === 0 ? changeS : Math.min(retiming.leastS, changeS)
  retiming.mostS = retiming.changed === 0 ? changeS : Math.max(retiming.mostS, changeS)
  retiming.changed += 1
  retiming.examples.push({ recordingId: row.id, key: row.key, before: row.startedAt, after: start.startedAt })
  if (retiming.examples.length > 50 * exampleCount) trimExamples(retiming, 10 * exampleCount)
}

/** Keep `count` examples, spread over the whole time. */
function trimExamples(retiming: Retiming, count: number): void {
  const sorted = retiming.examples.sort(
    (a, b) => a.before.getTime() - b.before.getTime() || a.recordingId - b.recordingId,
  )
  if (sorted.length <= count) return
  const step = (sorted.length - 1) / (count - 1)
  retiming.examples = Array.from({ length: count }, (_, n) => sorted[Math.round(n * step)]!)
}

/** claimed_* keep the claim while a correction is in effect, and are null again once none is. */
async function saveStarts(queryable: Queryable, updates: { row: Row; start: Start; used: number[] }[]): Promise<void> {
  const rows = updates.map(({ row, start, used }) => {
    const claimed = used.length === 0 ? null : claimedOf(row)
    return {
      id: row.id,
      started_at: start.startedAt,
      utc_offset_min: start.utcOffsetMin,
      time_source: start.timeSource,
      time_confidence: start.timeConfidence,
      claimed_at: claimed?.startedAt ?? null,
      claimed_utc_offset_min: claimed?.utcOffsetMin ?? null,
      claimed_time_source: claimed?.timeSource ?? null,
      claimed_time_confidence: claimed?.timeConfidence ?? null,
      retimed_by: used.length === 0 ? null : used,
    }
  })
  await queryable.query(
    `update coro.recording r
        set started_at = n.started_at, utc_offset_min = n.utc_offset_min, time_source = n.time_source,
            time_confidence = n.time_confidence, claimed_at = n.claimed_at,
            claimed_utc_offset_min = n.claimed_utc_offset_min, claimed_time_source = n.claimed_time_source,
            claimed_time_confidence = n.claimed_time_confidence, retimed_by = n.retimed_by, changed_at = now()
       from jsonb_to_recordset($1::jsonb) as n(id bigint, started_at timestamptz, utc_offset_min integer,
            time_source text, time_confidence real, claimed_at timestamptz, claimed_utc_offset_min integer,
            claimed_time_source text, claimed_time_confidence real, retimed_by bigint[])
      where r.id = n.id`,
    [JSON.stringify(rows)],
  )
}
