-- When and where does a sound occur: all that is at least so similar, counted by site, night and hour beside the time that
-- was listened to. All of it compares every vector that the filter leaves: exact, and as dear as an exact search.

-- Refuse vectors of another dimension, and a similarity that is none.
create function coro.check_queries(of_space coro.embedding_space, queries vector[], min_similarity double precision)
returns void language plpgsql immutable parallel safe as $$
declare
  wrong integer := (select vector_dims(q) from unnest(queries) q where vector_dims(q) <> of_space.dimension limit 1);
begin
  if wrong is not null then
    perform coro.refuse('VECTOR_DIMENSION', format('The vector has %s numbers; the space %s has %s.', wrong, of_space.name,
      of_space.dimension), 'Vectors compare with those of the same network alone.');
  elsif exists (select from unnest(queries) q where vector_norm(q) = 0) then
    perform coro.refuse('VECTOR_INVALID', 'The vector is all zeros.');
  elsif coalesce(cardinality(queries), 0) = 0 or array_position(queries, null) > 0 or coalesce(min_similarity not between -1 and 1, true) then
    perform coro.refuse('SEARCH_INVALID', 'Say a vector to compare with, and a similarity from -1 to 1.');
  end if;
end $$;

-- Whatever is at least so similar to one of some vectors (a clip has one for each window), most similar first; `query` is
-- the place of the one that it resembles most.
create function coro.scored(
  of_space coro.embedding_space, queries vector[], min_similarity double precision, filter jsonb, max_rows bigint
) returns table (segment_id bigint, similarity double precision, query integer) language plpgsql stable rows 1000 as $$
declare
  f record := coro.filter_sql(filter);
  joins text := '';
  restriction text := '';
begin
  perform coro.check_queries(of_space, queries, min_similarity);
  if f.of_recording <> 'true' or f.of_segment <> 'true' then
    joins := format('join coro.segment s on s.id = e.segment_id join coro.recording r on r.id = s.recording_id %s', f.joins);
    restriction := format('and %s and %s', f.of_recording, f.of_segment);
  end if;
  restriction := restriction || ' and not exists (select from coro.deleted_segment x where x.segment_id = e.segment_id)';
  if cardinality(queries) = 1 then
    return query execute format(
      'select e.segment_id, 1 - cosine_distance(e.e, $1::%1$s(%2$s)), 1 from coro.embedding_%3$s e %4$s
        where 1 - cosine_distance(e.e, $1::%1$s(%2$s)) >= $2 %5$s order by 2 desc, 1 limit $3',
      of_space.element, of_space.dimension, of_space.id, joins, restriction) using queries[1], min_similarity, max_rows;
  else
    return query execute format(
      'select e.segment_id, b.similarity, b.n::integer from coro.embedding_%2$s e %3$s
        cross join lateral (select 1 - cosine_distance(e.e, q.v) as similarity, q.n
                              from unnest($1::%1$s[]) with ordinality q (v, n) order by 1 desc, 2 limit 1) b
        where b.similarity >= $2 %4$s order by 2 desc, 1 limit $3',
      of_space.element, of_space.id, joins, restriction) using queries, min_similarity, max_rows;
  end if;
end $$;

-- The same with what a person wants to know of them.
create function coro.described_matches(
  of_space coro.embedding_space, queries vector[], threshold double precision, filter jsonb, max_rows bigint
) returns setof coro.neighbour language sql stable as $$
  select n.rank::integer, n.similarity::real, s.segment_id, s.site, s.recorder, s.local_time, s.night, s.key, s.start_s,
         s.end_s, s.starts_at, s.recording_id
    from (select m.segment_id, m.similarity, row_number() over (order by m.similarity desc, m.segment_id) as rank
            from coro.scored(of_space, queries, threshold, filter, max_rows) m) n
    join coro.segments s on s.segment_id = n.segment_id
   order by n.rank
$$;

-- All segments that are at least so similar to one, itself included; the best max_rows where a number is given.
create function coro.matches(
  segment bigint, threshold double precision, max_rows bigint default null,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, other_recordings boolean default false, filter jsonb default '{}', space text default null
) returns setof coro.neighbour language plpgsql stable as $$
declare
  of_space coro.embedding_space := coro.space_named(space);
  conditions jsonb := coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter);
begin
  if other_recordings then
    conditions := coro.without_recording_of(conditions, segment);
  end if;
  return query select * from coro.described_matches(of_space, array[coro.vector_of(of_space, segment)], threshold, conditions, max_rows);
end $$;

-- The same for a vector of any length: one of pgvector's, or '[0.1, 0.2, ...]'.
create function coro.matches_to(
  embedding vector, threshold double precision, max_rows bigint default null,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, filter jsonb default '{}', space text default null
) returns setof coro.neighbour language sql stable as $$
  select * from coro.described_matches(coro.space_named(space), array[embedding], threshold,
    coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter), max_rows)
$$;

create type coro.detection_count as (
  site text, night date, hour integer, detections bigint, recordings bigint, best_similarity real,
  recorded_hours double precision, per_hour double precision
);

