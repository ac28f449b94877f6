-- How far can a threshold be trusted? A random sample of what was compared, stratified by similarity, that people judge; from
-- it the share of true calls above each threshold and how many there are, with intervals.
-- Source of the design: Navine et al., "All thresholds barred: direct estimation of call density in bioacoustic data",
-- Frontiers in Bird Science 3 (2024): strata that halve towards the high scores, so that rare calls are sampled too.

create table coro.sample (
  id bigint generated always as identity primary key,
  space_id bigint not null references coro.embedding_space,
  -- what was searched by: {"segmentId": 42}, {"vector": true} or {"clip": "call.wav"}
  subject jsonb not null,
  filter jsonb not null,
  min_similarity double precision not null,
  seed integer not null,
  per_stratum integer not null,
  made_at timestamptz not null default now()
);

create table coro.sample_stratum (
  sample_id bigint not null references coro.sample on delete cascade,
  stratum integer not null,
  low double precision not null,
  high double precision not null,
  population bigint not null,
  primary key (sample_id, stratum)
);

-- Segments by number, without a reference: what was judged stays what it was when a recording is superseded later.
create table coro.sample_segment (
  sample_id bigint not null,
  segment_id bigint not null,
  stratum integer not null,
  similarity double precision not null,
  -- how many segments of the population it stands for
  weight double precision not null,
  -- its place in a random order, in which it is shown to whoever judges
  place integer not null,
  judgement boolean,
  judged_by text,
  judged_at timestamptz,
  primary key (sample_id, segment_id),
  foreign key (sample_id, stratum) references coro.sample_stratum on delete cascade
);

-- Draw and keep a sample of all that is at least so similar; returns its id. Of n segments, the half that is least similar is
-- stratum 1, of the rest the less similar half is stratum 2, and so on; the last one holds the n / 2^(strata - 1) most
-- similar. Equals are in one stratum. In each, the per_stratum first by sha256("seed/segment") are drawn, so that the same
-- seed draws the same sample from the same segments.
create function coro.save_sample(
  of_space coro.embedding_space, queries vector[], subject jsonb, filter jsonb, min_similarity double precision,
  strata integer, per_stratum integer, seed integer
) returns bigint language plpgsql as $$
declare
  new_id bigint;
begin
  if coalesce(strata not between 1 and 30, true) or coalesce(per_stratum not between 1 and 10000, true) or seed is null then
    perform coro.refuse('SAMPLE_INVALID', 'A sample has 1 to 30 strata, and 1 to 10,000 segments of each.');
  end if;
  insert into coro.sample (space_id, subject, filter, min_similarity, seed, per_stratum)
  values (of_space.id, subject, filter, min_similarity, seed, per_stratum) returning id into new_id;
  with scored as materialized (
    select m.segment_id, m.similarity, rank() over (order by m.similarity desc) as rank, count(*) over () as n
      from coro.scored(of_space, queries, min_similarity, filter, null) m
  ), layered as materialized (
    select s.segment_id, s.similarity, save_sample.strata - width_bucket(s.rank, b.bounds) as stratum
      from scored s
      cross join (select array(select (select n from scored limit 1) / (1::bigint << (save_sample.strata - 1 - i)) + 1
                                 from generate_series(0, save_sample.strata - 2) i order by 1) as bounds) b
  ), written as (
    insert into coro.sample_stratum (sample_id, stratum, low, high, population)
    select new_id, l.stratum, min(l.similarity), max(l.similarity), count(*) from layered l group by l.stratum
    returning stratum, population
  ), shuffled as (
    select l.*, row_number() over (partition by l.stratum order by l.key, l.segment_id) as number
      from (select *, sha256(convert_to(save_sample.seed || '/' || segment_id, 'UTF8')) as key from layered) l
  )
  insert into coro.sample_segment (sample_id, segment_id, stratum, similarity, weight, place)
  select new_id, s.segment_id, s.stratum, s.similarity,
         w.population::double precision / least(w.population, save_sample.per_stratum),
         row_number() over (order by s.key, s.segment_id)
    from shuffled s join written w on w.stratum = s.stratum
   where s.number <= save_sample.per_stratum;
  if not found then
    perform coro.refuse('SAMPLE_EMPTY', 'Nothing is so similar: there is nothing to draw a sample from.');
  end if;
  return new_id;
end $$;

-- Draw a sample of what resembles a segment; returns its id. select * from coro.sample_segment where sample_id = ...
create function coro.draw_sample(
  segment bigint, strata integer default 10, per_stratum integer default 20, seed integer default 1,
  min_similarity double precision default -1,
  site text default null, recorder text default null, deployment text default null, label text default null,
  from_time text default null, to_time text default null, hours text default null, months text default null,
  sun text default null, other_recordings boolean default false, filter jsonb default '{}', space text default null
) returns bigint language plpgsql as $$
declare
  of_space coro.embedding_space := coro.space_named(space);
  conditions jsonb := coro.filter_of(site, recorder, deployment, label, from_time, to_time, hours, months, sun, filter);
