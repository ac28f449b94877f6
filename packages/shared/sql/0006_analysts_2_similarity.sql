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

create type coro.plan as (
  mode text, complete boolean, candidates bigint, candidates_exact boolean, ef integer, found bigint, without_start bigint,
  without_coordinates bigint, says text, space text
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
      'coro.spaces lists them: select space, active from coro.spaces;');
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

-- Refuse what no search can answer.
create function coro.check_search(space coro.embedding_space, query vector, k integer, ef integer)
returns void language plpgsql immutable parallel safe as $$
begin
  if coalesce(k not between 1 and 1000, true) then
    perform coro.refuse('SEARCH_INVALID', 'k must be from 1 to 1000.', 'coro.matches() and matches_to() return all above a similarity.');
  elsif ef not between 1 and 1000 then
    perform coro.refuse('SEARCH_INVALID', 'ef must be from 1 to 1000.');
  elsif query is null then
    perform coro.refuse('VECTOR_INVALID', 'There is no vector to search by.');
  elsif vector_dims(query) <> space.dimension then
    perform coro.refuse('VECTOR_DIMENSION', format('The vector has %s numbers; the space %s has %s.',
      vector_dims(query), space.name, space.dimension), 'Vectors compare with those of the same network alone.');
  elsif vector_norm(query) = 0 then
    perform coro.refuse('VECTOR_INVALID', 'The vector is all zeros.');
  end if;
end $$;

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
  perform coro.check_search(space, query, k, ef);
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
      perform coro.refuse('SEGMENT_UNKNOWN', case when segment is null then 'Which segment? null is none.' else format('There is no segment %s.', segment) end,
        'coro.segments lists them: select segment_id, site, local_time, key from coro.segments;');
    elsif exists (select from coro.silent_segment q where q.segment_id = segment and q.space_id = space.id) then
      perform coro.refuse('SEGMENT_SILENT', format('Segment %s is silent: it has no vector in %s.', segment, space.name));
    end if;
    perform coro.refuse('SEGMENT_NOT_EMBEDDED', format('Segment %s has no vector in %s (yet).', segment, space.name));
  end if;
  return found;
end $$;

-- Leave out a segment's own recording.
create function coro.without_recording_of(filter jsonb, segment bigint) returns jsonb language sql stable parallel safe as $$
  select filter || jsonb_build_object('notRecording',
    (select jsonb_agg(s.recording_id) from coro.segment s where s.id = segment)
      || coalesce(nullif(filter -> 'notRecording', 'null'), '[]'))
$$;

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
    conditions := coro.without_recording_of(conditions, segment);
  end if;
  return query
    select * from coro.similar(of_space, coro.vector_of(of_space, segment), k, exact, conditions, ef, segment);
end $$;

-- How such a search is answered (it is done for that): whether everything was compared or the index asked, over how many
-- vectors, and whether the answer is certain to be the k nearest.
create function coro.search_plan(
  segment bigint, k integer default 10, exact boolean default null,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, other_recordings boolean default false, filter jsonb default '{}', space text default null,
  ef integer default null
) returns coro.plan language plpgsql as $$
declare
  of_space coro.embedding_space := coro.space_named(space);
  query vector := coro.vector_of(of_space, segment);
  conditions jsonb := coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter);
  found record;
  plan coro.plan;
begin
  perform coro.check_search(of_space, query, k, ef);
  if other_recordings then
    conditions := coro.without_recording_of(conditions, segment);
  end if;
  found := coro.nearest(of_space.id, query, k + 1, case exact when true then 'exact' when false then 'hnsw' else 'auto' end, ef,
    conditions, segment);
  select of_space.name, found.used_mode, found.used_ef, found.candidates, found.candidates_exact, found.complete,
         least(k, cardinality(array_remove(found.segment_ids, segment))), l.without_start, l.without_coordinates
    into plan.space, plan.mode, plan.ef, plan.candidates, plan.candidates_exact, plan.complete, plan.found, plan.without_start,
         plan.without_coordinates
    from coro.filter_left_out(conditions) l;
  plan.says := case plan.mode
    when 'exact' then format('All %s vectors %s were compared: these are the nearest.', plan.candidates,
      case when conditions = '{}' then format('of %s', plan.space) else 'that the filter leaves' end)
    else format('The HNSW index was asked (ef %s), over %s%s vectors: a neighbour may be missing; exact => true compares all.',
      plan.ef, case when plan.candidates_exact then '' else 'about ' end, plan.candidates) end
    || case when plan.without_start > 0
         then format(' %s segments without a known start were left out.', plan.without_start) else '' end
    || case when plan.without_coordinates > 0
         then format(' %s segments of sites without coordinates were left out.', plan.without_coordinates) else '' end;
  return plan;
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
  missing bigint;
