-- Embeddings that were made elsewhere (coro import): spaces of their own, recordings that are known from their embeddings
-- alone, and windows that are not Coro's own.

alter table coro.embedding_space
  -- made elsewhere: Coro has not its network, and never fills it
  add column imported boolean not null default false,
  -- an import has begun and not ended: it holds a part
  add column import_open boolean not null default false;

-- a source that is known from imports alone, and not watched
alter table coro.source add column imported boolean not null default false;

-- 'imported': known from imported embeddings alone, without its file. When the file comes in, the row becomes its recording.
alter table coro.recording drop constraint recording_state_check;
alter table coro.recording add constraint recording_state_check check (state in
  ('discovered', 'preparing', 'embedding', 'searchable', 'quarantined', 'duplicate', 'failed', 'superseded', 'imported'));
-- of the bytes that imported embeddings were made from, as they were imported with
alter table coro.recording add column imported_sha256 bytea;
create index recording_imported on coro.recording (imported_sha256) where state = 'imported';

-- A window that is not one of Coro's own has no place in the prepared audio: its index is null. When the recording is
-- prepared, a window that is one of Coro's own after all gets its index, and keeps its id and its embeddings.
alter table coro.segment alter column index drop not null;
create unique index segment_imported on coro.segment (recording_id, start_s, end_s) where index is null;

-- What analysts read --------------------------------------------------------------------------------------------------------

-- Of a recording that Coro has cut itself its own windows count, or its minutes would be counted twice.
create or replace view coro.activity as
select site, date_trunc('hour', local_time) as local_hour, extract(hour from date_trunc('hour', local_time))::integer as hour,
       night, count(distinct recorder) as recorders, count(distinct recording_id) as recordings, count(*) as segments,
       count(*) filter (where not silent) as sounding, round((sum(end_s - start_s) / 60)::numeric, 1) as minutes
  from coro.segments
 where local_time is not null
   and (index is not null
        or exists (select from coro.recording r where r.id = recording_id and r.state = 'imported'))
 group by site, night, date_trunc('hour', local_time);

create or replace view coro.spaces as
select p.name as space, p.active, p.model, p.variant, p.dimension, p.element,
       coalesce(sum(a.embedded), 0)::bigint as vectors, coalesce(sum(a.silent), 0)::bigint as silent,
       exists (select from pg_index i
                where i.indexrelid = to_regclass(format('coro.embedding_%s_hnsw', p.id)) and i.indisvalid) as has_index,
       format('coro.embedding_%s', p.id) as vector_table, p.wanted as kept_filled, p.window_s, p.hop_s, p.created_at,
       p.id as space_id, p.imported, p.import_open
  from coro.embedding_space p
  left join coro.recording_space a on a.space_id = p.id
 group by p.id;

-- As before (0004); a space that was imported is judged by the windows that it has, others by Coro's own; segments that are
-- marked as deleted are left out, and what cannot be evaluated is refused.
create or replace function coro.evaluate_retrieval(
  space text default null, splits integer default 5, seed integer default 1, groups jsonb default '{}'
) returns table (
  split integer, recordings bigint, left_out bigint, queries bigint, stored bigint,
  top1 double precision, top5 double precision, p5 double precision, p5_ceiling double precision
) language plpgsql stable parallel safe as $$
declare
  space_id bigint;
  of_import boolean;
  unknown text;
begin
  select s.id, s.imported into space_id, of_import from coro.space_named(evaluate_retrieval.space) s;
  if coalesce(splits not between 1 and 1000, true) or seed is null then
    perform coro.refuse('EVALUATION_INVALID', 'An evaluation takes 1 to 1000 splits, and a seed.');
  elsif jsonb_typeof(coalesce(groups, '{}')) <> 'object' then
    perform coro.refuse('EVALUATION_INVALID', 'groups must be an object: {"key": "recording", ...}.');
  end if;
  unknown := (select g from jsonb_object_keys(coalesce(groups, '{}')) g
               where not exists (select from coro.recording r where r.key = g) limit 1);
  if unknown is not null then
    raise notice 'groups: there is no recording with the key "%".', unknown;
  end if;
  for number in 1..splits loop
    return query execute format($query$
      with labelled as (
        select s.id, r.key, coalesce(s.index, s.start_s::numeric) as index, coalesce('=' || ($1->>r.key), r.id::text) as grp,
               coalesce($1->>r.key, r.key) as name
          from coro.segment s join coro.recording r on r.id = s.recording_id
         where %2$s and not exists (select from coro.deleted_segment x where x.segment_id = s.id)
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
      having count(*) > 0
    $query$, space_id, case when of_import
      then format('exists (select from coro.embedding_%s e where e.segment_id = s.id)', space_id)
      else 'r.state = ''searchable'' and s.index is not null' end) using groups, seed, number;
    if not found then
      perform coro.refuse('EVALUATION_EMPTY', 'There is no searchable recording with two windows.',
        'An evaluation needs recordings of 10 s or more.');
    end if;
  end loop;
end $$;

comment on column coro.embedding_space.imported is 'Made elsewhere (coro import): Coro never fills it, and has not its network';
comment on column coro.embedding_space.import_open is 'An import has begun and not ended: it holds a part';
comment on column coro.source.imported is 'Known from imports alone, and not watched';
comment on column coro.recording.imported_sha256 is 'sha256 that embeddings of this recording were imported with';
comment on column coro.segment.index is 'Place among Coro''s own windows of its recording, from 0; null: imported, and none of these';
comment on column coro.spaces.imported is 'Made elsewhere (coro import): Coro never fills it, and has not its network';
comment on column coro.spaces.import_open is 'An import has begun and not ended: it holds a part';