begin
  if other_recordings then
    conditions := coro.without_recording_of(conditions, segment);
  end if;
  return coro.save_sample(of_space, array[coro.vector_of(of_space, segment)],
    jsonb_build_object('segmentId', segment), conditions, min_similarity, strata, per_stratum, seed);
end $$;

-- Judge a sample by labels: true where one of `is` covers the segment, false where one of `is_not` does and none of `is`.
-- The others stay as they are: that a label is missing does not say that somebody listened. Returns how many were judged.
create function coro.judge_by_labels(sample bigint, labels text[], other_labels text[] default '{}') returns bigint
language plpgsql as $$
declare
  judged bigint;
begin
  with covered as (
    select m.segment_id, bool_or(l.label = any(judge_by_labels.labels)) as is_true, max(l.annotator) as annotator
      from coro.sample_segment m
      join coro.segment s on s.id = m.segment_id
      join coro.label l on l.recording_id = s.recording_id and l.label = any(judge_by_labels.labels || other_labels)
                       and (l.start_s is null
                            or (l.start_s < s.end_s and (l.end_s > s.start_s or l.start_s = s.start_s)))
     where m.sample_id = judge_by_labels.sample
     group by m.segment_id
  )
  update coro.sample_segment m set judgement = c.is_true, judged_by = coalesce(c.annotator, 'labels'), judged_at = now()
    from covered c where m.sample_id = judge_by_labels.sample and m.segment_id = c.segment_id;
  get diagnostics judged = row_count;
  return judged;
end $$;

-- The 95 % interval of a share, of `positive` in `judged` drawn without replacement from `population`.
-- Source: E. B. Wilson, JASA 22 (1927) 209-212, with n (N - 1) / (N - n) for n, from the variance of a share in a finite
-- population (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, theorem 3.2). All judged: no width. None: 0 to 1.
create function coro.wilson_interval(
  positive bigint, judged bigint, population bigint, out low double precision, out high double precision
) language plpgsql immutable parallel safe as $$
declare
  z constant double precision := 1.959963984540054;
  p constant double precision := positive::double precision / nullif(judged, 0);
  n double precision;
  half double precision;
begin
  if p is null then
    low := 0; high := 1;
  elsif judged >= population then
    low := p; high := p;
  else
    n := judged::double precision * (population - 1) / (population - judged);
    half := z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    low := greatest(0, (p + z * z / (2 * n)) / (1 + z * z / n) - half);
    high := least(1, (p + z * z / (2 * n)) / (1 + z * z / n) + half);
  end if;
end $$;

create type coro.threshold_precision as (
  threshold double precision, stratum integer, segments bigint, judged bigint, judged_true bigint,
  "precision" double precision, precision_low double precision, precision_high double precision,
  true_calls double precision, true_calls_low double precision, true_calls_high double precision,
  share_of_calls double precision
);

-- Precision and number of true calls at the lower bound of each stratum, over it and all above it: sum of N_h p_h over sum of
-- N_h (Cochran 1977, ch. 5, stratified sampling). Null where a stratum has no judgement. The 95 % interval combines the
-- strata's Wilson intervals by MOVER: low = p - sqrt(sum of (W_h (p_h - l_h))^2), high likewise. Source: G. Y. Zou, W. Huang,
-- X. Zhang, Computational Statistics & Data Analysis 53 (2009) 1080-1085. What was judged is certain, and bounds it.
create function coro.sample_precision(sample bigint) returns setof coro.threshold_precision language plpgsql stable as $$
begin
  if not exists (select from coro.sample m where m.id = sample_precision.sample) then
    perform coro.refuse('SAMPLE_UNKNOWN', format('There is no sample %s.', sample));
  end if;
  return query
    with strata as (
      select h.stratum, h.low as threshold, h.population as n, j.judged, j.positive, i.low, i.high,
             j.positive::double precision / nullif(j.judged, 0) as p
        from coro.sample_stratum h
        cross join lateral (
          select count(m.judgement) as judged, count(*) filter (where m.judgement) as positive
            from coro.sample_segment m where m.sample_id = h.sample_id and m.stratum = h.stratum) j
        cross join lateral coro.wilson_interval(j.positive, j.judged, h.population) i
       where h.sample_id = sample_precision.sample
    ), summed as (
      select s.threshold, s.stratum, sum(s.n) over above as n, sum(s.judged) over above as judged,
             sum(s.positive) over above as positive,
             case when bool_and(s.judged > 0) over above then sum(s.n * s.p) over above end as calls,
             sqrt(sum((s.n * (s.p - s.low)) ^ 2) over above) as below_it,
             sqrt(sum((s.n * (s.high - s.p)) ^ 2) over above) as above_it
        from strata s window above as (order by s.stratum desc)
    ), bounded as (
      select u.*, case when u.calls is not null then greatest(u.calls - u.below_it, u.positive) end as calls_low,
             case when u.calls is not null then least(u.calls + u.above_it, u.n - u.judged + u.positive) end as calls_high,
             first_value(u.calls) over (order by u.stratum) as all_calls
        from summed u
    )
    select b.threshold, b.stratum, b.n::bigint, b.judged::bigint, b.positive::bigint, b.calls / b.n::double precision,
           b.calls_low / b.n::double precision, b.calls_high / b.n::double precision, b.calls, b.calls_low, b.calls_high,
           b.calls / nullif(b.all_calls, 0)
      from bounded b order by b.stratum desc;
