import type { Queryable } from './open.js'

/** How a recorder does, over its last 14 nights. */
export interface RecorderHealth {
  recorderId: number
  recorder: string
  site: string | null
  /** End of its last recording. */
  lastHeard: Date
  silentH: number
  /** When it should have been heard again; null where no schedule is known. */
  dueAt: Date | null
  /** Local times, such as 18:00-06:00; null where none is declared and too few nights are there. */
  schedule: string | null
  scheduleDeclared: boolean
  nights: number
  allNights: number
  hoursPerNight: number
  expectedHours: number | null
  missingHours: number | null
  /** Recordings found within the days asked for whose start cannot be. */
  clockJumps: number
  batteryV: number | null
  batteryChangeV: number | null
  temperatureMinC: number | null
  temperatureMaxC: number | null
  gain: string | null
  gainChanges: number
  recordings: number
  clippedShare: number
  silentShare: number
}

/** Clock jumps are told of recordings that were found in the last so many days, where nobody says how many. */
export const jumpDays = 14

/**
 * Every recorder that was ever heard, or one of them, the longest silent first. jumpsWithin: clock jumps are counted among
 * the recordings found in the last so many days: these alone are read for it.
 */
export async function recorderHealth(
  queryable: Queryable,
  { recorderId = null, jumpsWithin = jumpDays }: { recorderId?: number | null; jumpsWithin?: number } = {},
): Promise<RecorderHealth[]> {
  const { rows } = await queryable.query<Omit<RecorderHealth, 'clockJumps'>>(
    `select h.recorder_id as "recorderId", h.recorder, h.site, h.last_heard as "lastHeard", h.silent_h::float8 as "silentH",
            h.due_at as "dueAt", h.schedule, h.is_declared as "scheduleDeclared", h.nights, h.all_nights as "allNights",
            h.hours_per_night::float8 as "hoursPerNight", h.expected_hours::float8 as "expectedHours",
            h.missing_hours::float8 as "missingHours", h.battery_v as "batteryV",
            h.battery_change_v::float8 as "batteryChangeV", h.temperature_min_c as "temperatureMinC",
            h.temperature_max_c as "temperatureMaxC", h.gain, h.gain_changes as "gainChanges", h.recordings,
            h.clipped_share::float8 as "clippedShare", h.silent_share::float8 as "silentShare"
       from coro.recorder_health h
      where $1::bigint is null or h.recorder_id = $1 order by h.last_heard, h.recorder`,
    [recorderId],
  )
  const jumps = await countJumps(queryable, recorderId, jumpsWithin)
  return rows.map((row) => ({ ...row, clockJumps: jumps.get(row.recorderId) ?? 0 }))
}

/**
 * By recorder, how many of the recordings found in the last `days` days coro.clock_jumps tells of. Their neighbours are looked
 * for among themselves; only for a recorder of which others, found earlier, begin between them (an old card, a clock that was
 * set back) each is asked what lies before it.
 */
async function countJumps(queryable: Queryable, recorderId: number | null, days: number): Promise<Map<number, number>> {
  const isHeard = (r: string) =>
    `${r}.duration_s is not null and ${r}.state not in ('superseded', 'duplicate', 'imported')`
  const { rows } = await queryable.query<{ id: number; n: number }>(
    `with found as materialized (
       select r.recorder_id, r.id, r.source_id, r.key, r.started_at, r.discovered_at,
              r.started_at + make_interval(secs => r.duration_s) as ended_at, ${isHeard('r')} as is_heard
         from coro.recording r
        where r.recorder_id is not null and r.discovered_at > now() - make_interval(days => $1)
          and r.started_at is not null and ($2::bigint is null or r.recorder_id = $2)),
     mixed as materialized (
       select f.recorder_id, (select count(*) from coro.recording r
                               where r.recorder_id = f.recorder_id and r.started_at >= f.least) > f.n as is_mixed
         from (select recorder_id, min(started_at) as least, count(*) as n from found group by recorder_id) f),
     ordered as (
       select f.*, lag(ended_at) over (partition by recorder_id order by started_at, id) as before_ended_at,
              lag(started_at) over (partition by recorder_id, source_id, left(key, length(key) - strpos(reverse(key), '/'))
                                    order by key collate "C", id) as named_before_at
         from found f where is_heard)
     select o.recorder_id as id, count(*) as n
       from ordered o join mixed m on m.recorder_id = o.recorder_id
       left join lateral (
         select r.started_at + make_interval(secs => r.duration_s) as ended_at from coro.recording r
          where (m.is_mixed or o.before_ended_at is null) and r.recorder_id = o.recorder_id
            and r.started_at <= o.started_at and (r.started_at, r.id) < (o.started_at, o.id) and ${isHeard('r')}
          order by r.started_at desc, r.id desc limit 1) b on true
      where o.started_at < timestamptz '2005-01-01 00:00:00Z' or o.started_at > o.discovered_at + interval '1 day'
         or greatest(o.before_ended_at, b.ended_at) > o.started_at + interval '2 seconds'
         or o.named_before_at > o.started_at + interval '2 seconds'
      group by o.recorder_id`,
    [days, recorderId],
  )
  return new Map(rows.map(({ id, n }) => [id, n]))
}

export interface RecorderNight {
  night: string
  recordings: number
  hours: number
  expectedHours: number | null
  missingHours: number | null
}

export interface ClockJump {
  recordingId: number
  kind: 'overlap' | 'backwards' | 'future' | 'never set'
  /** By how much; null for a clock that was never set. */
  seconds: number | null
  key: string
  startedAt: Date
  previousKey: string | null
}

/** One recorder's last 14 nights, and all its clock jumps (at most 1,000). Null where there is none with that name. */
export async function recorderDetails(
  queryable: Queryable,
  name: string,
): Promise<{ recorderId: number; nights: RecorderNight[]; jumps: ClockJump[] } | null> {
  const found = await queryable.query<{ id: number }>('select id from coro.recorder where name = $1', [name])
  const id = found.rows[0]?.id
  if (id === undefined) return null
  const nights = await queryable.query<RecorderNight>(
    `select night::text, recordings, round(hours::numeric, 2)::float8 as hours,
            round(expected_hours::numeric, 2)::float8 as "expectedHours",
            round(missing_hours::numeric, 2)::float8 as "missingHours"
       from coro.recorder_nights(14, $1) order by night`,
    [id],
  )
  const jumps = await queryable.query<ClockJump>(
    `select recording_id as "recordingId", kind, seconds, key, started_at as "startedAt", previous_key as "previousKey"
       from coro.clock_jumps where recorder_id = $1 order by started_at desc, recording_id limit 1000`,
    [id],
  )
  return { recorderId: id, nights: nights.rows, jumps: jumps.rows }
}
