-- What analysts read: views with names instead of ids and with local time, plural where the table is singular (`\dv` lists
-- them). Their columns come in the order in which a person reads them: what, where, when, then the rest.

-- An empty table that was never analysed counts as 1,070 rows: small databases would get plans for segments that are all
-- deleted.
analyze coro.deleted_segment;

create view coro.sites as
select t.name as site, t.time_zone, t.latitude, t.longitude,
       count(r.id) as recordings, round((coalesce(sum(r.duration_s), 0) / 3600)::numeric, 2) as hours,
       min(r.started_at) as first_recording, max(r.started_at) as last_recording, t.id as site_id
  from coro.site t
  left join coro.recording r on r.site_id = t.id and r.state = 'searchable'
 group by t.id;

create view coro.deployments as
select t.name as site, c.name as recorder, d.prefix, coalesce(o.name, o.url) as source,
       coalesce(t.time_zone, d.time_zone, o.time_zone) as time_zone, coalesce(d.channel, o.channel, 'mix') as channel,
       count(r.id) as recordings, round((coalesce(sum(r.duration_s), 0) / 3600)::numeric, 2) as hours,
       min(r.started_at) as first_recording, max(r.started_at) as last_recording, d.id as deployment_id
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
       r.warnings, coalesce(r.metadata -> 'conflicts', '[]') as conflicts,
       (r.metadata #>> '{device,batteryV}')::real as battery_v, (r.metadata #>> '{device,temperatureC}')::real as temperature_c,
       r.duplicate_of, encode(r.sha256, 'hex') as sha256, coalesce(o.name, o.url) as source, d.prefix as deployment,
       date_trunc('second', r.discovered_at) as discovered_at, date_trunc('second', r.changed_at) as changed_at
  from coro.recording r
  join coro.source o on o.id = r.source_id
  left join coro.deployment d on d.id = r.deployment_id
  left join coro.site t on t.id = r.site_id
  left join coro.recorder c on c.id = r.recorder_id
 where r.state <> 'superseded';

create view coro.recorders as
select c.name as recorder, last.site as last_site, date_trunc('second', last.ended_at) as last_heard,
       last.battery_v as last_battery_v, date_trunc('second', max(r.discovered_at)) as last_arrival,
       count(r.id) as recordings, round((coalesce(sum(r.duration_s), 0) / 3600)::numeric, 2) as hours,
       count(r.id) filter (where r.state in ('quarantined', 'failed')) as unusable,
       min(r.started_at) as first_recording, c.id as recorder_id
  from coro.recorder c
  left join coro.recording r on r.recorder_id = c.id and r.state not in ('superseded', 'duplicate')
  left join lateral (
    select t.name as site, l.started_at + make_interval(secs => coalesce(l.duration_s, 0)) as ended_at,
           (l.metadata #>> '{device,batteryV}')::real as battery_v
      from coro.recording l left join coro.site t on t.id = l.site_id
     where l.recorder_id = c.id and l.started_at is not null and l.state not in ('superseded', 'duplicate')
     order by l.started_at desc limit 1) last on true
 group by c.id, last.site, last.ended_at, last.battery_v;

create view coro.segment_labels as
select s.id as segment_id, l.label, l.annotator, l.confidence, l.start_s, l.end_s, l.id as label_id, s.recording_id
  from coro.label l
  join coro.segment s on s.recording_id = l.recording_id
                     and (l.start_s is null
                          or (l.start_s < s.end_s and (l.end_s > s.start_s or l.start_s = s.start_s)));

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
       array(select distinct l.label from coro.segment_labels l where l.segment_id = s.id order by 1) as labels,
       r.started_at + make_interval(secs => s.start_s) as starts_at, s.index, r.id as recording_id
  from coro.segment s
  join coro.recording r on r.id = s.recording_id
  join coro.source o on o.id = r.source_id
  left join coro.deployment d on d.id = r.deployment_id
  left join coro.site t on t.id = r.site_id
  left join coro.recorder c on c.id = r.recorder_id
 where not exists (select from coro.deleted_segment x where x.segment_id = s.id);

create view coro.labels as
select l.label, t.name as site, c.name as recorder,
       coro.local_time(r.started_at + make_interval(secs => coalesce(l.start_s, 0)),
                       coalesce(t.time_zone, d.time_zone, o.time_zone), r.utc_offset_min) as local_time,
       r.key, l.start_s, l.end_s, l.annotator, l.confidence, l.origin,
       r.started_at + make_interval(secs => coalesce(l.start_s, 0)) as starts_at, l.id as label_id, r.id as recording_id
  from coro.label l
  join coro.recording r on r.id = l.recording_id
  join coro.source o on o.id = r.source_id
  left join coro.deployment d on d.id = r.deployment_id
  left join coro.site t on t.id = r.site_id
  left join coro.recorder c on c.id = r.recorder_id;

create view coro.activity as
select site, date_trunc('hour', local_time) as local_hour, extract(hour from date_trunc('hour', local_time))::integer as hour,
       night, count(distinct recorder) as recorders, count(distinct recording_id) as recordings, count(*) as segments,
       count(*) filter (where not silent) as sounding, round((sum(end_s - start_s) / 60)::numeric, 1) as minutes
  from coro.segments
 where local_time is not null
 group by site, night, date_trunc('hour', local_time);

create view coro.spaces as
select p.name as space, p.active, p.model, p.variant, p.dimension, p.element,
       coalesce(sum(a.embedded), 0)::bigint as vectors, coalesce(sum(a.silent), 0)::bigint as silent,
       exists (select from pg_index i
                where i.indexrelid = to_regclass(format('coro.embedding_%s_hnsw', p.id)) and i.indisvalid) as has_index,
       format('coro.embedding_%s', p.id) as vector_table, p.wanted as kept_filled, p.window_s, p.hop_s, p.created_at,
       p.id as space_id
  from coro.embedding_space p
  left join coro.recording_space a on a.space_id = p.id
 group by p.id;

create view coro.ingestion_ledger as
select date_trunc('second', l.started_at) as started_at, r.key, l.stage, l.attempt, l.outcome, l.code, l.message,
       round(extract(epoch from l.ended_at - l.started_at), 2) as seconds, l.worker, l.details,
       t.name as site, c.name as recorder, r.state, coalesce(o.name, o.url) as source, l.recording_id, l.id as ledger_id
  from coro.ledger l
  join coro.recording r on r.id = l.recording_id
  join coro.source o on o.id = r.source_id
  left join coro.site t on t.id = r.site_id
  left join coro.recorder c on c.id = r.recorder_id;

create view coro.quarantine as
select r.reason_code as code, r.key, t.name as site, c.name as recorder, r.reason_message as reason,
       date_trunc('second', r.changed_at) as since, r.attempts, r.deaths, r.size_bytes,
       date_trunc('second', r.discovered_at) as discovered_at, coalesce(o.name, o.url) as source,
       r.id as recording_id
  from coro.recording r
  join coro.source o on o.id = r.source_id
  left join coro.site t on t.id = r.site_id
  left join coro.recorder c on c.id = r.recorder_id
 where r.state = 'quarantined';

comment on view coro.sites is 'Places where recorders stand, with what is searchable of each';
comment on view coro.deployments is 'Which recorder stood where, by the prefix of its files, with what is searchable of each';
comment on view coro.recordings is 'Every recording with site, recorder, local time and state (superseded versions left out)';
comment on view coro.recorders is 'Recording devices: where and when each was last heard, and what came of its recordings';
comment on view coro.segments is 'Segments (windows of 5 s), which searches return, with site, local time, position of the sun and labels';
comment on view coro.segment_labels is 'Which segments a label covers: one row for each segment and label';
comment on view coro.labels is 'Labels with site and local time';
comment on view coro.activity is 'How much was recorded and how much of it sounds, by site and hour of local time';
comment on view coro.spaces is 'Embedding spaces: which is active, how many vectors each has, in which table';
comment on view coro.ingestion_ledger is 'Every attempt of every stage on every recording, and how it ended';
comment on view coro.quarantine is 'Recordings that were set aside, and why';

-- Columns that mean the same in every view have the same name, and are described once.
do $$
declare
  described record;
begin
  for described in
    select c.relname, a.attname, coalesce(special.description, common.description) as description
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join (values
        ('site', 'Name of the site'),
        ('recorder', 'Name of the recorder'),
        ('source', 'Name or address of the folder or bucket that it comes from'),
        ('deployment', 'Prefix of the deployment''s files'),
        ('key', 'Path of the recording below its source'),
        ('local_time', 'When it begins, by the clock at its site'),
        ('night', 'Date of the evening on which its night began (noon to noon, local time)'),
        ('starts_at', 'When it begins, as an instant'),
        ('start_s', 'Begins here, in seconds from the recording''s start'),
        ('end_s', 'Ends before, in seconds from the recording''s start'),
        ('time_zone', 'IANA time zone of local times: the site''s, else the deployment''s, else the source''s'),
        ('recordings', 'Searchable recordings'),
        ('segments', 'Segments'),
        ('hours', 'Hours of sound in them'),
        ('first_recording', 'Start of the first recording'),
        ('last_recording', 'Start of the last recording'),
        ('state', 'What became of the recording: discovered, preparing, embedding, searchable, quarantined, duplicate or failed'),
        ('channel', 'What of a multi-channel file is used: mix, or a channel from 1'),
        ('size_bytes', 'Size of the file'),
        ('attempts', 'Attempts that ended in an error since it was found or retried'),
        ('deaths', 'Attempts whose worker died'),
        ('discovered_at', 'When it was found'),
        ('label', 'What was heard'),
        ('annotator', 'Who or what heard it'),
        ('confidence', 'How sure, 0 to 1'),
        ('index', 'Number of the segment in its recording, from 0'),
        ('site_id', 'Id in coro.site'),
        ('recorder_id', 'Id in coro.recorder'),
        ('deployment_id', 'Id in coro.deployment'),
        ('recording_id', 'Id of the recording'),
        ('segment_id', 'Id of the segment'),
        ('label_id', 'Id in coro.label'),
        ('space_id', 'Id in coro.embedding_space'),
        ('ledger_id', 'Id, in the order in which attempts began')
      ) as common(attname, description) on common.attname = a.attname
      left join (values
        ('sites', 'latitude', 'Degrees north'),
        ('sites', 'longitude', 'Degrees east'),
        ('deployments', 'prefix', 'Keys of the source that begin with this belong to it'),
        ('recordings', 'duration_s', 'Length in seconds'),
        ('recordings', 'segments', 'How many segments it was cut into; null = not prepared'),
        ('recordings', 'reason_code', 'Why it is quarantined or failed: a code'),
        ('recordings', 'reason_message', 'The same as a sentence'),
        ('recordings', 'started_at', 'When it begins, as an instant'),
        ('recordings', 'time_source', 'Where the start comes from (audiomoth, guano, filename, ...), or none'),
        ('recordings', 'time_confidence', 'How far the start can be trusted, 0 to 1'),
        ('recordings', 'claimed_at', 'The start that it claims itself, where its clock was corrected; else null'),
        ('recordings', 'utc_offset_min', 'Minutes east of UTC at the recorder; null = not known'),
        ('recordings', 'format', 'Container format'),
        ('recordings', 'sample_rate_hz', 'Samples a second, in the file'),
        ('recordings', 'channels', 'Channels in the file'),
        ('recordings', 'bits_per_sample', 'Bits of a sample, in the file'),
        ('recordings', 'warnings', 'What was odd about the file: a list of code and message'),
        ('recordings', 'conflicts', 'What its header, name and path contradict each other about'),
        ('recordings', 'battery_v', 'Voltage of the recorder''s battery, where the file says it'),
        ('recordings', 'temperature_c', 'Temperature in degrees Celsius, where the file says it'),
        ('recordings', 'duplicate_of', 'The recording with the same bytes that counts'),
        ('recordings', 'sha256', 'Hash of the file, hexadecimal'),
        ('recordings', 'changed_at', 'When its state last changed'),
        ('recorders', 'last_site', 'Site of its last recording'),
        ('recorders', 'last_heard', 'End of its last recording, by its own clock'),
        ('recorders', 'last_battery_v', 'Voltage of its battery then, where the file says it'),
        ('recorders', 'last_arrival', 'When a recording of it was last found'),
        ('recorders', 'recordings', 'Its recordings, without duplicates'),
        ('recorders', 'unusable', 'Those of them that are quarantined or failed'),
        ('segments', 'sun', 'night, dawn, day or dusk (civil twilight), from the site''s coordinates'),
        ('segments', 'silent', 'Nothing is heard in it in the active space: it has no vector'),
        ('segments', 'labels', 'Labels that cover it'),
        ('segment_labels', 'start_s', 'The label''s begin; null = the whole recording'),
        ('segment_labels', 'end_s', 'The label''s end'),
        ('labels', 'start_s', 'Heard from here, in seconds from the recording''s start; null = somewhere in the recording'),
        ('labels', 'end_s', 'Heard up to here; the same as start_s = at that moment'),
        ('labels', 'origin', 'The file that it was imported from'),
        ('activity', 'local_hour', 'The hour, by the clock at the site'),
        ('activity', 'hour', 'Its number in the day, 0 to 23'),
        ('activity', 'recorders', 'Recorders that recorded in it'),
        ('activity', 'recordings', 'Recordings that lie in it, whole or in part'),
        ('activity', 'segments', 'Segments that begin in it'),
        ('activity', 'sounding', 'Those of them in which something is heard (not silent in the active space)'),
        ('activity', 'minutes', 'Minutes of sound in its segments'),
        ('spaces', 'space', 'Name of the embedding space'),
        ('spaces', 'active', 'Searches that name no space use it'),
        ('spaces', 'model', 'The network'),
        ('spaces', 'variant', 'raw or denoised audio'),
        ('spaces', 'dimension', 'Numbers in a vector'),
        ('spaces', 'element', 'pgvector''s type of the vectors'),
        ('spaces', 'vectors', 'Segments with a vector'),
        ('spaces', 'silent', 'Segments without one, since nothing is heard in them'),
        ('spaces', 'has_index', 'Whether its HNSW index is there'),
        ('spaces', 'vector_table', 'Table of its vectors: segment_id, e'),
        ('spaces', 'kept_filled', 'Whether new recordings go into it'),
        ('spaces', 'window_s', 'Length of a segment, in seconds'),
        ('spaces', 'hop_s', 'From one segment''s start to the next, in seconds'),
        ('spaces', 'created_at', 'When it was made'),
        ('ingestion_ledger', 'started_at', 'When the attempt began'),
        ('ingestion_ledger', 'stage', 'prepare (read, denoise, cut) or embed'),
        ('ingestion_ledger', 'attempt', 'Number of the attempt at this stage, from 1'),
        ('ingestion_ledger', 'outcome', 'done, quarantined, duplicate, failed, waiting, died or superseded; null = it runs'),
        ('ingestion_ledger', 'code', 'Why it was not done: a code'),
        ('ingestion_ledger', 'message', 'The same as a sentence'),
        ('ingestion_ledger', 'seconds', 'How long it took'),
        ('ingestion_ledger', 'worker', 'Machine and process that made it'),
        ('ingestion_ledger', 'details', 'Counts, bytes and times of the attempt'),
        ('ingestion_ledger', 'state', 'State of the recording now'),
        ('quarantine', 'code', 'Why: a code, which docs/operating.md says what to do about'),
        ('quarantine', 'reason', 'Why: a sentence'),
        ('quarantine', 'since', 'When it was set aside')
      ) as special(relname, attname, description) on special.relname = c.relname and special.attname = a.attname
     where c.relnamespace = 'coro'::regnamespace and c.relkind = 'v' and c.relname <> 'active_embedding'
  loop
    execute format('comment on column coro.%I.%I is %L', described.relname, described.attname, described.description);
  end loop;
end $$;
