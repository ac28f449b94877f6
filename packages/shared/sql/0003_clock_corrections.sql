-- Corrections of recorders' clocks (coro retime): a clock that stood wrong, one that drifts, a time zone that was set
-- wrongly. They are kept, so that recordings that come in later get them too and every one of them can be undone; a
-- recording's started_at follows from its claim and the corrections in effect, never from an earlier correction, so
-- nothing is ever added twice. Segments count from their recording's start: none of them changes.

create table coro.clock_correction (
  id bigint generated always as identity primary key,
  -- which recordings: all that are not null must fit; from_at and to_at bound the claimed start, [from, to)
  source_id bigint references coro.source,
  prefix text,
  site_id bigint references coro.site,
  recorder_id bigint references coro.recorder,
  from_at timestamptz,
  to_at timestamptz,
  -- either seconds to add to the claimed start: offset_s + drift_s_per_day * (days since reference_at) ...
  offset_s double precision,
  drift_s_per_day double precision,
  reference_at timestamptz,
  -- ... or the zone in which local times are read again
  time_zone text,
  note text,
  made_by text,
  made_at timestamptz not null default now(),
  undone_at timestamptz,
  undone_by text,
  check ((time_zone is null) = (offset_s is not null and drift_s_per_day is not null)),
  check (drift_s_per_day is null or drift_s_per_day = 0 or reference_at is not null)
);
create index clock_correction_active on coro.clock_correction (id) where undone_at is null;

-- What the recording itself claims, where a correction is in effect (null: started_at and its neighbours are the claim).
alter table coro.recording
  add column claimed_at timestamptz,
  add column claimed_utc_offset_min integer,
  add column claimed_time_source text,
  add column claimed_time_confidence real,
  add column retimed_by bigint[];

comment on table coro.clock_correction is 'Corrections of recorders'' clocks and time zones, with who made them and why';
comment on column coro.recording.started_at is 'When the recording began: its claim, or the corrected claim';
comment on column coro.recording.claimed_at is 'The start that the recording itself claims, where it was corrected; else null';
comment on column coro.recording.retimed_by is 'The corrections in effect (coro.clock_correction), or null';
