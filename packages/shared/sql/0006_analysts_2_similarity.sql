-- Similarity for analysts, over coro.nearest. Results are of named types, so that parameters may have the names of columns
-- (site => 'lagoa'). A vector goes from function to function as a value, whatever a space's table holds: one that is selected
-- beside the comparison would be unpacked again for each row where it is TOASTed.

-- Whoever is no superuser may name HNSW's settings in a function once pgvector's library is loaded.
do $$ begin perform '[1]'::vector; end $$;

create type coro.neighbour as (
  rank integer, similarity real, segment_id bigint, site text, recorder text, local_time timestamp, night date, key text,
  start_s double precision, end_s double precision, starts_at timestamptz, recording_id bigint
);

create type coro.neighbour_of as (
  of_segment bigint, rank integer, similarity real, segment_id bigint, site text, recorder text, local_time timestamp,
  night date, key text, start_s double precision, end_s double precision, starts_at timestamptz, recording_id bigint
);

create type coro.similar_pair as (
  similarity real, segment_id bigint, other_segment_id bigint, site text, other_site text, recorder text,
  other_recorder text, local_time timestamp, other_local_time timestamp, key text, other_key text,
  start_s double precision, other_start_s double precision, recording_id bigint, other_recording_id bigint
);

-- The space of that name, or the active one.
create function coro.space_named(space text) returns coro.embedding_space language plpgsql stable parallel safe as $$
declare
  found coro.embedding_space;
begin
  select * into found from coro.embedding_space p where case when space is null then p.active else p.name = space end;
  if found.id is null then
    perform coro.refuse('SPACE_UNKNOWN',
      case when space is null then 'No embedding space is active.' else format('There is no embedding space "%s".', space) end,
      'select space, active from coro.spaces;');
  end if;
  return found;
end $$;

-- The filter of the functions' named parameters and of their jsonb, with the same names as over HTTP and by command.
create function coro.filter_of(
  site text, recorder text, deployment text, label text, from_time text, to_time text, hours text, months text, sun text,
  filter jsonb
) returns jsonb language sql immutable parallel safe as $$
  select coalesce(filter, '{}') || jsonb_strip_nulls(jsonb_build_object(
    'site', site, 'recorder', recorder, 'deployment', deployment, 'label', label, 'from', from_time, 'to', to_time,
    'hours', hours, 'months', months, 'sun', sun))
$$;

-- What a person wants to know of the k nearest of a space (coro.nearest), most similar first; `itself` is left out. exact: null =
-- as the planner decides. The join is planned once a session: planning it costs more than running it.
create function coro.similar(
  space coro.embedding_space, query vector, k integer, exact boolean, filter jsonb, ef integer, itself bigint default null
) returns setof coro.neighbour language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
  found record;
begin
  if k is null or k < 1 or k > 1000 then
    perform coro.refuse('SEARCH_INVALID', 'k must be from 1 to 1000.');
  elsif query is null then
    perform coro.refuse('VECTOR_INVALID', 'There is no vector to search by.');
  elsif vector_dims(query) <> space.dimension then
    perform coro.refuse('VECTOR_DIMENSION', format('The vector has %s numbers; the space %s has %s.',
      vector_dims(query), space.name, space.dimension), 'Vectors compare with those of the same network alone.');
  elsif vector_norm(query) = 0 then
    perform coro.refuse('VECTOR_INVALID', 'The vector is all zeros.');
  end if;
  found := coro.nearest(space.id, query, k + (itself is not null)::integer,
    case exact when true then 'exact' when false then 'hnsw' else 'auto' end, ef, filter, itself);
  return query
    select n.rank::integer, n.similarity::real, s.segment_id, s.site, s.recorder, s.local_time, s.night, s.key, s.start_s,
           s.end_s, s.starts_at, s.recording_id
      from (select f.segment_id, f.similarity, row_number() over (order by f.place) as rank
              from rows from (unnest(found.segment_ids), unnest(found.similarities)) with ordinality
                     as f(segment_id, similarity, place)
             where f.segment_id is distinct from itself) n
      join coro.segments s on s.segment_id = n.segment_id
     where n.rank <= k
     order by n.rank;
end $$;

-- A segment's vector; refuses one that is not there, or silent.
create function coro.vector_of(space coro.embedding_space, segment bigint) returns vector language plpgsql stable as $$
declare
  found vector;
begin
  execute format('select e::vector from coro.embedding_%s where segment_id = $1', space.id) using segment into found;
  if found is null then
    if not exists (select from coro.segment s where s.id = segment) then
      perform coro.refuse('SEGMENT_UNKNOWN', format('There is no segment %s.', coalesce(segment::text, 'null')));
    elsif exists (select from coro.silent_segment q where q.segment_id = segment and q.space_id = space.id) then
      perform coro.refuse('SEGMENT_SILENT', format('Segment %s is silent: it has no vector in %s.', segment, space.name));
    end if;
    perform coro.refuse('SEGMENT_NOT_EMBEDDED', format('Segment %s has no vector in %s (yet).', segment, space.name));
  end if;
  return found;
