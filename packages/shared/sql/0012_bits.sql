-- Large spaces: an HNSW graph over the signs of mean-centred vectors (one bit a dimension), a sixteenth of the bytes of halfvec.
-- The graph finds candidates, their vectors decide. What it gains, and from when: docs/decisions/0010-bits.md.

alter table coro.embedding_space
  -- what its index embedding_N_hnsw is a graph of
  add column graph text not null default 'vectors' check (graph in ('vectors', 'bits')),
  -- taken from vectors before their signs are; null where there are no bits
  add column bits_mean vector;

-- From so many vectors on, a space that gets its first index gets one over bits.
create function coro.bits_from() returns bigint language sql immutable parallel safe as $$
  select 100000
$$;

-- A vector's bits in a space: 1 where it is above the mean.
create function coro.bits_of(e vector, mean vector) returns bit language sql immutable strict parallel safe as $$
  select binary_quantize(e - mean)
$$;

-- Writes the bits of what is written into a space's table. Argument: the space.
create function coro.keep_bits() returns trigger language plpgsql as $$
begin
  execute format('insert into coro.embedding_%1$s_bits as t (segment_id, b)
    select n.segment_id, coro.bits_of(n.e::vector, p.bits_mean) from written n, coro.embedding_space p where p.id = %1$s
    on conflict (segment_id) do update set b = excluded.b where t.b <> excluded.b', tg_argv[0]);
  return null;
end $$;

-- Make the table of a space's bits, and see to it that from now on it has the bits of every vector that is written (those that are there
-- already come by fill_bits). The mean is that of up to 20,000 vectors. Returns false where there is a table already, or
-- there are no vectors.
create function coro.make_bits(space_id bigint) returns boolean language plpgsql as $$
declare
  space coro.embedding_space;
  pages bigint := pg_relation_size(format('coro.embedding_%s', space_id)) / 8192;
  mean vector;
