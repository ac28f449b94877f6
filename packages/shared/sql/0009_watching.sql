-- Watching for years: sweeps that go on where they were cut off, objects that went, came back or moved, and sources that are
-- declared over the API.

-- 'deleted': a completed sweep confirmed that its object is not in the source any more. Its segments are marked as deleted;
-- until they are swept it comes back whole.
alter table coro.recording drop constraint recording_state_check;
alter table coro.recording add constraint recording_state_check check (state in
  ('discovered', 'preparing', 'embedding', 'searchable', 'quarantined', 'duplicate', 'failed', 'superseded', 'imported',
   'deleted'));
alter table coro.recording
  -- when a sweep found it new, changed or back: a page that was listed before says nothing about it
  add column seen_at timestamptz not null default now(),
  -- not in the source when it was last looked for; only a completed sweep makes it 'deleted'
  add column missing_since timestamptz,
  -- number of the last sweep of its source that missed it
  add column missing_sweep bigint;
-- S3 lists keys in the order of their UTF-8 bytes, whatever the database's own order is; who looks for a key says
-- `collate "C"` too. One index for that and for uniqueness: a second one costs a sweep a sixth of its writing.
create unique index recording_key on coro.recording (source_id, key collate "C", version collate "C");
alter table coro.recording drop constraint recording_source_id_key_version_key;
create index recording_missing on coro.recording (source_id, missing_sweep) where missing_sweep is not null;

alter table coro.source
  add column origin text not null default 'file' check (origin in ('file', 'api')),
  -- the whole declaration; credentials by reference, never themselves
  add column declared jsonb,
  add column declared_at timestamptz not null default now(),
  add column removed_at timestamptz,
  -- files of the last sweep that are no recordings by their names, or hidden
  add column last_sweep_passed_over bigint,
  add column sweep_number bigint not null default 0,
  add column sweep_started_at timestamptz,
  -- its declaration has changed: recordings up to this id have been placed again
  add column placing_from bigint;

-- Where a site's zone comes from a deployment, a corrected deployment corrects it.
alter table coro.site add column zone_derived boolean not null default false;
update coro.site t set zone_derived = true
 where exists (select from coro.deployment d where d.site_id = t.id and d.time_zone = t.time_zone);

-- The parts of the running sweep of a source, each with the last key of its last committed page.
create table coro.sweep_part (
  source_id bigint not null references coro.source on delete cascade,
  sweep bigint not null,
  prefix text not null,
  flat boolean not null,
  after_key text not null default '',
  objects bigint not null default 0,
  passed_over bigint not null default 0,
  done boolean not null default false,
  committed_at timestamptz not null default now(),
  primary key (source_id, prefix, flat)
);

-- What the last sweep of a source could not take in: a folder that may not be read, a link that leads nowhere, a name that is
-- not UTF-8. The sweep goes on without it; a sweep that does not meet it any more deletes the row.
create table coro.sweep_obstacle (
  source_id bigint not null references coro.source on delete cascade,
  -- not that of a recording, and of any length: the hash is the key
  key text not null,
  key_hash bigint generated always as (hashtextextended(key, 0)) stored,
  code text not null,
  message text not null,
  sweep bigint not null,
  first_seen_at timestamptz not null default now(),
  primary key (source_id, key_hash)
);

-- Keys that an event named, until a watcher has looked at them. An event is a hint: one row however often it is told.
create table coro.object_hint (
  source_id bigint not null references coro.source on delete cascade,
  key text not null,
  hinted_at timestamptz not null default clock_timestamp(),
  primary key (source_id, key)
);
create index object_hint_at on coro.object_hint (hinted_at);

