-- Jobs that run for years: the order of the backlog, what holds it up (pauses, outages, a person's cancelling), who works,
-- and whose fault it is when a worker dies.

-- `cancelled`: taken out of the backlog by a person, until it is restored; `deleted` is the watcher's.
alter table coro.recording drop constraint recording_state_check;
alter table coro.recording add constraint recording_state_check check (state in
  ('discovered', 'preparing', 'embedding', 'searchable', 'quarantined', 'duplicate', 'failed', 'superseded', 'imported',
   'deleted', 'cancelled'));

-- Before it is prepared a recording's own start is not known: its name says it (named_at, its clock read as UTC), or else its
-- file's time (of an object: when it was uploaded). None can have begun after it was found, whatever its clock says.
alter table coro.recording add column named_at timestamptz;
update coro.recording
   set named_at = (make_date(m[1]::integer, m[2]::integer, 1) + (m[3]::integer - 1)
                   + make_interval(hours => m[4]::integer, mins => m[5]::integer, secs => m[6]::integer)) at time zone 'UTC'
  from (select id, regexp_match(key,
          '(?:^|[^0-9])((?:19|20)[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[-_T]([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])[^/]*$')
               as m
          from coro.recording where state in ('discovered', 'preparing', 'failed')) named
 where named.id = recording.id and m is not null;
alter table coro.recording
  add column recorded_about timestamptz not null generated always as
    (least(coalesce(started_at, named_at, modified_at), discovered_at)) stored,
  -- not to be taken up before: an attempt failed, or what it needs was away
  add column due_at timestamptz,
  -- attempts whose worker died while it had other recordings in hand too: anyone's fault
  add column shared_deaths integer not null default 0;

-- The backlog in its order, a source at a time. The dispatcher's conditions are these, word for word.
create index recording_to_prepare on coro.recording (source_id, recorded_about desc, id)
  where state in ('discovered', 'preparing') or (state = 'failed' and segment_count is null);
create index recording_to_embed on coro.recording (source_id, recorded_about desc, id)
  where state = 'embedding' or (state = 'failed' and segment_count is not null);

-- A source whose storage does not answer is left alone for growing times, and the others go on.
alter table coro.source
  add column held_until timestamptz,
  add column hold_since timestamptz,
  add column hold_failures integer not null default 0,
  add column hold_code text,
  add column hold_message text;

create table coro.pause (
  id bigint generated always as identity primary key,
  -- null = every source
  source_id bigint references coro.source on delete cascade,
  -- null = every stage
  stage text check (stage in ('prepare', 'embed')),
  reason text,
  paused_by text,
  paused_at timestamptz not null default now(),
  unique nulls not distinct (source_id, stage)
);

-- A stage that has stopped taking jobs in one worker, because what all of them need is away.
create table coro.stage_hold (
  stage text not null,
  worker text not null,
  since timestamptz not null default now(),
  until_at timestamptz not null,
  failures integer not null,
  code text not null,
  message text not null,
  primary key (stage, worker)
);

-- Who works. An attempt that never ended, of a worker that has not been seen for a while, is a death.
create table coro.worker (
  id text primary key,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  prepare_threads integer not null default 0,
  embed_threads integer not null default 0,
  rss_mb integer,
  -- ledger id -> the step that its attempt was in
  doing jsonb not null default '{}'
);

drop index coro.ledger_open;
create index ledger_open on coro.ledger (recording_id, worker) where ended_at is null;

comment on column coro.recording.state is
  'discovered, preparing, embedding, searchable, quarantined, duplicate, failed, superseded, imported, deleted or cancelled';
comment on column coro.recording.named_at is 'The instant that its file''s name tells, its clock read as UTC; only to order the backlog';
comment on column coro.recording.recorded_about is 'About when it was recorded: its start, else what its name says, else the file''s time; orders the backlog';
comment on column coro.recording.due_at is 'Not to be taken up again before; null = at once';
comment on column coro.recording.deaths is 'Attempts whose worker died while it had nothing else in hand';
comment on column coro.recording.shared_deaths is 'Attempts whose worker died while it had other recordings in hand too';
comment on column coro.source.held_until is 'Its storage did not answer: it is left alone until then; null = it answers';
comment on column coro.source.hold_since is 'Since when its storage does not answer';
comment on column coro.source.hold_failures is 'How often in a row its storage did not answer';
comment on column coro.source.hold_code is 'What its storage answered last: a code';
comment on column coro.source.hold_message is 'The same as a sentence';
comment on table coro.pause is 'Work that a person has paused: of a source, of a stage, or both';
comment on column coro.pause.id is 'Id';
comment on column coro.pause.source_id is 'coro.source; null = every source';
comment on column coro.pause.stage is 'prepare or embed; null = both';
comment on column coro.pause.reason is 'Why';
comment on column coro.pause.paused_by is 'Who paused it';
comment on column coro.pause.paused_at is 'Since when';
comment on table coro.stage_hold is 'Stages that take no jobs in a worker for a while, because what all jobs need is away';
comment on column coro.stage_hold.stage is 'prepare or embed';
comment on column coro.stage_hold.worker is 'coro.worker';
comment on column coro.stage_hold.since is 'Since when';
comment on column coro.stage_hold.until_at is 'When it is tried again';
comment on column coro.stage_hold.failures is 'How often in a row it was in vain';
comment on column coro.stage_hold.code is 'What is away: a code';
comment on column coro.stage_hold.message is 'The same as a sentence';
comment on table coro.worker is 'Processes that prepare or embed';
comment on column coro.worker.id is 'Machine, process and a random part, as in the ledger';
comment on column coro.worker.started_at is 'When it started';
comment on column coro.worker.seen_at is 'When it last said that it lives';
comment on column coro.worker.prepare_threads is 'Recordings that it prepares at once';
comment on column coro.worker.embed_threads is 'Batches that it embeds at once';
comment on column coro.worker.rss_mb is 'Memory that it held then, in MB';
comment on column coro.worker.doing is 'What it had in hand then: ledger id to step';
comment on column coro.ingestion_ledger.stage is 'prepare (read, denoise, cut), embed, person (somebody retried, cancelled or restored it), or watch (a sweep found it changed)';
comment on column coro.recordings.state is 'What became of the recording: discovered, preparing, embedding, searchable, quarantined, duplicate, failed, imported, deleted or cancelled';