end $$;

-- The k segments most similar to one, without itself, most similar first.
create function coro.similar_segments(
  segment bigint, k integer default 10, exact boolean default null,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, other_recordings boolean default false, filter jsonb default '{}', space text default null,
  ef integer default null
) returns setof coro.neighbour language plpgsql as $$
declare
  of_space coro.embedding_space := coro.space_named(space);
  conditions jsonb := coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter);
begin
  if other_recordings then
    conditions := conditions || jsonb_build_object('notRecording',
      (select jsonb_agg(s.recording_id) from coro.segment s where s.id = segment) || coalesce(conditions -> 'notRecording', '[]'));
  end if;
  return query
    select * from coro.similar(of_space, coro.vector_of(of_space, segment), k, exact, conditions, ef, segment);
end $$;

-- The k segments most similar to a vector: one of pgvector's, an array, or '[0.1, 0.2, ...]' as text.
do $$
declare
  form record;
begin
  for form in select * from (values
    ('vector', 'embedding'), ('halfvec', 'embedding::vector'), ('double precision[]', 'embedding::vector'),
    ('text', 'embedding::vector')) as one(type, as_vector)
  loop
    execute format($function$
      create function coro.similar_to(
        embedding %s, k integer default 10, exact boolean default null,
        site text default null, recorder text default null, deployment text default null, label text default null,
        from_time text default null, to_time text default null, hours text default null, months text default null,
        sun text default null, filter jsonb default '{}', space text default null, ef integer default null
      ) returns setof coro.neighbour language sql as $body$
        select * from coro.similar(coro.space_named(space), %s, k, exact,
          coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter), ef)
      $body$ $function$, form.type, form.as_vector);
    execute format('comment on function coro.similar_to(%s, integer, boolean, text, text, text, text, text, text, text, text,
      text, jsonb, text, integer) is %L', form.type,
      'Segments that sound like a vector (vector, halfvec, array, or text ''[0.1, ...]''): select * from similar_to(''[...]'', 10)');
  end loop;
end $$;

-- The neighbours of each of a set of segments, or of each segment of a recording; silent ones have none.
create function coro.segment_neighbours(
  segments bigint[] default null, recording bigint default null, k integer default 5, exact boolean default null,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, other_recordings boolean default true, filter jsonb default '{}', space text default null,
  ef integer default null
) returns setof coro.neighbour_of language plpgsql as $$
declare
  of_space coro.embedding_space := coro.space_named(space);
  conditions jsonb := coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter);
  one record;
begin
  if (segments is null) = (recording is null) then
    perform coro.refuse('SEARCH_INVALID', 'Say which segments: either segments => array[...], or recording => id.');
  end if;
  for one in execute format(
    'select s.id, s.recording_id, e.e::vector as query from coro.segment s join coro.embedding_%s e on e.segment_id = s.id
      where s.id = any($1) or s.recording_id = $2 order by array_position($1, s.id), s.id', of_space.id)
    using segments, recording
  loop
    return query
      select one.id, n.* from coro.similar(of_space, one.query, k, exact,
        case when other_recordings then conditions || jsonb_build_object('notRecording',
          jsonb_build_array(one.recording_id) || coalesce(conditions -> 'notRecording', '[]')) else conditions end, ef, one.id) n;
  end loop;
end $$;

-- Pairs of segments of different recordings that are at least so similar, each pair once. Up to 2,000 segments every pair is
-- compared (2 million, some seconds); above, the index gives each segment's `candidates` nearest (some milliseconds a
-- segment), so that of a sound that is there more often than that only the closest copies are paired. With a filter, one of
-- the two passes it. Steps are materialized: the planner would look for the neighbours of every segment, and filter them then.
create function coro.near_duplicates(
  threshold real default 0.95, exact boolean default null, candidates integer default 10,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, filter jsonb default '{}', space text default null
) returns setof coro.similar_pair language plpgsql
set hnsw.iterative_scan = 'relaxed_order'
set hnsw.ef_search = 100
set hnsw.max_scan_tuples = 200000
set enable_seqscan = on
set jit = off
as $$
declare
  few constant bigint := 2000;
  of_space coro.embedding_space := coro.space_named(space);
  conditions jsonb := coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter);
  is_filtered boolean := conditions <> '{}';
  asked bigint[] := case when is_filtered then array(select m.segment_id from coro.matching_segments(conditions) m) end;
  live constant text := 'not exists (select from coro.deleted_segment x where x.segment_id = e.segment_id)';
