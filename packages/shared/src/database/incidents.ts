import type { Alert } from '../alerts/alert.js'
import type { Queryable } from './open.js'

export type IncidentKind = 'recorder silent' | 'sweep failing' | 'quarantine growing'

export interface Incident {
  id: number
  kind: IncidentKind
  subject: string
  message: string
  details: Record<string, unknown>
  beganAt: Date
  endedAt: Date | null
  /** Channel -> when. */
  toldBegan: Record<string, string>
  toldEnded: Record<string, string>
  lastError: string | null
}

export interface IncidentLimits {
  silentH: number
  sweepMin: number
  quarantinePerHour: number
}

const columns = `id, kind, subject, message, details, began_at as "beganAt", ended_at as "endedAt", told_began as "toldBegan",
  told_ended as "toldEnded", last_error as "lastError"`

/**
 * What is wrong now. `opens`: enough for an incident to begin; a row without it only keeps one from ending: a quarantine
 * that grows more slowly, or a recorder that was silent long before anybody asked for alerts.
 * $1 hours overdue, $2 recordings an hour; 0 = never.
 */
const troubles = `
  select 'recorder silent' as kind, recorder as subject,
         format('Recorder %s%s was last heard %s UTC, and was due %s UTC.', recorder, ' (' || site || ')',
                to_char(last_heard at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), to_char(due at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
           as message,
         jsonb_build_object('site', site, 'lastHeard', last_heard, 'dueAt', due, 'schedule', schedule, 'batteryV', battery_v)
           as details,
         due > now() - make_interval(days => 30, secs => $1::float8 * 3600) as opens
    from (select h.*, coalesce(h.due_at, h.last_heard + interval '1 day') as due from coro.recorder_health h) h
   where $1::float8 > 0 and due < now() - make_interval(secs => $1::float8 * 3600)
  union all
  select 'sweep failing', url, format('Sweeps of %s fail: %s', coalesce(name, url), last_sweep_error),
         jsonb_build_object('error', last_sweep_error, 'lastSweepAt', last_sweep_at), true
    from coro.source where $3::float8 > 0 and last_sweep_error is not null and removed_at is null
  union all
  select 'quarantine growing', 'quarantine', format('%s recordings were quarantined within an hour, most as %s.', count(*),
           mode() within group (order by reason_code)),
         jsonb_build_object('recordings', count(*), 'code', mode() within group (order by reason_code)), count(*) >= $2::bigint
    from coro.recording
   where state = 'quarantined' and changed_at > now() - interval '1 hour'
  having $2::bigint > 0 and count(*) * 2 >= $2::bigint`

/** Bring the incidents up to what is wrong now: begin those that are new, end those that are over. Safe to repeat. */
export async function noteIncidents(
  queryable: Queryable,
  limits: IncidentLimits,
): Promise<{ began: number; ended: number }> {
  const { rows } = await queryable.query<{ began: number; ended: number }>(
    `with trouble as materialized (${troubles}),
     ended as (
       update coro.incident i set ended_at = now()
        where ended_at is null and not exists (select from trouble t where t.kind = i.kind and t.subject = i.subject)
       returning 1),
     began as (
       insert into coro.incident (kind, subject, message, details)
       select kind, subject, message, details from trouble where opens
       on conflict (kind, subject) where ended_at is null do nothing
       returning 1)
     select (select count(*) from began) as began, (select count(*) from ended) as ended`,
    [limits.silentH, limits.quarantinePerHour, limits.sweepMin],
  )
  return rows[0] ?? { began: 0, ended: 0 }
}

/**
 * Take what is still to be told over one of these channels, for a minute: another process that looks meanwhile finds
 * nothing. What was over before its begin was told is never told. A sweep counts once it has failed for `sweepMin`.
 */
export async function takeUntold(queryable: Queryable, channels: string[], sweepMin: number): Promise<Incident[]> {
  const { rows } = await queryable.query<Incident>(
    `update coro.incident set telling_until = now() + interval '1 minute'
      where (telling_until is null or telling_until < now())
        and case when ended_at is null
              then not told_began ?& $1::text[]
                   and (kind <> 'sweep failing' or began_at <= now() - make_interval(secs => $2::float8 * 60))
              else exists (select from jsonb_object_keys(told_began) c where c = any($1::text[]) and not told_ended ? c) end
     returning ${columns}`,
    [channels, sweepMin],
  )
  return rows.sort((a, b) => a.id - b.id)
}

/** Note that a channel was told of an incident's begin or end. */
export async function noteTold(
  queryable: Queryable,
  id: number,
  event: Alert['event'],
  channel: string,
): Promise<void> {
  const column = event === 'ended' ? 'told_ended' : 'told_began'
  await queryable.query(
    `update coro.incident set ${column} = ${column} || jsonb_build_object($2::text, now()) where id = $1`,
    [id, channel],
  )
}

/** Nobody is telling it any more; `error`: why a channel could not be told. */
export async function releaseIncident(queryable: Queryable, id: number, error: string | null): Promise<void> {
  await queryable.query('update coro.incident set telling_until = null, last_error = $2 where id = $1', [id, error])
}

/** The newest incidents, open ones first. */
export async function listIncidents(queryable: Queryable, limit: number): Promise<Incident[]> {
  const { rows } = await queryable.query<Incident>(
    `select ${columns} from coro.incident order by ended_at is not null, began_at desc, id desc limit $1`,
    [limit],
  )
  return rows
}
