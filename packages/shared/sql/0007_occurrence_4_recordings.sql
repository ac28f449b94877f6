-- Search by recording: the recordings that hold the most similar segments, each with its best ones.

-- The k recordings whose best segment is most similar, with how they were found as in coro.nearest(). The arrays go together:
-- one entry for each segment shown, at most per_recording of each recording, recordings and segments in order of similarity;
-- query is the place of the vector in `queries` that it resembles most; windows counts the recording's segments that the
-- filter leaves, above those of them that are at least min_similarity (all recordings that have none are left out).
-- Exact: everything is compared and grouped. By the index: more segments are fetched than recordings are wanted, four times
-- as many again until they are of k recordings; beyond 16,000 everything is compared. What is shown of a recording that was
-- found is exact in both cases; complete tells whether the recordings are certain to be the k best.
create function coro.nearest_recordings(
  space_id bigint, queries vector[], k integer default 10, mode text default 'auto', ef integer default null,
  filter jsonb default '{}', min_similarity double precision default null, per_recording integer default 1,
  self bigint default null,
  out used_mode text, out used_ef integer, out candidates bigint, out candidates_exact boolean, out complete boolean,
  out recording_ids bigint[], out segment_ids bigint[], out similarities double precision[], out query integer[],
  out windows bigint[], out above bigint[]
) language plpgsql as $$
declare
  most constant integer := 16000;
  of_space coro.embedding_space;
  fetched integer := greatest(50, 4 * k);
  one vector;
  hits record;
  is_exact boolean := mode = 'exact';
  exhausted boolean;
  segments bigint[];
  scores double precision[];
  found bigint[];
begin
  select * into of_space from coro.embedding_space p where p.id = space_id;
  perform coro.check_queries(of_space, queries, coalesce(min_similarity, -1));
  filter := jsonb_strip_nulls(coalesce(filter, '{}'));
  while not is_exact loop
    segments := '{}';
    scores := '{}';
    exhausted := true;
    foreach one in array queries loop
      select * into hits from coro.nearest(space_id, one, fetched, mode, ef, filter, self);
      is_exact := hits.used_mode = 'exact';
      exit when is_exact;
      segments := segments || hits.segment_ids;
      scores := scores || hits.similarities;
      exhausted := exhausted and cardinality(hits.segment_ids) < fetched;
    end loop;
    exit when is_exact;
    found := array(
      select s.recording_id from unnest(segments, scores) n (segment_id, score) join coro.segment s on s.id = n.segment_id
       group by s.recording_id order by max(n.score) desc, bool_or(s.id = self) desc, s.recording_id limit k);
    exit when cardinality(found) >= k or (min_similarity is not null and (select min(score) from unnest(scores) score) < min_similarity);
    is_exact := exhausted or fetched >= most;
    fetched := least(most, fetched * 4);
  end loop;
  if is_exact then
    used_mode := 'exact';
    candidates_exact := true;
    complete := true;
  else
    used_mode := hits.used_mode;
    used_ef := hits.used_ef;
    candidates := hits.candidates;
    candidates_exact := hits.candidates_exact;
    complete := false;
    -- found recordings passed the filter's own condition on recordings
    filter := filter || jsonb_build_object('recording', to_jsonb(found));
  end if;
  with scored as materialized (
    select s.recording_id, m.segment_id, m.similarity, m.query,
           row_number() over (partition by s.recording_id order by m.similarity desc, m.segment_id is distinct from self, m.segment_id) as place
      from coro.scored(of_space, queries, -1, filter, null) m join coro.segment s on s.id = m.segment_id
  ), grouped as (
    select d.recording_id, max(d.similarity) as best, count(*) as windows,
           count(*) filter (where d.similarity >= min_similarity) as above, bool_or(d.segment_id = self) as is_own
      from scored d group by d.recording_id
    having min_similarity is null or max(d.similarity) >= min_similarity
     order by 2 desc, 5 desc nulls last, 1 limit k
  )
  select array_agg(d.recording_id order by g.best desc, g.is_own desc nulls last, g.recording_id, d.place),
         array_agg(d.segment_id order by g.best desc, g.is_own desc nulls last, g.recording_id, d.place),
         array_agg(d.similarity order by g.best desc, g.is_own desc nulls last, g.recording_id, d.place),
         array_agg(d.query order by g.best desc, g.is_own desc nulls last, g.recording_id, d.place),
         array_agg(g.windows order by g.best desc, g.is_own desc nulls last, g.recording_id, d.place),
         array_agg(case when min_similarity is not null then g.above end
                   order by g.best desc, g.is_own desc nulls last, g.recording_id, d.place),
         coalesce(nearest_recordings.candidates, (select count(*) from scored))
    into recording_ids, segment_ids, similarities, query, windows, above, candidates
    from grouped g join scored d on d.recording_id = g.recording_id and d.place <= per_recording;
  recording_ids := coalesce(recording_ids, '{}');
  segment_ids := coalesce(segment_ids, '{}');
  similarities := coalesce(similarities, '{}');
  query := coalesce(query, '{}');
  windows := coalesce(windows, '{}');
  above := coalesce(above, '{}');