begin
  if exact is null then
    exact := not exists (
      select from pg_index where indexrelid = to_regclass(format('coro.embedding_%s_hnsw', of_space.id)) and indisvalid)
      or (select coalesce(sum(a.embedded), 0) <= few from coro.recording_space a where a.space_id = of_space.id);
  end if;
  if not exact then
    perform set_config('enable_seqscan', 'off', true);
  end if;
  return query execute format(
    'with live as (
       select e.segment_id, e.e, s.recording_id from coro.embedding_%1$s e join coro.segment s on s.id = e.segment_id where %2$s
     ), asked as materialized (
       select * from live where $1 is null or segment_id = any($1)
     ), found as materialized (%3$s
     ), pairs as materialized (
       select distinct on (1, 2) least(one, other) as first, greatest(one, other) as second, distance
         from found where distance <= 1 - $2::double precision order by 1, 2, 3
     )
     select (1 - p.distance)::real, a.segment_id, b.segment_id, a.site, b.site, a.recorder, b.recorder, a.local_time,
            b.local_time, a.key, b.key, a.start_s, b.start_s, a.recording_id, b.recording_id
       from pairs p join coro.segments a on a.segment_id = p.first join coro.segments b on b.segment_id = p.second
      order by p.distance, a.segment_id, b.segment_id',
    of_space.id, live,
    case when exact then format('
       select a.segment_id as one, b.segment_id as other, cosine_distance(a.e, b.e) as distance
         from asked a join live b on b.recording_id <> a.recording_id %s
        where cosine_distance(a.e, b.e) <= 1 - $2::double precision',
        case when is_filtered then '' else 'and b.segment_id > a.segment_id' end)
    else format('
       select a.segment_id as one, b.segment_id as other, b.distance
         from asked a cross join lateral (
           select e.segment_id, e.e <=> a.e as distance from coro.embedding_%1$s e join coro.segment s on s.id = e.segment_id
            where s.recording_id <> a.recording_id and %2$s order by e.e <=> a.e limit $3) b', of_space.id, live) end)
    using asked, threshold, candidates;
end $$;

comment on type coro.neighbour is 'A segment that a search found; columns as in coro.segments';
comment on type coro.neighbour_of is 'A neighbour of one of several segments';
comment on type coro.similar_pair is 'Two segments that are alike; columns as in coro.segments, other_ for the second';
do $$
declare
  of_type text;
  described record;
begin
  foreach of_type in array array['neighbour', 'neighbour_of', 'similar_pair'] loop
    for described in
      select a.attname, coalesce(special.description,
             case when starts_with(a.attname, 'other_') then 'Of the other one: ' else '' end || common.description) as description
        from pg_attribute a
        left join (values
          ('of_segment', 'The segment whose neighbour it is'),
          ('rank', '1 = the most similar'),
          ('similarity', 'Cosine of the two vectors, -1 to 1')) as special(attname, description) on special.attname = a.attname
        left join (select s.attname, col_description(s.attrelid, s.attnum) as description from pg_attribute s
                    where s.attrelid = 'coro.segments'::regclass) as common on common.attname = regexp_replace(a.attname, '^other_', '')
       where a.attrelid = format('coro.%I', of_type)::regclass and a.attnum > 0
    loop
      execute format('comment on column coro.%I.%I is %L', of_type, described.attname, described.description);
    end loop;
  end loop;
end $$;

comment on function coro.space_named is 'Internal: a space by name, or the active one';
comment on function coro.filter_of is 'Internal: a filter of named parameters';
comment on function coro.similar is 'Internal: the k nearest of a space with what a person wants to know of them';
comment on function coro.vector_of is 'Internal: a segment''s vector';
comment on function coro.similar_segments is
  'Segments that sound like one (itself left out): select * from similar_segments(42, 10, site => ''lagoa'', sun => ''night'')';
comment on function coro.segment_neighbours is
  'Neighbours of each of a set: select * from segment_neighbours(array[41, 42], k => 3), or (recording => 7, k => 3)';
comment on function coro.near_duplicates is
  'Pairs of segments of different recordings that are almost the same: select * from near_duplicates(0.98)';

-- What there is for analysts, by the comments on it: select * from coro.help.
create view coro.help as
select 'view' as kind, c.relname::text as name, obj_description(c.oid, 'pg_class') as what
  from pg_class c where c.relnamespace = 'coro'::regnamespace and c.relkind = 'v'
union
select 'function', p.proname::text, obj_description(p.oid, 'pg_proc')
  from pg_proc p where p.pronamespace = 'coro'::regnamespace and obj_description(p.oid, 'pg_proc') not like 'Internal%'
 order by 1 desc, 2;
comment on view coro.help is 'This list';
comment on column coro.help.kind is 'view or function';
comment on column coro.help.name is 'Its name in the schema coro';
comment on column coro.help.what is 'What it is for, as its comment says';