end $$;

comment on table coro.sample is 'Random samples of what resembles a sound, to be judged (coro sample)';
comment on column coro.sample.id is 'Id of the sample';
comment on column coro.sample.space_id is 'The embedding space that it was compared in';
comment on column coro.sample.subject is 'What it was compared with: a segment, a vector or a clip';
comment on column coro.sample.filter is 'Which segments were compared';
comment on column coro.sample.min_similarity is 'Only segments that are at least so similar';
comment on column coro.sample.seed is 'Seed of the draw';
comment on column coro.sample.per_stratum is 'How many were drawn of each stratum, at most';
comment on column coro.sample.made_at is 'When it was drawn';
comment on table coro.sample_stratum is 'Strata of samples: ranges of similarity, each about half as large as the one below it';
comment on column coro.sample_stratum.sample_id is 'The sample';
comment on column coro.sample_stratum.stratum is 'Number of the stratum; 1 = the least similar';
comment on column coro.sample_stratum.low is 'Lowest similarity in it';
comment on column coro.sample_stratum.high is 'Highest similarity in it';
comment on column coro.sample_stratum.population is 'Segments in it, drawn or not';
comment on table coro.sample_segment is 'Segments that were drawn, and how they were judged';
comment on column coro.sample_segment.sample_id is 'The sample';
comment on column coro.sample_segment.segment_id is 'The segment; kept when the segment is gone';
comment on column coro.sample_segment.stratum is 'Its stratum';
comment on column coro.sample_segment.similarity is 'How similar it is to what was searched by';
comment on column coro.sample_segment.weight is 'How many segments of its stratum it stands for';
comment on column coro.sample_segment.place is 'Its place in a random order, in which to judge';
comment on column coro.sample_segment.judgement is 'Whether it is the sound that was searched for; null = not judged';
comment on column coro.sample_segment.judged_by is 'Who judged';
comment on column coro.sample_segment.judged_at is 'When';
comment on type coro.threshold_precision is 'What a judged sample says of a threshold; intervals are of 95 %';
comment on column coro.threshold_precision.threshold is 'Segments at least so similar';
comment on column coro.threshold_precision.stratum is 'The stratum that begins with it';
comment on column coro.threshold_precision.segments is 'How many segments are at least so similar';
comment on column coro.threshold_precision.judged is 'How many of them were judged';
comment on column coro.threshold_precision.judged_true is 'How many of those are the sound';
comment on column coro.threshold_precision.precision is 'Share of the segments above the threshold that are the sound';
comment on column coro.threshold_precision.precision_low is 'Lower bound of the share';
comment on column coro.threshold_precision.precision_high is 'Upper bound of the share';
comment on column coro.threshold_precision.true_calls is 'Estimated number of segments above the threshold that are the sound';
comment on column coro.threshold_precision.true_calls_low is 'Lower bound of the number';
comment on column coro.threshold_precision.true_calls_high is 'Upper bound of the number';
comment on column coro.threshold_precision.share_of_calls is 'Share of all estimated true calls of the sample that lie above the threshold';
comment on function coro.save_sample is 'Internal: draw and keep a sample';
comment on function coro.draw_sample is
  'Draw and keep a random sample, stratified by similarity, of what resembles a segment (writes; readers use coro sample): select draw_sample(42, strata => 10, per_stratum => 20)';
comment on function coro.judge_by_labels is 'Judge a sample by labels (writes): select judge_by_labels(1, ''{frog}'', ''{cricket,rain}'')';
comment on function coro.wilson_interval is
  'The 95 % interval of a share, sampled without replacement: select * from wilson_interval(8, 20, 400)';
comment on function coro.sample_precision is
  'Precision and estimated true calls at each threshold of a judged sample: select * from sample_precision(1)';