end $$;

create type coro.recording_neighbour as (
  rank integer, similarity real, recording_id bigint, site text, recorder text, local_time timestamp, key text,
  segment_id bigint, start_s double precision, end_s double precision, starts_at timestamptz, windows bigint, above bigint
);

-- The k recordings that hold the segments most similar to one (its own among them, unless other_recordings).
create function coro.similar_recordings(
  segment bigint, k integer default 10, exact boolean default null, min_similarity double precision default null,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, other_recordings boolean default false, filter jsonb default '{}', space text default null,
  ef integer default null
) returns setof coro.recording_neighbour language plpgsql as $$
declare
  of_space coro.embedding_space := coro.space_named(space);
  conditions jsonb := coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter);
begin
  if coalesce(k not between 1 and 1000, true) then
    perform coro.refuse('SEARCH_INVALID', 'k must be from 1 to 1000.');
  elsif other_recordings then
    conditions := coro.without_recording_of(conditions, segment);
  end if;
  return query
    select u.rank::integer, u.similarity::real, s.recording_id, s.site, s.recorder, s.local_time, s.key, s.segment_id,
           s.start_s, s.end_s, s.starts_at, u.windows, u.above
      from coro.nearest_recordings(of_space.id, array[coro.vector_of(of_space, segment)], k,
             case when exact then 'exact' when not exact then 'hnsw' else 'auto' end, ef, conditions, min_similarity, 1,
             segment) n
      cross join lateral unnest(n.segment_ids, n.similarities, n.windows, n.above) with ordinality
                   u (segment_id, similarity, windows, above, rank)
      join coro.segments s on s.segment_id = u.segment_id
     order by u.rank;
end $$;

comment on function coro.nearest_recordings is 'Internal: the k recordings of a space that hold the most similar segments';
comment on type coro.recording_neighbour is 'A recording that a search found, by its best segment';
comment on column coro.recording_neighbour.rank is '1 = the most similar';
comment on column coro.recording_neighbour.similarity is 'Cosine of its best segment, -1 to 1';
comment on column coro.recording_neighbour.recording_id is 'Id of the recording';
comment on column coro.recording_neighbour.site is 'Name of the site';
comment on column coro.recording_neighbour.recorder is 'Name of the recorder';
comment on column coro.recording_neighbour.local_time is 'When its best segment begins, by the clock at its site';
comment on column coro.recording_neighbour.key is 'Path of the recording below its source';
comment on column coro.recording_neighbour.segment_id is 'Its best segment';
comment on column coro.recording_neighbour.start_s is 'The best segment begins here, in seconds from the recording''s start';
comment on column coro.recording_neighbour.end_s is 'The best segment ends before, in seconds from the recording''s start';
comment on column coro.recording_neighbour.starts_at is 'When its best segment begins, as an instant';
comment on column coro.recording_neighbour.windows is 'Segments of the recording that were compared';
comment on column coro.recording_neighbour.above is 'How many of them are at least min_similarity; null without one';
comment on function coro.similar_recordings is
  'Recordings that hold what sounds like a segment: select * from similar_recordings(42, 10, min_similarity => 0.8)';
