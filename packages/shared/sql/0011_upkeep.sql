-- Looking after what is in: how each recorder does, recordings that contradict each other, alerts, and what prepared audio
-- is there, so that it can be verified, can expire and is made again.

alter table coro.deployment
  -- local times at which its recorder is to record, such as 18:00-06:00 or 04:00-08:00,17:00-21:00
  add column schedule text check (schedule ~ '^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d(,([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d)*$');

alter table coro.recording
  -- variant -> sha256 of the prepared file, hexadecimal; null = prepared before version 0.4.0, or imported
  add column prepared_sha256 jsonb,
  add column prepared_bytes bigint,
  add column prepared_at timestamptz,
  -- when somebody last asked for its sound; at most once a day
  add column prepared_used_at timestamptz,
  -- retention has deleted the prepared files: they are made again when they are asked for
  add column prepared_expired_at timestamptz;
create index recording_recorder_started on coro.recording (recorder_id, started_at);
-- What was found has no start yet: nothing to write for it, and one index fewer to write.
drop index coro.recording_recorder;
drop index coro.recording_started;
create index recording_started on coro.recording (started_at) where started_at is not null;
create index recording_prepared on coro.recording ((coalesce(prepared_used_at, prepared_at, changed_at)), id)
  where prepared_prefix is not null and prepared_expired_at is null and state = 'searchable';
create index recording_quarantined on coro.recording (changed_at) where state = 'quarantined';
-- what came in lately, of recorders: their clock jumps
create index recording_heard on coro.recording (discovered_at) where recorder_id is not null;

-- Length of a schedule in hours: the sum of its parts, which may go over midnight. null for null.
create function coro.schedule_hours(schedule text) returns double precision language sql immutable parallel safe as $$
  select sum(case when until > since then until - since else until - since + 24 end)
    from (select extract(epoch from split_part(part, '-', 1)::interval)::float8 / 3600 as since,
                 extract(epoch from split_part(part, '-', 2)::interval)::float8 / 3600 as until
            from unnest(string_to_array(schedule, ',')) part) parts
$$;

-- When its last part ends, in hours after noon (above 0, up to 24).
create function coro.schedule_end_h(schedule text) returns double precision language sql immutable parallel safe as $$
  select max(case when hour > 12 then hour - 12 else hour + 12 end)
    from (select extract(epoch from split_part(part, '-', 2)::interval)::float8 / 3600 as hour
            from unnest(string_to_array(schedule, ',')) part) parts
$$;

-- Recordings of a recorder that tell what it did: those with a start and a length, once each.
create view coro.heard as
select r.recorder_id, r.id as recording_id, r.site_id, r.deployment_id, r.key, r.started_at, r.duration_s, r.discovered_at,
       r.started_at + make_interval(secs => r.duration_s) as ended_at,
       coro.local_time(r.started_at, coalesce(t.time_zone, d.time_zone, o.time_zone), r.utc_offset_min) as local_time,
       r.metadata, r.warnings, r.sha256, r.source_id, d.schedule, r.state
  from coro.recording r
  join coro.source o on o.id = r.source_id
  left join coro.deployment d on d.id = r.deployment_id
  left join coro.site t on t.id = r.site_id
 where r.recorder_id is not null and r.started_at is not null and r.duration_s is not null
   and r.state not in ('superseded', 'duplicate', 'imported');

