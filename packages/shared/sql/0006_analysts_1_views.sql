-- What analysts read: views with names instead of ids and with local time, plural where the table is singular (`\dv` lists
-- them). Their columns come in the order in which a person reads them: what, where, when, then the rest.

create view coro.sites as
select t.name as site, t.time_zone, t.latitude, t.longitude,
       count(r.id) as recordings, round((coalesce(sum(r.duration_s), 0) / 3600)::numeric, 2) as hours,
       min(r.started_at) as first_start, max(r.started_at) as last_start, t.id as site_id
  from coro.site t
  left join coro.recording r on r.site_id = t.id and r.state = 'searchable'
 group by t.id;

create view coro.deployments as
select t.name as site, c.name as recorder, d.prefix, coalesce(o.name, o.url) as source,
       coalesce(t.time_zone, d.time_zone, o.time_zone) as time_zone, coalesce(d.channel, o.channel, 'mix') as channel,
       count(r.id) as recordings, round((coalesce(sum(r.duration_s), 0) / 3600)::numeric, 2) as hours,
       min(r.started_at) as first_start, max(r.started_at) as last_start, d.id as deployment_id
  from coro.deployment d
  join coro.source o on o.id = d.source_id
  join coro.site t on t.id = d.site_id
  left join coro.recorder c on c.id = d.recorder_id
  left join coro.recording r on r.deployment_id = d.id and r.state = 'searchable'
 group by d.id, o.id, t.id, c.id;

create view coro.recordings as
select r.id as recording_id, t.name as site, c.name as recorder,
       coro.local_time(r.started_at, coalesce(t.time_zone, d.time_zone, o.time_zone), r.utc_offset_min) as local_time,
       (coro.local_time(r.started_at, coalesce(t.time_zone, d.time_zone, o.time_zone), r.utc_offset_min)
         - interval '12 hours')::date as night,
       r.duration_s, r.state, r.key, r.segment_count as segments, r.reason_code, r.reason_message,
       r.started_at, r.time_source, r.time_confidence, r.claimed_at, r.utc_offset_min,
       coalesce(t.time_zone, d.time_zone, o.time_zone) as time_zone,
       r.format, r.sample_rate_hz, r.channels, r.channel, r.bits_per_sample, r.size_bytes,
       r.warnings, coalesce(r.metadata -> 'conflicts', '[]') as conflicts, r.metadata,
       r.duplicate_of, encode(r.sha256, 'hex') as sha256, coalesce(o.name, o.url) as source, d.prefix as deployment,
       r.discovered_at, r.changed_at
  from coro.recording r
  join coro.source o on o.id = r.source_id
  left join coro.deployment d on d.id = r.deployment_id
  left join coro.site t on t.id = r.site_id
  left join coro.recorder c on c.id = r.recorder_id
 where r.state <> 'superseded';

create view coro.recorders as
select c.name as recorder,
       (select t.name from coro.recording r join coro.site t on t.id = r.site_id
         where r.recorder_id = c.id and r.started_at is not null order by r.started_at desc limit 1) as last_site,
       max(r.started_at + make_interval(secs => coalesce(r.duration_s, 0))) as last_heard, max(r.discovered_at) as last_arrival,
       count(r.id) as recordings, round((coalesce(sum(r.duration_s), 0) / 3600)::numeric, 2) as hours,
       count(r.id) filter (where r.state in ('quarantined', 'failed')) as unusable,
       min(r.started_at) as first_start, c.id as recorder_id
  from coro.recorder c
  left join coro.recording r on r.recorder_id = c.id and r.state not in ('superseded', 'duplicate')
 group by c.id;

create view coro.segments as
select s.id as segment_id, t.name as site, c.name as recorder,
       coro.local_time(r.started_at + make_interval(secs => s.start_s), coalesce(t.time_zone, d.time_zone, o.time_zone),
                       r.utc_offset_min) as local_time,
       (coro.local_time(r.started_at + make_interval(secs => s.start_s), coalesce(t.time_zone, d.time_zone, o.time_zone),
                        r.utc_offset_min) - interval '12 hours')::date as night,
       coro.sun_phase(r.started_at + make_interval(secs => s.start_s), t.latitude, t.longitude) as sun,
       r.key, s.start_s, s.end_s,
       exists (select from coro.silent_segment q join coro.embedding_space p on p.id = q.space_id and p.active
                where q.segment_id = s.id) as silent,
       array(select distinct l.label from coro.label l
              where l.recording_id = r.id and coro.label_covers(l.start_s, l.end_s, s.start_s, s.end_s)
              order by 1) as labels,
       r.started_at + make_interval(secs => s.start_s) as starts_at, s.index, r.id as recording_id
  from coro.segment s
  join coro.recording r on r.id = s.recording_id
  join coro.source o on o.id = r.source_id
  left join coro.deployment d on d.id = r.deployment_id
  left join coro.site t on t.id = r.site_id
  left join coro.recorder c on c.id = r.recorder_id
 where not exists (select from coro.deleted_segment x where x.segment_id = s.id);