-- As before (0006), without recordings whose file has gone.
create or replace view coro.recorders as
select c.name as recorder, last.site as last_site, date_trunc('second', last.ended_at) as last_heard,
       last.battery_v as last_battery_v, date_trunc('second', max(r.discovered_at)) as last_arrival,
       count(r.id) as recordings, round((coalesce(sum(r.duration_s), 0) / 3600)::numeric, 2) as hours,
       count(r.id) filter (where r.state in ('quarantined', 'failed')) as unusable,
       min(r.started_at) as first_recording, c.id as recorder_id
  from coro.recorder c
  left join coro.recording r on r.recorder_id = c.id and r.state not in ('superseded', 'duplicate', 'deleted')
  left join lateral (
    select t.name as site, l.started_at + make_interval(secs => coalesce(l.duration_s, 0)) as ended_at,
           (l.metadata #>> '{device,batteryV}')::real as battery_v
      from coro.recording l left join coro.site t on t.id = l.site_id
     where l.recorder_id = c.id and l.started_at is not null and l.state not in ('superseded', 'duplicate', 'deleted')
     order by l.started_at desc limit 1) last on true
 group by c.id, last.site, last.ended_at, last.battery_v;

comment on column coro.recording.seen_at is 'When it was last found new, changed or back';
comment on column coro.recording.missing_since is 'Since when it is not found in its source; deleted once a completed sweep confirms it';
comment on column coro.recording.missing_sweep is 'Number of the last sweep that missed it';
comment on column coro.recordings.state is 'What became of the recording: discovered, preparing, embedding, searchable, quarantined, duplicate, failed, imported or deleted';
comment on column coro.deployment.prefix is 'Keys of the source that begin with this belong here; or a pattern of keys, with site and recorder filled in';
comment on column coro.deployments.prefix is 'Keys of the source that begin with this belong to it; or a pattern of keys, with site and recorder filled in';
comment on column coro.source.origin is 'Where it is declared: file (the configuration) or api';
comment on column coro.source.declared is 'Its declaration: deployments, time zone, channel, endpoint, reference to credentials, events';
comment on column coro.source.declared_at is 'When its declaration last changed';
comment on column coro.source.removed_at is 'Not watched any more since; null = it is';
comment on column coro.source.last_sweep_passed_over is 'Files of the last sweep that are no recordings by their names, or whose names begin with a dot';
comment on column coro.source.sweep_number is 'Number of the last sweep that began';
comment on column coro.source.sweep_started_at is 'When the running sweep began; null = none runs';
comment on column coro.source.placing_from is 'Its declaration has changed, and recordings up to this id have been placed again; null = all have';
comment on column coro.site.zone_derived is 'The time zone was taken from a deployment, and follows it';
comment on table coro.sweep_part is 'Parts of the running sweep of a source, and how far each has come';
comment on column coro.sweep_part.source_id is 'coro.source';
comment on column coro.sweep_part.sweep is 'Number of the sweep';
comment on column coro.sweep_part.prefix is 'Keys that begin with this';
comment on column coro.sweep_part.flat is 'Only objects directly below the prefix: the folders are parts of their own';
comment on column coro.sweep_part.after_key is 'Last key of the last committed page';
comment on column coro.sweep_part.objects is 'Recordings listed so far';
comment on column coro.sweep_part.passed_over is 'Files passed over so far: no recordings by their names, or hidden';
comment on column coro.sweep_part.done is 'Listed to its end';
comment on column coro.sweep_part.committed_at is 'When its last page was committed';
comment on table coro.sweep_obstacle is 'What the last sweep of a source could not take in, and why';
comment on column coro.sweep_obstacle.source_id is 'coro.source';
comment on column coro.sweep_obstacle.key is 'Path below the source; a folder ends with /';
comment on column coro.sweep_obstacle.key_hash is 'Hash of the key';
comment on column coro.sweep_obstacle.code is 'FOLDER_DENIED, FILE_DENIED, UNREADABLE, LINK_BROKEN, LINK_TO_FOLDER, NAME_NOT_UTF8, NAME_TOO_LONG or NOT_A_FILE';
comment on column coro.sweep_obstacle.message is 'What it is, in a sentence';
comment on column coro.sweep_obstacle.sweep is 'Number of the last sweep that met it';
comment on column coro.sweep_obstacle.first_seen_at is 'Since when sweeps meet it';
comment on table coro.object_hint is 'Keys that events named and no watcher has looked at yet';
comment on column coro.object_hint.source_id is 'coro.source';
comment on column coro.object_hint.key is 'Path below the source';
comment on column coro.object_hint.hinted_at is 'When the last event named it';
comment on column coro.ledger.stage is 'prepare, embed, or watch (what became of its object)';
comment on column coro.ledger.outcome is 'done, quarantined, duplicate, moved, same bytes, failed, waiting or died; of watch: superseded, deleted, restored, moved or placed; null = it runs';
