-- Two sites, two seasons, any two filters: how alike are they?

create type coro.comparison as (
  k integer, mutual_share double precision, mutual_share_if_alike double precision,
  mean_similarity double precision, mean_similarity_a double precision, mean_similarity_b double precision,
  centroid_similarity double precision, segments_a bigint, segments_b bigint, sampled_a integer, sampled_b integer
);

-- Compare the segments of two filters by a random sample of each: sample_size at most, drawn by sha256("seed/segment"), so
-- that the same seed draws the same. The means are over all pairs of the samples (the mean cosine of all pairs is the dot
-- product of the mean vectors; within one sample without each segment's pair with itself), the centroids are those means
-- scaled to length 1.
-- Mutual neighbours: segment i of a and j of b are, if j is among the k of b nearest to i, and i among the k of a nearest to j.
-- mutual_share is the share of all sampled segments that have one; the rows are k = 1 .. k. Source: L. Haghverdi et al.,
-- Nature Biotechnology 36 (2018) 421-427. How much would be shared if a and b were alike? mutual_share_if_alike is the same
-- measure between two halves into which the recordings of both are dealt at random (whole recordings: windows of one
-- recording resemble each other); null where one recording alone, or the same segments on both sides, allow no halves.
-- Cost: reads the filters' segments, and compares at most 2 x sample_size^2 pairs of vectors (500: half a million).
create function coro.compare(
  a jsonb, b jsonb, k integer default 5, sample_size integer default 500, seed integer default 1, space text default null
) returns setof coro.comparison language plpgsql stable as $$
declare
  of_space coro.embedding_space := coro.space_named(space);
begin
  if coalesce(k not between 1 and 100, true) or coalesce(sample_size not between 2 and 2000, true) or seed is null then
    perform coro.refuse('COMPARE_INVALID', 'A comparison takes k from 1 to 100, and samples of 2 to 2,000 segments.');
  end if;
  return query execute format($query$
    with compared as materialized (
      select side, m.segment_id, m.recording_id, count(*) over (partition by side) as segments,
             row_number() over (partition by side order by sha256(convert_to($4 || '/' || m.segment_id, 'UTF8')), m.segment_id) as place
        from (values (0, $1), (1, $2)) sides (side, filter)
        cross join lateral coro.matching_segments(sides.filter) m
        join coro.embedding_%1$s e on e.segment_id = m.segment_id
    ), sampled as materialized (
      select c.side, c.segment_id, c.recording_id, c.segments, e.e,
             -- sides of two alike: recordings in a random order, dealt out in turn
             dense_rank() over (order by sha256(convert_to($4 || '/recording/' || c.recording_id, 'UTF8')), c.recording_id) %% 2 as dealt
        from compared c join coro.embedding_%1$s e on e.segment_id = c.segment_id where c.place <= $3
    ), means as (
      select avg(e::vector) filter (where side = 0) as a, avg(e::vector) filter (where side = 1) as b,
             coalesce(max(segments) filter (where side = 0), 0) as segments_a,
             coalesce(max(segments) filter (where side = 1), 0) as segments_b,
             count(*) filter (where side = 0) as n_a, count(*) filter (where side = 1) as n_b
        from sampled
    ), pairs as (
      select false as alike, x.segment_id as one, y.segment_id as other, cosine_distance(x.e, y.e) as distance
        from sampled x join sampled y on x.side = 0 and y.side = 1
      union all
      select true, x.segment_id, y.segment_id, cosine_distance(x.e, y.e)
        from sampled x join sampled y on x.dealt = 0 and y.dealt = 1
       where not exists (select from sampled group by segment_id having count(*) > 1)
    ), ranked as (
      select p.alike, p.one, p.other,
             greatest(row_number() over (partition by p.alike, p.one order by p.distance, p.other),
                      row_number() over (partition by p.alike, p.other order by p.distance, p.one)) as k
        from pairs p
    ), firsts as (
      select r.alike, least(min(r.k), $5 + 1) as k from ranked r group by r.alike, r.one
      union all
      select r.alike, least(min(r.k), $5 + 1) from ranked r group by r.alike, r.other
    )
    select g.k,
           (select avg((f.k <= g.k)::integer) from firsts f where not f.alike)::double precision,
           (select avg((f.k <= g.k)::integer) from firsts f where f.alike)::double precision,
           -(m.a <#> m.b),
           (m.n_a * -(m.a <#> m.a) - 1) / nullif(m.n_a - 1, 0), (m.n_b * -(m.b <#> m.b) - 1) / nullif(m.n_b - 1, 0),
           1 - (m.a <=> m.b), m.segments_a, m.segments_b, m.n_a::integer, m.n_b::integer
      from means m cross join generate_series(1, $5) g (k) order by g.k
  $query$, of_space.id) using a, b, sample_size, seed, k;
end $$;

-- Two sites, of the whole time or of what else the filter says (months, hours, ...).
create function coro.compare_sites(
  site_a text, site_b text, filter jsonb default '{}', k integer default 5, sample_size integer default 500,
  seed integer default 1, space text default null
) returns setof coro.comparison language sql stable as $$
  select * from coro.compare(filter || jsonb_build_object('site', site_a), filter || jsonb_build_object('site', site_b),
    k, sample_size, seed, space)
$$;

comment on type coro.comparison is 'How alike two sets of segments are; one row for each k of the mutual neighbours';
comment on column coro.comparison.k is 'Mutual neighbours: each among the k nearest of the other';
comment on column coro.comparison.mutual_share is 'Share of the sampled segments that have a mutual neighbour on the other side';
comment on column coro.comparison.mutual_share_if_alike is 'The same between random halves of the recordings of both sides';
comment on column coro.comparison.mean_similarity is 'Mean cosine of all pairs of a sampled segment of a and one of b';
comment on column coro.comparison.mean_similarity_a is 'Mean cosine of all pairs within the sample of a';
comment on column coro.comparison.mean_similarity_b is 'Mean cosine of all pairs within the sample of b';
comment on column coro.comparison.centroid_similarity is 'Cosine of the mean vectors of both samples';
comment on column coro.comparison.segments_a is 'Segments with a vector that the filter a leaves';
comment on column coro.comparison.segments_b is 'Segments with a vector that the filter b leaves';
comment on column coro.comparison.sampled_a is 'How many of them were compared';
comment on column coro.comparison.sampled_b is 'How many of them were compared';
comment on function coro.compare is
  'How alike two seasons (or any two filters) are, by a random sample of at most sample_size segments each (2 x sample_size^2 comparisons): select * from compare(''{"months":"11-2"}'', ''{"months":"5-8"}'')';
comment on function coro.compare_sites is
  'How alike two sites are, by a random sample of each: select * from compare_sites(''lagoa'', ''serra'', ''{"sun":"night"}'')';