-- The last nights (noon to noon, local) of each recorder up to the one that it was last heard in, also those without a recording.
create function coro.recorder_nights(
  p_nights integer default 14, p_recorder_id bigint default null,
  out recorder_id bigint, out night date, out recordings integer, out hours double precision,
  out expected_hours double precision, out missing_hours double precision, out schedule text, out is_declared boolean,
  out begin_h double precision, out end_h double precision
) returns setof record language sql stable as $$
  with last as (
    select c.id, l.started_at as at, (l.local_time - interval '12 hours')::date as night, l.schedule
      from coro.recorder c
     cross join lateral (select h.* from coro.heard h where h.recorder_id = c.id and h.started_at <= now() + interval '1 day'
                          order by h.started_at desc limit 1) l
     where p_recorder_id is null or c.id = p_recorder_id),
  per_night as (
    select last.id, n.night, count(*) as recordings, sum(h.duration_s) / 3600 as hours,
           min(extract(epoch from h.local_time - (n.night + interval '12 hours'))) / 3600 as begin_h,
           max(extract(epoch from h.local_time - (n.night + interval '12 hours')) + h.duration_s) / 3600 as end_h
      from last
      join coro.heard h on h.recorder_id = last.id and h.started_at > last.at - make_interval(days => p_nights + 1)
                       and h.started_at <= last.at
     cross join lateral (select (h.local_time - interval '12 hours')::date as night) n
     where n.night > last.night - p_nights
     group by last.id, n.night),
  usual as (
    select id, min(night) as first_night, count(*) as nights,
           percentile_cont(0.5) within group (order by hours) as hours,
           percentile_cont(0.5) within group (order by begin_h) as begin_h,
           percentile_cont(0.5) within group (order by end_h) as end_h
      from per_night group by id)
  select last.id, day::date, coalesce(n.recordings, 0)::integer, coalesce(n.hours, 0)::float8, e.hours,
         case when e.hours is not null then greatest(0, e.hours - coalesce(n.hours, 0)) end,
         -- two nights are no habit
         coalesce(last.schedule, case when usual.nights >= 3 then
           to_char(time '12:00' + make_interval(secs => usual.begin_h * 3600), 'HH24:MI') || '-' ||
           to_char(time '12:00' + make_interval(secs => usual.end_h * 3600), 'HH24:MI') end),
         last.schedule is not null, n.begin_h::float8, n.end_h::float8
    from last join usual on usual.id = last.id
   cross join lateral (select case when last.schedule is not null then coro.schedule_hours(last.schedule)
                                   when usual.nights >= 3 then usual.hours end as hours) e
   cross join lateral generate_series(greatest(usual.first_night, last.night - p_nights + 1), last.night, interval '1 day') day
    left join per_night n on n.id = last.id and n.night = day::date
$$;

create view coro.recorder_nights as
select c.name as recorder, n.night, n.recordings, round(n.hours::numeric, 2) as hours,
       round(n.expected_hours::numeric, 2) as expected_hours, round(n.missing_hours::numeric, 2) as missing_hours,
       n.schedule, n.is_declared, n.recorder_id
  from coro.recorder_nights() n join coro.recorder c on c.id = n.recorder_id;

-- Starts that cannot be: before its own end of the recording before, before the file before it in the same folder, in the
-- future, or from a clock that was never set.
create view coro.clock_jumps as
with ordered as (
  select h.*, lag(recording_id) over time_order as before_id, lag(ended_at) over time_order as before_ended_at,
         lag(recording_id) over name_order as named_before_id, lag(started_at) over name_order as named_before_at
    from coro.heard h
  window time_order as (partition by recorder_id order by started_at, recording_id),
         name_order as (partition by recorder_id, source_id, regexp_replace(key, '[^/]*$', '') order by key collate "C", recording_id))
select c.name as recorder, j.kind, j.seconds, o.key, o.started_at, b.key as previous_key, o.recording_id,
       j.previous_recording_id, o.recorder_id
  from ordered o
  join coro.recorder c on c.id = o.recorder_id
 cross join lateral (
    select 'never set' as kind, null::float8 as seconds, null::bigint as previous_recording_id
     where o.started_at < timestamptz '2005-01-01 00:00:00Z'
    union all
    select 'future', extract(epoch from o.started_at - o.discovered_at)::float8, null
     where o.started_at > o.discovered_at + interval '1 day'
    union all
    select 'overlap', extract(epoch from o.before_ended_at - o.started_at)::float8, o.before_id
     where o.before_ended_at > o.started_at + interval '2 seconds'
    union all
    select 'backwards', extract(epoch from o.named_before_at - o.started_at)::float8, o.named_before_id
     where o.named_before_at > o.started_at + interval '2 seconds') j
  left join coro.recording b on b.id = j.previous_recording_id;

