-- The paper's measure for analysts: how well does a space find windows of the same recording?

-- Each recording's windows are split into queries and stored ones (floor(0.3 n + 0.5) queries, at least one of each); the
-- order is sha256("seed/split/name/key/index"), as in `coro evaluate`, so that both draw the same split. groups maps keys
-- to the name of an original recording that several files are parts of. A silent query counts as a miss.
create function coro.evaluate_retrieval(
  space text default null, splits integer default 5, seed integer default 1, groups jsonb default '{}'
) returns table (
  split integer, recordings bigint, left_out bigint, queries bigint, stored bigint,
  top1 double precision, top5 double precision, p5 double precision, p5_ceiling double precision
) language plpgsql stable parallel safe as $$
declare
  space_id bigint;
begin
  select s.id into space_id from coro.embedding_space s
   where case when evaluate_retrieval.space is null then s.active else s.name = evaluate_retrieval.space end;
  if space_id is null then
    raise exception 'There is no embedding space %', coalesce(evaluate_retrieval.space, 'that is active')
      using hint = 'select name from coro.embedding_space lists them.';
  end if;
  for number in 1..splits loop
    return query execute format($query$
      with labelled as (
        select s.id, r.key, s.index, coalesce($1->>r.key, r.id::text) as grp, coalesce($1->>r.key, r.key) as name
          from coro.segment s join coro.recording r on r.id = s.recording_id where r.state = 'searchable'
      ), ordered as (
        select id, grp, count(*) over (partition by grp) as n,
               row_number() over (partition by grp order by
                 sha256(convert_to(format('%%s/%%s/%%s/%%s/%%s', $2, $3, name, key, index), 'UTF8')), id) as place
          from labelled
      ), roles as materialized (
        select id, grp, place <= greatest(1, least(n - 1, floor(0.3 * n + 0.5))) as is_query from ordered where n > 1
      ), kept as materialized (
        select w.id, w.grp, e.e from roles w join coro.embedding_%1$s e on e.segment_id = w.id where not w.is_query
      ), answers as (
        select w.grp, b.*
          from roles w left join coro.embedding_%1$s q on q.segment_id = w.id
          cross join lateral (
            select coalesce(bool_or(hit) filter (where rank = 1), false) as is_first, coalesce(bool_or(hit), false) as in_five,
                   count(*) filter (where hit) / 5.0 as share
              from (select k.grp = w.grp as hit,
                           row_number() over (order by cosine_distance(k.e, q.e), k.id) as rank
                      from kept k where q.e is not null
                     order by cosine_distance(k.e, q.e), k.id limit 5) best
          ) b
         where w.is_query
      )
      select $3, (select count(distinct grp) from roles), (select count(*) from ordered where n = 1),
             count(*), (select count(*) from roles where not is_query),
             avg(is_first::integer)::double precision, avg(in_five::integer)::double precision,
             avg(share)::double precision,
             avg(least(5, (select count(*) from roles s where not s.is_query and s.grp = a.grp)) / 5.0)::double precision
        from answers a
    $query$, space_id) using groups, seed, number;
  end loop;
end $$;

comment on function coro.evaluate_retrieval is
  'The paper''s measure of a space on what is in: Top-1, Top-5 and P@5 of windows of the same recording, by split';