begin
  select * into space from coro.embedding_space p where p.id = space_id;
  if to_regclass(format('coro.embedding_%s_bits', space_id)) is not null then
    return false;
  end if;
  execute format('select avg(e) from (select e::vector as e from coro.embedding_%s tablesample system (%s) limit 20000) s',
    space_id, least(100, 1000000.0 / greatest(pages, 1))) into mean;
  if mean is null then
    return false;
  end if;
  update coro.embedding_space set bits_mean = mean where id = space_id;
  execute format('create table coro.embedding_%1$s_bits (
      segment_id bigint primary key references coro.embedding_%1$s on delete cascade, b bit(%2$s) not null)',
    space_id, space.dimension);
  execute format('alter table coro.embedding_%s_bits alter column b set storage plain', space_id);
  execute format('comment on table coro.embedding_%s_bits is %L', space_id, 'Bits of the vectors of ' || space.name);
  execute format('comment on column coro.embedding_%s_bits.segment_id is %L', space_id, 'coro.segment');
  execute format('comment on column coro.embedding_%s_bits.b is %L', space_id, '1 where the vector is above the mean');
  execute format('create trigger bits_of_new after insert on coro.embedding_%1$s
    referencing new table as written for each statement execute function coro.keep_bits(%1$L)', space_id);
  execute format('create trigger bits_of_changed after update on coro.embedding_%1$s
    referencing new table as written for each statement execute function coro.keep_bits(%1$L)', space_id);
  return true;
end $$;

-- Write the bits of the next vectors behind a segment; returns the last one's segment, null where there is none, and how many.
-- The vectors are held meanwhile, so that none is deleted between being read and its bits being written.
create function coro.fill_bits(space_id bigint, behind bigint, many integer, out last_id bigint, out n bigint) language plpgsql as $$
begin
  execute format('with part as materialized (
      select e.segment_id, e.e from coro.embedding_%1$s e where e.segment_id > $1 order by e.segment_id limit $2 for key share),
    written as (
      insert into coro.embedding_%1$s_bits (segment_id, b)
      select segment_id, coro.bits_of(e::vector, (select bits_mean from coro.embedding_space where id = %1$s)) from part
      on conflict (segment_id) do nothing)
    select max(segment_id), count(*) from part', space_id) using behind, many into last_id, n;
end $$;

-- Drop a space's bits, and what kept them.
create function coro.drop_bits(space_id bigint) returns void language plpgsql as $$
begin
  execute format('drop trigger if exists bits_of_new on coro.embedding_%s', space_id);
  execute format('drop trigger if exists bits_of_changed on coro.embedding_%s', space_id);
  execute format('drop table if exists coro.embedding_%s_bits', space_id);
  update coro.embedding_space set bits_mean = null where id = space_id;
end $$;

-- The statement that builds a space's index over one graph or the other, under a name.
create function coro.create_index_sql(space_id bigint, over_graph text, index_name text, online boolean) returns text
language sql stable as $$
  select format('create index %s %I on coro.embedding_%s%s using hnsw (%s) with (%s)',
    case when online then 'concurrently' else '' end, index_name, p.id, case over_graph when 'bits' then '_bits' else '' end,
    case over_graph when 'bits' then 'b bit_hamming_ops' else format('e %s_cosine_ops', p.element) end, coro.hnsw_options())
    from coro.embedding_space p where p.id = space_id
$$;

-- One index scan as SQL: the segments nearest to a query (an expression of the space's element type) and their cosine distances. condition:
-- joins and conditions over e, which has segment_id. most: how many; looked: how many of the bits' candidates are compared by
-- their vectors, at least as many. The vectors are named, and so locked, before the bits, as everywhere: a build that puts one
-- index in the place of the other would wait for a search that waits for it.
create function coro.index_scan_sql(space_id bigint, query text, condition text, most text, looked text) returns text
language sql stable as $$
  select case p.graph
    when 'vectors' then format(
      'select e.segment_id, e.e <=> %2$s from coro.embedding_%1$s e %3$s order by e.e <=> %2$s limit %4$s',
      p.id, query, condition, most)
    else format(
      'select v.segment_id, cosine_distance(v.e, %2$s)
         from coro.embedding_%1$s v
         join (select e.segment_id from coro.embedding_%1$s_bits e %3$s
                order by e.b <~> (select coro.bits_of(%2$s::vector, p.bits_mean) from coro.embedding_space p where p.id = %1$s)
                limit %5$s) c on v.segment_id = c.segment_id
        order by cosine_distance(v.e, %2$s) limit %4$s', p.id, query, condition, most, looked) end
    from coro.embedding_space p where p.id = space_id
$$;

-- As before (0005), over either graph. Over bits one and a half times ef candidates are compared by their vectors, and at least
-- twice k.
create or replace function coro.nearest_by_index(
  space_id bigint, query vector, k integer, ef integer, max_scan_tuples integer, condition text, self bigint,
  out segment_ids bigint[], out similarities double precision[]
) language plpgsql
set hnsw.iterative_scan = 'relaxed_order' set hnsw.ef_search = 100 set hnsw.max_scan_tuples = 20000
set hnsw.scan_mem_multiplier = 8 set enable_seqscan = off set enable_sort = off set enable_bitmapscan = off as $$
declare
  space coro.embedding_space;
  looked integer;
begin
  select * into space from coro.embedding_space p where p.id = space_id;
  looked := greatest(case space.graph when 'bits' then ef * 3 / 2 else ef end, 2 * k);
  perform set_config('hnsw.ef_search', least(1000, case space.graph when 'bits' then looked else ef end)::text, true),
    set_config('hnsw.max_scan_tuples', greatest(max_scan_tuples, 2 * looked)::text, true);
  execute format(
    'select array_agg(n.id order by n.d, n.id <> $3, n.id), array_agg(1 - n.d order by n.d, n.id <> $3, n.id) from (%s) n (id, d)',
    coro.index_scan_sql(space_id, format('$1::%s(%s)', space.element, space.dimension), condition, '$2', looked::text))
    using query, k, coalesce(self, 0) into segment_ids, similarities;
end $$;

-- As before (0008), and what the index is a graph of.
create or replace view coro.spaces as
select p.name as space, p.active, p.model, p.variant, p.dimension, p.element,
       coalesce(sum(a.embedded), 0)::bigint as vectors, coalesce(sum(a.silent), 0)::bigint as silent,
       exists (select from pg_index i
                where i.indexrelid = to_regclass(format('coro.embedding_%s_hnsw', p.id)) and i.indisvalid) as has_index,
       format('coro.embedding_%s', p.id) as vector_table, p.wanted as kept_filled, p.window_s, p.hop_s, p.created_at,
       p.id as space_id, p.imported, p.import_open, p.graph
  from coro.embedding_space p
  -- without what deleted recordings and older versions keep until it is swept
  left join coro.recording_space a on a.space_id = p.id
        and a.recording_id not in (select id from coro.recording where state in ('superseded', 'deleted'))
 group by p.id;

-- As before (0006), over either graph.
create or replace function coro.near_duplicates(
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
    perform set_config('enable_seqscan', 'off', true), set_config('hnsw.ef_search', greatest(40, least(1000, look * 3 / 2))::text, true);
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
           select n.* from (%4$s) n (segment_id, distance) where n.distance <= 1 - $2::double precision) b
     ), found as materialized (
       select l.one, l.other, l.distance from looked l join coro.segment e on e.id = l.other
        where l.n < %3$s and e.recording_id <> l.recording_id
          and not exists (select from coro.deleted_segment x where x.segment_id = l.other)
       union all
       select a.segment_id, b.segment_id, b.distance
         from asked a cross join lateral (
           %5$s) b (segment_id, distance)
        where a.segment_id in (select one from looked where n = %3$s)', of_space.id, live, look,
      coro.index_scan_sql(of_space.id, 'a.e', '', look::text, (look * 3 / 2)::text),
      coro.index_scan_sql(of_space.id, 'a.e',
        'join coro.segment s on s.id = e.segment_id where s.recording_id <> a.recording_id and ' || live, '$3', '($3 * 3 / 2 + 30)')) end)
    using asked, threshold, candidates;
end $$;

comment on column coro.embedding_space.graph is 'What its index is a graph of: vectors, or bits (signs of mean-centred vectors)';
comment on column coro.embedding_space.bits_mean is 'What is taken from vectors before their signs are; null = no bits';
comment on column coro.spaces.graph is 'What its index is a graph of: vectors, or bits (signs of mean-centred vectors)';
comment on function coro.bits_from is 'Vectors from which on a first index is one over bits';
comment on function coro.bits_of is 'A vector''s bits: 1 where it is above the mean';
comment on function coro.keep_bits is 'Internal: writes the bits of vectors that are written';
comment on function coro.make_bits is 'Internal: the table of a space''s bits, and the triggers that keep it';
comment on function coro.fill_bits is 'Internal: the bits of vectors that were there before';
comment on function coro.drop_bits is 'Internal: drops a space''s bits';
comment on function coro.create_index_sql is 'Internal: the statement that builds a space''s index';
comment on function coro.index_scan_sql is 'Internal: one index scan, over either graph';