-- Same recorder, same time, different sound: both stay, a person decides.
create view coro.recording_conflicts as
select c.name as recorder, a.key, b.key as other_key, b.started_at,
       round(extract(epoch from least(a.ended_at, b.ended_at) - b.started_at)::numeric, 1) as overlap_s,
       a.started_at = b.started_at as same_start, oa.url as source, ob.url as other_source,
       a.recording_id, b.recording_id as other_recording_id, a.recorder_id
  from coro.heard a
  join coro.heard b on b.recorder_id = a.recorder_id and b.started_at >= a.started_at
                   and b.started_at < a.ended_at - interval '2 seconds'
                   and (b.started_at, b.recording_id) > (a.started_at, a.recording_id)
                   and a.sha256 is distinct from b.sha256 and a.state <> 'deleted' and b.state <> 'deleted'
  join coro.recorder c on c.id = a.recorder_id
  join coro.source oa on oa.id = a.source_id
  join coro.source ob on ob.id = b.source_id;

-- One row a recorder: last heard, how its last 14 nights were, and when it should have been heard again.
create view coro.recorder_health as
select c.name as recorder, t.name as site, date_trunc('second', last.ended_at) as last_heard,
       round((extract(epoch from now() - last.ended_at) / 3600)::numeric, 1) as silent_h,
       date_trunc('second', last.ended_at + make_interval(secs => due.hours * 3600)) as due_at,
       nights.schedule, nights.is_declared, nights.recorded as nights, nights.all_nights,
       round(nights.hours::numeric, 2) as hours_per_night, round(nights.expected_hours::numeric, 2) as expected_hours,
       round(nights.missing_hours::numeric, 2) as missing_hours,
       device.battery_v, device.battery_change_v, device.temperature_min_c, device.temperature_max_c,
       device.gain, device.gain_changes, device.recordings,
       round(device.clipped::numeric / device.recordings, 3) as clipped_share,
       round(device.silent::numeric / device.recordings, 3) as silent_share,
       c.id as recorder_id
  from coro.recorder c
 cross join lateral (select h.* from coro.heard h where h.recorder_id = c.id and h.started_at <= now() + interval '1 day'
                      order by h.started_at desc limit 1) last
  left join coro.site t on t.id = last.site_id
 cross join lateral (
    select max(n.schedule) as schedule, bool_or(n.is_declared) as is_declared, count(*) filter (where n.recordings > 0) as recorded,
           count(*) as all_nights, avg(n.hours) as hours, max(n.expected_hours) as expected_hours, sum(n.missing_hours) as missing_hours
      from coro.recorder_nights(14, c.id) n) nights
 cross join lateral (
    -- of the window that is to follow the last recording; one that broke off early is due at its own window's end
    select case when end_h is null then null
                when heard_h < end_h - 0.5 then end_h - heard_h
                else end_h - heard_h + 24 end as hours
      from (select coro.schedule_end_h(nights.schedule) as end_h,
                   extract(epoch from last.local_time - ((last.local_time - interval '12 hours')::date + interval '12 hours')) / 3600
                     + last.duration_s / 3600 as heard_h) h) due
 cross join lateral (
    select count(*) as recordings, (array_agg(battery_v order by started_at desc) filter (where battery_v is not null))[1] as battery_v,
           round(((array_agg(battery_v order by started_at desc) filter (where battery_v is not null))[1]
             - (array_agg(battery_v order by started_at) filter (where battery_v is not null))[1])::numeric, 2) as battery_change_v,
           min(temperature_c) as temperature_min_c, max(temperature_c) as temperature_max_c,
           (array_agg(gain order by started_at desc) filter (where gain is not null))[1] as gain,
           count(*) filter (where gain <> gain_before) as gain_changes,
           count(*) filter (where warnings @> '[{"code":"AUDIO_CLIPPED"}]') as clipped,
           count(*) filter (where warnings @> '[{"code":"AUDIO_SILENT"}]' or warnings @> '[{"code":"AUDIO_CONSTANT"}]') as silent
      from (select h.started_at, h.warnings, (h.metadata #>> '{device,batteryV}')::real as battery_v,
                   (h.metadata #>> '{device,temperatureC}')::real as temperature_c, h.metadata #>> '{device,gain}' as gain,
                   lag(h.metadata #>> '{device,gain}') over (order by h.started_at) as gain_before
              from coro.heard h
             where h.recorder_id = c.id and h.started_at > last.started_at - interval '14 days' and h.started_at <= last.started_at) d) device;

-- What an alert told of. An incident is told once when it begins and once when it has ended, whoever restarts.
create table coro.incident (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('recorder silent', 'sweep failing', 'quarantine growing')),
  subject text not null,
  message text not null,
  details jsonb not null default '{}',
  began_at timestamptz not null default now(),
  ended_at timestamptz,
  -- channel (webhook, mail) -> when it was told
  told_began jsonb not null default '{}',
  told_ended jsonb not null default '{}',
  -- one process tells at a time
  telling_until timestamptz,
  last_error text
);
create unique index incident_open on coro.incident (kind, subject) where ended_at is null;
create index incident_began on coro.incident (began_at);

comment on column coro.deployment.schedule is 'Local times at which its recorder is to record, such as 18:00-06:00; null = not declared';
comment on column coro.recording.prepared_sha256 is 'sha256 of each prepared file by variant, hexadecimal; null = not known';
comment on column coro.recording.prepared_bytes is 'Size of its prepared files together';
comment on column coro.recording.prepared_at is 'When they were made';
comment on column coro.recording.prepared_used_at is 'When their sound was last asked for, to the day';
comment on column coro.recording.prepared_expired_at is 'When retention deleted them; null = they are there. They are made again when they are asked for';
comment on function coro.schedule_hours is 'Internal: length of a schedule in hours';
comment on function coro.schedule_end_h is 'Internal: when a schedule ends, in hours after noon';
comment on function coro.recorder_nights is 'Internal: the last nights of recorders, as numbers (view: coro.recorder_nights)';
comment on view coro.heard is 'Recordings that tell what a recorder did: with a start and a length, duplicates and old versions left out';
comment on column coro.heard.recorder_id is 'Id of the recorder';
comment on column coro.heard.recording_id is 'Id of the recording';
comment on column coro.heard.site_id is 'Id of the site';
comment on column coro.heard.deployment_id is 'Id of the deployment';
comment on column coro.heard.key is 'Path of the file below its source';
comment on column coro.heard.started_at is 'When it begins, as an instant';
comment on column coro.heard.duration_s is 'Length in seconds';
comment on column coro.heard.discovered_at is 'When Coro found it';
comment on column coro.heard.ended_at is 'When it ends';
comment on column coro.heard.local_time is 'When it begins, by the clock at the site';
comment on column coro.heard.metadata is 'What its header and name say';
comment on column coro.heard.warnings is 'What was odd about the file: a list of code and message';
comment on column coro.heard.sha256 is 'Hash of the file';
comment on column coro.heard.source_id is 'Id of the source';
comment on column coro.heard.state is 'What became of it';
comment on column coro.heard.schedule is 'Declared schedule of its deployment';
comment on view coro.recorder_nights is 'The last 14 nights of each recorder: hours recorded against its schedule';
comment on column coro.recorder_nights.recorder is 'Name of the recorder';
comment on column coro.recorder_nights.night is 'Night: the local day on which it begins, from noon to noon';
comment on column coro.recorder_nights.recordings is 'Recordings that begin in it';
comment on column coro.recorder_nights.hours is 'Their hours of sound';
comment on column coro.recorder_nights.expected_hours is 'Hours of the schedule, else the median of these nights; null = fewer than three nights';
comment on column coro.recorder_nights.missing_hours is 'What is lacking to these';
comment on column coro.recorder_nights.schedule is 'Declared, else the usual begin and end of these nights';
comment on column coro.recorder_nights.is_declared is 'The schedule is declared';
comment on column coro.recorder_nights.recorder_id is 'Id of the recorder';
comment on view coro.clock_jumps is 'Starts that cannot be: a clock that jumped, was set wrong, or was never set';
comment on column coro.clock_jumps.recorder is 'Name of the recorder';
comment on column coro.clock_jumps.kind is 'overlap (begins before the one before has ended), backwards (earlier than the file before it in its folder), future, or never set';
comment on column coro.clock_jumps.seconds is 'By how much';
comment on column coro.clock_jumps.key is 'Path of the file below its source';
comment on column coro.clock_jumps.started_at is 'The start in question';
comment on column coro.clock_jumps.previous_key is 'The file before it';
comment on column coro.clock_jumps.recording_id is 'Id of the recording';
comment on column coro.clock_jumps.previous_recording_id is 'Id of the one before';
comment on column coro.clock_jumps.recorder_id is 'Id of the recorder';
comment on view coro.recording_conflicts is 'Pairs of recordings of one recorder at the same time with different sound: nothing is lost, a person decides';
comment on column coro.recording_conflicts.recorder is 'Name of the recorder';
comment on column coro.recording_conflicts.key is 'Path of the one that begins first';
comment on column coro.recording_conflicts.other_key is 'Path of the other';
comment on column coro.recording_conflicts.started_at is 'When both were recording';
comment on column coro.recording_conflicts.overlap_s is 'For so many seconds';
comment on column coro.recording_conflicts.same_start is 'They begin at the same instant';
comment on column coro.recording_conflicts.source is 'Address of the first one''s source';
comment on column coro.recording_conflicts.other_source is 'Address of the other''s';
comment on column coro.recording_conflicts.recording_id is 'Id of the first';
comment on column coro.recording_conflicts.other_recording_id is 'Id of the other';
comment on column coro.recording_conflicts.recorder_id is 'Id of the recorder';
comment on view coro.recorder_health is 'How each recorder does: last heard, hours a night against its schedule, battery, temperature, gain, over its last 14 nights';
comment on column coro.recorder_health.recorder is 'Name of the recorder';
comment on column coro.recorder_health.site is 'Site of its last recording';
comment on column coro.recorder_health.last_heard is 'End of its last recording, by its own clock';
comment on column coro.recorder_health.silent_h is 'Hours since then';
comment on column coro.recorder_health.due_at is 'End of the first window of its schedule that should have been recorded since; null = no schedule is known';
comment on column coro.recorder_health.schedule is 'Declared, else the usual begin and end of its nights';
comment on column coro.recorder_health.is_declared is 'The schedule is declared';
comment on column coro.recorder_health.nights is 'Nights with a recording among the last 14 up to the last one';
comment on column coro.recorder_health.all_nights is 'All of these nights, from its first one on';
comment on column coro.recorder_health.hours_per_night is 'Mean hours of sound of all these nights';
comment on column coro.recorder_health.expected_hours is 'Hours a night of its schedule, else the median';
comment on column coro.recorder_health.missing_hours is 'What all these nights lack to that, together';
comment on column coro.recorder_health.battery_v is 'Last voltage of its battery, where files say it';
comment on column coro.recorder_health.battery_change_v is 'By how much it changed over these nights';
comment on column coro.recorder_health.temperature_min_c is 'Lowest temperature, in degrees Celsius';
comment on column coro.recorder_health.temperature_max_c is 'Highest temperature';
comment on column coro.recorder_health.gain is 'Last gain, as written';
comment on column coro.recorder_health.gain_changes is 'How often the gain was another than in the recording before';
comment on column coro.recorder_health.recordings is 'Recordings of these nights';
comment on column coro.recorder_health.clipped_share is 'Share of these that are clipped';
comment on column coro.recorder_health.silent_share is 'Share of these that are silent or constant';
comment on column coro.recorder_health.recorder_id is 'Id of the recorder';
comment on table coro.incident is 'What alerts told of: recorders that fell silent, sweeps that fail, a quarantine that grows';
comment on column coro.incident.id is 'Id';
comment on column coro.incident.kind is 'recorder silent, sweep failing or quarantine growing';
comment on column coro.incident.subject is 'Recorder, address of the source, or reason code';
comment on column coro.incident.message is 'What happened, as a sentence';
comment on column coro.incident.details is 'The figures behind it';
comment on column coro.incident.began_at is 'When it was noticed';
comment on column coro.incident.ended_at is 'When it was over; null = it lasts';
comment on column coro.incident.told_began is 'Channel -> when its begin was told';
comment on column coro.incident.told_ended is 'Channel -> when its end was told';
comment on column coro.incident.telling_until is 'A process is telling it until then';
comment on column coro.incident.last_error is 'Why it could not be told last';
