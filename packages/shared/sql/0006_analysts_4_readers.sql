-- Who reads: the role coro_reader, for people who ask in SQL. It sees every table, view and function of the schema coro,
-- present and future, and writes nothing. Its defaults make a raw `order by e <=> ... limit n` safe: without an iterative
-- scan, a filter beside it silently loses rows.
-- Defaults of a role hold where one logs in as that role, never by membership: coro.make_reader gives them to a login.
-- A table with secrets, should there ever be one, has to be revoked from coro_reader where it is made.

-- Set a role's defaults in this database; those that are set already stay untouched (two databases of one server share
-- their roles, and an administrator's own choice wins).
create function coro.set_reader_defaults(p_role text) returns void language plpgsql as $$
declare
  vector_schema text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace
                          where e.extname = 'vector');
  there text[] := array(select split_part(one, '=', 1) from pg_db_role_setting s, unnest(s.setconfig) one
                         where s.setrole = to_regrole(quote_ident(p_role)) and s.setdatabase =
                               (select oid from pg_database where datname = current_database()));
  setting record;
begin
  -- hnsw.* are known, and may be set by whoever is no superuser, once pgvector's library is loaded
  perform '[1]'::vector;
  for setting in
    select * from (values
      ('search_path', 'coro, ' || case when vector_schema in ('coro', 'public') then '' else quote_ident(vector_schema) || ', ' end || 'public'),
      ('timezone', quote_literal('UTC')),
      ('default_transaction_read_only', 'on'),
      ('statement_timeout', quote_literal('2min')),
      ('idle_in_transaction_session_timeout', quote_literal('15min')),
      -- a generic plan guesses 10 % of the rows for `limit $1`
      ('plan_cache_mode', 'force_custom_plan'),
      -- compiling a query costs more than most of these run
      ('jit', 'off'),
      ('hnsw.ef_search', '100'),
      ('hnsw.iterative_scan', 'relaxed_order'),
      ('hnsw.max_scan_tuples', '200000'),
      ('hnsw.scan_mem_multiplier', '4')
    ) as one(name, value)
  loop
    if setting.name <> all (there) then
      execute format('alter role %I in database %I set %s to %s', p_role, current_database(), setting.name, setting.value);
    end if;
  end loop;
end $$;

-- Make coro_reader and let it read. The migration does it where it may; where the migrating user may not make roles, an
-- administrator does it afterwards: select coro.set_up_readers(). Safe to repeat. Returns what is still to be done, or null.
create function coro.set_up_readers() returns text language plpgsql as $$
declare
  owner text := (select pg_get_userbyid(relowner) from pg_class where oid = 'coro.recording'::regclass);
begin
  if to_regrole('coro_reader') is null then
    begin
      create role coro_reader nologin;
    exception
      when insufficient_privilege then
        return format('The role coro_reader is missing, and %s may not make roles: let an administrator run '
                      'select coro.set_up_readers()', current_user);
      -- made meanwhile by the migration of another database of this server
      when duplicate_object or unique_violation then null;
    end;
  end if;
  grant usage on schema coro to coro_reader;
  grant select on all tables in schema coro to coro_reader;
  grant execute on all functions in schema coro to coro_reader;
  execute format('alter default privileges for role %I in schema coro grant select on tables to coro_reader', owner);
  execute format('alter default privileges for role %I in schema coro grant execute on functions to coro_reader', owner);
  begin
    perform coro.set_reader_defaults('coro_reader');
  exception when insufficient_privilege then
    return format('%s may not set the defaults of coro_reader, which another user made: let an administrator run '
                  'select coro.set_up_readers()', current_user);
  end;
  return null;
end $$;

-- Turn a login into an analyst: coro_reader's rights, and its defaults from the next login on.
create function coro.make_reader(login text) returns text language plpgsql as $$
declare
  missing text := coro.set_up_readers();
  is_superuser boolean;
begin
  if missing is not null then
    raise exception '%', missing;
  end if;
  select rolsuper into is_superuser from pg_roles where rolname = login;
  if is_superuser is null then
    raise exception 'There is no role %', login
      using hint = format('create role %I login password ''...'';', login);
  elsif is_superuser then
    raise exception '% is a superuser: nothing would keep it from writing', login;
  end if;
  execute format('grant coro_reader to %I', login);
  perform coro.set_reader_defaults(login);
  return format('%s reads the schema coro from its next login on.', login);
end $$;

do $$
declare
  missing text := coro.set_up_readers();
begin
  if missing is not null then
    raise notice '%', missing;
  end if;
end $$;

comment on function coro.set_reader_defaults is
  'Internal: give a role the defaults that make analysts'' queries safe (time limit, read only, settings of HNSW scans)';
comment on function coro.set_up_readers is
  'For administrators: make the role coro_reader and let it read; safe to repeat; returns what is still to be done, or null';
comment on function coro.make_reader is
  'For administrators: turn a login into an analyst, who reads everything and writes nothing: select coro.make_reader(''ana'')';