-- Detections and the time listened to, by cells of site, night and hour (any of them). A segment counts where it begins.
-- Time that overlapping segments of a recording share counts once; two recorders at one site count both. What is silent was
-- listened to; what has no vector yet was not. The joins to site, deployment and source are those that filters need.
create function coro.count_detections(
  of_space coro.embedding_space, queries vector[], threshold double precision, by text[], empty boolean, filter jsonb
) returns setof coro.detection_count language plpgsql stable rows 100 as $$
declare
  f record := coro.filter_sql(filter);
  unknown text := (select b from unnest(by) b where b not in ('site', 'night', 'hour') limit 1);
begin
  perform coro.check_queries(of_space, queries, threshold);
  if unknown is not null then
    perform coro.refuse('SEARCH_INVALID', format('Detections are not counted by "%s".', unknown), 'site, night, hour');
  end if;
  return query execute format($query$
    with listened as (
      select r.id as recording_id, t.name as site,
             coro.local_time(r.started_at + make_interval(secs => s.start_s),
               coalesce(t.time_zone, d.time_zone, o.time_zone), r.utc_offset_min) as local_time,
             greatest(0, s.end_s - greatest(s.start_s, coalesce(
               max(s.end_s) over (partition by s.recording_id order by s.start_s, s.id
                                  rows between unbounded preceding and 1 preceding), s.start_s))) as new_s,
             m.similarity
        from coro.recording r
        left join coro.site t on t.id = r.site_id
        left join coro.deployment d on d.id = r.deployment_id
        join coro.source o on o.id = r.source_id %4$s
        join coro.segment s on s.recording_id = r.id
        join (select segment_id from coro.embedding_%1$s
              union all select segment_id from coro.silent_segment where space_id = %1$s) l on l.segment_id = s.id
        left join coro.scored($1, $2, $3, $4, null) m on m.segment_id = s.id
       where %2$s and %3$s
         and not exists (select from coro.deleted_segment x where x.segment_id = s.id)
    ), celled as (
      select case when 'site' = any($5) then l.site end as site,
             case when 'night' = any($5) then (l.local_time - interval '12 hours')::date end as night,
             case when 'hour' = any($5) then extract(hour from l.local_time)::integer end as hour,
             l.recording_id, l.new_s, l.similarity
        from listened l
    )
    select c.site, c.night, c.hour, count(c.similarity),
           count(distinct c.recording_id) filter (where c.similarity is not null), max(c.similarity)::real,
           sum(c.new_s) / 3600, count(c.similarity) * 3600 / nullif(sum(c.new_s), 0)
      from celled c group by 1, 2, 3
    having $6 or count(c.similarity) > 0
     order by 1, 2, 3
  $query$, of_space.id, f.of_recording, f.of_segment, f.sun_joins) using of_space, queries, threshold, filter, by, empty;
end $$;

-- Where and when something sounds at least so similar to a segment (itself included).
create function coro.detections(
  segment bigint, threshold double precision, by text[] default '{site,night,hour}', empty boolean default false,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, other_recordings boolean default false, filter jsonb default '{}', space text default null
) returns setof coro.detection_count language plpgsql stable as $$
declare
  of_space coro.embedding_space := coro.space_named(space);
  conditions jsonb := coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter);
begin
  if other_recordings then
    conditions := coro.without_recording_of(conditions, segment);
  end if;
  return query select * from coro.count_detections(of_space, array[coro.vector_of(of_space, segment)], threshold,
    by, empty, conditions);
end $$;

comment on function coro.check_queries is 'Internal: refuse vectors of another dimension, and a similarity that is none';
comment on function coro.scored is 'Internal: all that is at least so similar to one of some vectors';
comment on function coro.described_matches is 'Internal: all that is at least so similar, with what a person wants to know of it';
comment on function coro.matches is
  'All segments at least so similar to one, exact, without a limit: select * from matches(42, 0.8, site => ''lagoa'')';
comment on function coro.matches_to is
  'All segments at least so similar to a vector: select * from matches_to(''[...]'', 0.8, sun => ''night'')';
comment on function coro.count_detections is 'Internal: detections of some vectors by site, night and hour';
comment on function coro.detections is
  'Where and when a sound occurs: select * from detections(42, 0.8, by => ''{night}'', site => ''lagoa'', empty => true)';
comment on type coro.detection_count is 'How often a sound was found in a cell of site, night and hour, and how long was listened';
comment on column coro.detection_count.site is 'Name of the site; null where it is not known, or not counted by';
comment on column coro.detection_count.night is 'Date of the evening on which its night began (noon to noon, local time)';
comment on column coro.detection_count.hour is 'Hour of the day by the clock at the site, 0 to 23';
comment on column coro.detection_count.detections is 'Segments that are at least so similar';
comment on column coro.detection_count.recordings is 'Recordings that they are in';
comment on column coro.detection_count.best_similarity is 'The most similar of them';
comment on column coro.detection_count.recorded_hours is 'Hours that were listened to in the cell, summed over recorders';
comment on column coro.detection_count.per_hour is 'Detections by recorded hour';
