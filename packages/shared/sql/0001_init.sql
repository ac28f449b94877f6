-- Coro's first schema: where recordings come from, what became of each, their segments, and the embedding spaces.
-- Vectors live in one narrow table per space, made by create_embedding_space(): updating another column of a row in an
-- HNSW-indexed table would cost a graph insertion.

create extension if not exists vector;

create table coro.site (
  id bigint generated always as identity primary key,
  name text not null unique,
  time_zone text,
  latitude double precision,
  longitude double precision
);

create table coro.recorder (
  id bigint generated always as identity primary key,
  name text not null unique
);

create table coro.source (
  id bigint generated always as identity primary key,
  url text not null unique,
  name text,
  time_zone text,
  last_sweep_at timestamptz,
  last_sweep_objects bigint,
  last_sweep_error text
);

create table coro.deployment (
  id bigint generated always as identity primary key,
  source_id bigint not null references coro.source,
  prefix text not null,
  site_id bigint not null references coro.site,
  recorder_id bigint references coro.recorder,
  time_zone text,
  unique (source_id, prefix)
);

create table coro.recording (
  id bigint generated always as identity primary key,
  source_id bigint not null references coro.source,
  key text not null,
  version text not null,
  size_bytes bigint not null,
  modified_at timestamptz not null,
  deployment_id bigint references coro.deployment,
  site_id bigint references coro.site,
  recorder_id bigint references coro.recorder,
  state text not null default 'discovered' check (state in
    ('discovered', 'preparing', 'embedding', 'searchable', 'quarantined', 'duplicate', 'failed', 'superseded')),
  reason_code text,
  reason_message text,
  sha256 bytea,
  duplicate_of bigint references coro.recording,
  format text,
  codec text,
  sample_rate_hz integer,
  channels integer,
  bits_per_sample integer,
  duration_s double precision,
  started_at timestamptz,
  utc_offset_min integer,
  time_source text not null default 'none',
  time_confidence real not null default 0,
  metadata jsonb not null default '{}',
  warnings jsonb not null default '[]',
  prepared_prefix text,
  -- where the samples begin in the prepared files: 44, or 80 beyond 4 GiB
  prepared_offset integer,
  segment_count integer,
  -- attempts that ended in an error, and attempts whose worker died, since the recording was discovered or retried
  attempts integer not null default 0,
  deaths integer not null default 0,
  discovered_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  unique (source_id, key, version)
);
create index recording_state on coro.recording (state, id);
create index recording_started on coro.recording (started_at);
create index recording_site on coro.recording (site_id, recorder_id);

-- Which recording owns a content: the first one with that hash. The primary key decides races.
create table coro.content (
  sha256 bytea primary key,
  recording_id bigint not null references coro.recording on delete cascade
);

create table coro.segment (
  id bigint generated always as identity primary key,
  recording_id bigint not null references coro.recording on delete cascade,
  index integer not null,
  start_s double precision not null,
  end_s double precision not null,
  unique (recording_id, index)
);

create table coro.embedding_space (
  id bigint generated always as identity primary key,
  name text not null unique,
  model text not null,
  model_sha256 text not null,
  variant text not null check (variant in ('raw', 'denoised')),
  front_end jsonb not null,
  -- sha256 over model, weights, front end and variant: two spaces compare only where this is equal
  identity text not null,
  dimension integer not null,
  element text not null check (element in ('vector', 'halfvec')),
  window_s double precision not null,
  hop_s double precision not null,
  active boolean not null default false,
  -- kept filled: every prepared recording owes it its segments
  wanted boolean not null default true,
  -- an HNSW index that was asked for, and dropped for the time of a large ingest
  index_wanted boolean not null default false,
  created_at timestamptz not null default now()
);
create unique index embedding_space_active on coro.embedding_space (active) where active;

-- What each recording still owes each space.
create table coro.recording_space (
  recording_id bigint not null references coro.recording on delete cascade,
  space_id bigint not null references coro.embedding_space,
  embedded integer not null default 0,
  silent integer not null default 0,
  attempts integer not null default 0,
  done_at timestamptz,
  primary key (recording_id, space_id)
);
create index recording_space_open on coro.recording_space (space_id, recording_id) where done_at is null;

-- Silence would be everyone's neighbour: such segments have no vector, and count as done.
create table coro.silent_segment (
  segment_id bigint not null references coro.segment on delete cascade,
  space_id bigint not null references coro.embedding_space,
  primary key (segment_id, space_id)
);

create table coro.ledger (
  id bigint generated always as identity primary key,
  recording_id bigint not null references coro.recording on delete cascade,
  stage text not null,
  attempt integer not null,
  worker text not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome text,
  code text,
  message text,
  details jsonb not null default '{}'
);
create index ledger_recording on coro.ledger (recording_id, id);
create index ledger_open on coro.ledger (started_at) where ended_at is null;

-- Make the narrow table of one space and return the space's id.
-- plain storage: a vector over 2 kB would go to TOAST and be 3 to 7 times slower to compare; beyond what fits a page
-- (8,000 bytes) it has to go there. On a server the HNSW index is there from the start; halfvec has one up to 4,000
-- dimensions and vector up to 2,000, beyond is exact search only.
create function coro.create_embedding_space(
  p_name text, p_model text, p_model_sha256 text, p_variant text, p_front_end jsonb, p_identity text,
  p_dimension integer, p_element text, p_window_s double precision, p_hop_s double precision,
  p_active boolean, p_with_index boolean
) returns bigint language plpgsql as $$
declare
  new_id bigint;
  bytes integer := 8 + p_dimension * (case p_element when 'halfvec' then 2 else 4 end);
begin
  insert into coro.embedding_space
    (name, model, model_sha256, variant, front_end, identity, dimension, element, window_s, hop_s, active, index_wanted)
  values
    (p_name, p_model, p_model_sha256, p_variant, p_front_end, p_identity, p_dimension, p_element, p_window_s, p_hop_s,
     p_active, p_with_index)
  returning id into new_id;
  execute format(
    'create table coro.embedding_%s (
       segment_id bigint primary key references coro.segment on delete cascade,
       e %s(%s) not null
     ) with (toast_tuple_target = 8160)', new_id, p_element, p_dimension);
  if bytes <= 8000 then
    execute format('alter table coro.embedding_%s alter column e set storage plain', new_id);
  end if;
  if p_with_index and p_dimension <= (case p_element when 'halfvec' then 4000 else 2000 end) then
    execute format('create index embedding_%s_hnsw on coro.embedding_%s using hnsw (e %s_cosine_ops)',
      new_id, new_id, p_element);
  end if;
  return new_id;
end $$;

comment on schema coro is 'Coro: semantic search over soundscapes';
comment on table coro.recording is 'One version of one object of a source, and what became of it';
comment on table coro.segment is 'A 5 s window of a recording, [start_s, end_s) in seconds from its start';
comment on table coro.embedding_space is 'A model, a front end and a variant; its vectors are in coro.embedding_<id>';
comment on table coro.ledger is 'Every attempt of every stage on every recording';