begin
  if (segments is null) = (recording is null) then
    perform coro.refuse('SEARCH_INVALID', 'Say which segments: either segments => array[...], or recording => id.',
      'array_agg() over no rows is null: look whether there are any.');
  end if;
  missing := (select u from unnest(segments) u where not exists (select from coro.segment s where s.id = u) limit 1);
  if missing is not null then
    perform coro.refuse('SEGMENT_UNKNOWN', format('There is no segment %s.', missing));
  elsif recording is not null and not exists (select from coro.recording r where r.id = recording) then
    perform coro.refuse('RECORDING_UNKNOWN', format('There is no recording %s.', recording));
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
-- compared (2 million, some seconds). Above, the index is asked for each segment, and says so: of a sound that is there more
-- often than `candidates` times only its closest copies are paired. Most segments have no copy, which a short look tells
-- (the nearest candidates + 20 whatever they are, half the time of a look beyond the own recording); only those whose whole
-- look is as similar as asked are looked up again, beyond their own recording. With a filter, one of the two passes it.
-- Steps are materialized: the planner would look for the neighbours of every segment, and filter them then.
create function coro.near_duplicates(
  threshold real default 0.95, exact boolean default null, candidates integer default 10,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, filter jsonb default '{}', space text default null
) returns setof coro.similar_pair language plpgsql
set hnsw.iterative_scan = 'relaxed_order'
set hnsw.ef_search = 40
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
  vectors bigint := (select coalesce(sum(a.embedded), 0) from coro.recording_space a where a.space_id = of_space.id);
  look integer;
begin
  if coalesce(threshold not between -1 and 1, true) then
    perform coro.refuse('SEARCH_INVALID', 'threshold must be a similarity from -1 to 1.');
  elsif coalesce(candidates not between 1 and 900, true) then
    perform coro.refuse('SEARCH_INVALID', 'candidates must be from 1 to 900.');
  end if;
  if exact is null then
    exact := vectors <= few or not exists (
      select from pg_index where indexrelid = to_regclass(format('coro.embedding_%s_hnsw', of_space.id)) and indisvalid);
  end if;
  if not exact then
    look := candidates + 20;
    perform set_config('enable_seqscan', 'off', true), set_config('hnsw.ef_search', greatest(40, look)::text, true);
    raise notice 'near_duplicates asks the index for % segments, about a millisecond each; exact => true compares every pair.',
      coalesce(cardinality(asked), vectors);
  end if;
  return query execute format(
    'with live as (
       select e.segment_id, e.e, s.recording_id from coro.embedding_%1$s e join coro.segment s on s.id = e.segment_id where %2$s
     ), asked as materialized (
       select * from live where $1 is null or segment_id = any($1)
     ), %3$s
     ), pairs as materialized (
       select distinct on (1, 2) least(one, other) as first, greatest(one, other) as second, distance
         from found where distance <= 1 - $2::double precision order by 1, 2, 3
     )
     select (1 - p.distance)::real, a.segment_id, b.segment_id, a.site, b.site, a.recorder, b.recorder, a.local_time,
            b.local_time, a.key, b.key, a.start_s, b.start_s, a.recording_id, b.recording_id
       from pairs p join coro.segments a on a.segment_id = p.first join coro.segments b on b.segment_id = p.second
      order by p.distance, a.segment_id, b.segment_id',
    of_space.id, live,
    case when exact then format('found as materialized (
       select a.segment_id as one, b.segment_id as other, cosine_distance(a.e, b.e) as distance
         from asked a join live b on b.recording_id <> a.recording_id %s
        where cosine_distance(a.e, b.e) <= 1 - $2::double precision',
        case when is_filtered then '' else 'and b.segment_id > a.segment_id' end)
    else format('looked as materialized (
       select a.segment_id as one, a.recording_id, b.segment_id as other, b.distance, count(*) over (partition by a.segment_id) as n
         from asked a cross join lateral (
           select n.* from (select e.segment_id, e.e <=> a.e as distance from coro.embedding_%1$s e order by e.e <=> a.e limit %3$s) n
            where n.distance <= 1 - $2::double precision) b
     ), found as materialized (
       select l.one, l.other, l.distance from looked l join coro.segment e on e.id = l.other
        where l.n < %3$s and e.recording_id <> l.recording_id
          and not exists (select from coro.deleted_segment x where x.segment_id = l.other)
       union all
       select a.segment_id, b.segment_id, b.distance
         from asked a cross join lateral (
           select e.segment_id, e.e <=> a.e as distance from coro.embedding_%1$s e join coro.segment s on s.id = e.segment_id
            where s.recording_id <> a.recording_id and %2$s order by e.e <=> a.e limit $3) b
        where a.segment_id in (select one from looked where n = %3$s)', of_space.id, live, look) end)
    using asked, threshold, candidates;
end $$;

comment on type coro.neighbour is 'A segment that a search found; columns as in coro.segments';
comment on type coro.neighbour_of is 'A neighbour of one of several segments';
comment on type coro.plan is 'How a search is answered';
comment on column coro.plan.mode is 'exact: everything was compared; hnsw: the index was asked';
comment on column coro.plan.complete is 'Whether these are certain to be the k nearest';
comment on column coro.plan.candidates is 'Vectors that the filter leaves';
comment on column coro.plan.candidates_exact is 'Whether they were counted; false = estimated';
comment on column coro.plan.ef is 'Length of the index''s candidate list; null = not asked';
comment on column coro.plan.found is 'Segments that the search returns';
comment on column coro.plan.without_start is 'Segments that a filter by time leaves out, since their start is not known';
comment on column coro.plan.without_coordinates is 'Segments that a filter by the sun leaves out, since their site''s place is not known';
comment on column coro.plan.says is 'The same as a sentence';
comment on column coro.plan.space is 'The embedding space that was searched';
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
comment on function coro.check_search is 'Internal: refuse what no search can answer';
comment on function coro.without_recording_of is 'Internal: a filter that also leaves out a segment''s recording';
comment on function coro.search_plan is
  'How similar_segments answers the same question: exact or by the index, over how many vectors, complete or not: select * from search_plan(42, 10)';
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
