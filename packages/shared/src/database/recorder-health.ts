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

/** Every recorder that was ever heard, the longest silent first. */
export async function recorderHealth(queryable: Queryable): Promise<RecorderHealth[]> {
  const { rows } = await queryable.query<RecorderHealth>(
    `select h.recorder_id as "recorderId", h.recorder, h.site, h.last_heard as "lastHeard", h.silent_h::float8 as "silentH",
            h.due_at as "dueAt", h.schedule, h.is_declared as "scheduleDeclared", h.nights, h.all_nights as "allNights",
            h.hours_per_night::float8 as "hoursPerNight", h.expected_hours::float8 as "expectedHours",
            h.missing_hours::float8 as "missingHours", coalesce(j.n, 0) as "clockJumps", h.battery_v as "batteryV",
            h.battery_change_v::float8 as "batteryChangeV", h.temperature_min_c as "temperatureMinC",
            h.temperature_max_c as "temperatureMaxC", h.gain, h.gain_changes as "gainChanges", h.recordings,
            h.clipped_share::float8 as "clippedShare", h.silent_share::float8 as "silentShare"
       from coro.recorder_health h
       left join (select recorder_id, count(distinct recording_id) as n from coro.clock_jumps group by recorder_id) j
         on j.recorder_id = h.recorder_id
      order by h.last_heard, h.recorder`,
  )
  return rows
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
): Promise<{ nights: RecorderNight[]; jumps: ClockJump[] } | null> {
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
  return { nights: nights.rows, jumps: jumps.rows }
}
