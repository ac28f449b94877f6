-- Which segments a search may return: filters with one meaning in SQL, over HTTP and by command; labels; marks of deletion;
-- and the views of the active space, renewed in the transaction that changes it.

create index recording_recorder on coro.recording (recorder_id);
create index recording_deployment on coro.recording (deployment_id);

-- Where a recording's segments lie in the order of ids, so that a filter of recordings reads the vectors' tables range by range
-- (a probe for each segment costs half as much again as comparing it). Null where other recordings' lie between them.
alter table coro.recording add column first_segment_id bigint, add column last_segment_id bigint;
update coro.recording r set first_segment_id = s.least, last_segment_id = s.most
  from (select recording_id, min(id) as least, max(id) as most, count(*) as n from coro.segment group by recording_id) s
 where s.recording_id = r.id and s.most - s.least + 1 = s.n;
create index recording_scattered on coro.recording (id) where segment_count > 0 and first_segment_id is null;

-- What people or programs heard: in a whole recording, or from start_s to end_s in it (equal: at that moment).
create table coro.label (
  id bigint generated always as identity primary key,
  recording_id bigint not null references coro.recording on delete cascade,
  start_s double precision,
  end_s double precision,
  label text not null check (label <> ''),
  annotator text,
  confidence real check (confidence between 0 and 1),
  -- the file that it was imported from
  origin text,
  created_at timestamptz not null default now(),
  check ((start_s is null) = (end_s is null)),
  check (start_s >= 0 and end_s >= start_s),
  -- imported twice, there once
  unique nulls not distinct (recording_id, label, start_s, end_s, annotator)
);
create index label_label on coro.label (label, recording_id);

-- Segments that no search returns any more. A mark, since deleting from a table with an HNSW index costs its vacuum; a sweep
-- deletes the vectors of all that is marked at once, and builds the indexes again.
create table coro.deleted_segment (
  segment_id bigint primary key references coro.segment on delete cascade,
  reason text,
  deleted_at timestamptz not null default now(),
  -- no space has a vector of it any more, and none gets one
  swept boolean not null default false
);
create index deleted_segment_unswept on coro.deleted_segment (segment_id) where not swept;

-- Local time ---------------------------------------------------------------------------------------------------------------

-- In a zone, else by an offset in minutes, else UTC. Inlined by the planner: no set clause, not strict.
create function coro.local_time(at timestamptz, time_zone text, utc_offset_min integer) returns timestamp
language sql immutable parallel safe as $$
  select case when time_zone is not null then at at time zone time_zone
              when utc_offset_min is not null then (at at time zone 'UTC') + make_interval(mins => utc_offset_min)
              else at at time zone 'UTC' end
$$;

-- The way back. An hour that a zone has twice counts as the later one, an hour that it leaps over as the one behind it.
create function coro.local_instant(local timestamp, time_zone text, utc_offset_min integer) returns timestamptz
language sql immutable parallel safe as $$
  select case when time_zone is not null then local at time zone time_zone
              when utc_offset_min is not null then (local - make_interval(mins => utc_offset_min)) at time zone 'UTC'
              else local at time zone 'UTC' end
$$;

-- The sun ------------------------------------------------------------------------------------------------------------------

-- Declination in radians and the sun's hour angle at a longitude (degrees east) in degrees, -180..180, 0 at solar noon.
-- Source: NOAA Global Monitoring Laboratory, Solar Calculator (spreadsheet NOAA_Solar_Calculations_day), after Jean Meeus,
-- Astronomical Algorithms, 2nd ed., chapters 25 and 28; good to 0.01 degrees between 1900 and 2100.
create function coro.sun_position(at timestamptz, longitude double precision) returns double precision[]
language plpgsql immutable strict parallel safe as $$
declare
  days double precision := extract(epoch from at) / 86400 - 10957.5;
  t double precision := days / 36525;
  mean_longitude double precision := radians(280.46646 + t * (36000.76983 + t * 0.0003032));
  anomaly double precision := radians(357.52911 + t * (35999.05029 - 0.0001537 * t));
  eccentricity double precision := 0.016708634 - t * (0.000042037 + 0.0000001267 * t);
  node double precision := radians(125.04 - 1934.136 * t);
  ecliptic_longitude double precision := mean_longitude + radians(
    sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t)) + sin(2 * anomaly) * (0.019993 - 0.000101 * t)
    + sin(3 * anomaly) * 0.000289 - 0.00569 - 0.00478 * sin(node));
  obliquity double precision := radians(
    23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60 + 0.00256 * cos(node));
  y double precision := tan(obliquity / 2) ^ 2;
  -- how far true solar time is ahead of mean solar time, in degrees
  equation double precision := degrees(
    y * sin(2 * mean_longitude) - 2 * eccentricity * sin(anomaly)
    + 4 * eccentricity * y * sin(anomaly) * cos(2 * mean_longitude)
    - 0.5 * y * y * sin(4 * mean_longitude) - 1.25 * eccentricity * eccentricity * sin(2 * anomaly));
  turn double precision := (days + 0.5) * 360 + equation + longitude;
begin
  return array[asin(sin(obliquity) * sin(ecliptic_longitude)), turn - floor(turn / 360) * 360 - 180];
end $$;

-- 'day' while the sun's upper limb is above the horizon (its centre above -0.833 degrees), 'dawn' before noon and 'dusk' after
-- it while its centre is above -6 degrees (civil twilight), else 'night'. Every instant everywhere is in exactly one.
create function coro.sun_phase(at timestamptz, latitude double precision, longitude double precision) returns text
language plpgsql immutable strict parallel safe as $$
declare
  sun double precision[] := coro.sun_position(at, longitude);
  sine double precision := sind(latitude) * sin(sun[1]) + cosd(latitude) * cos(sun[1]) * cosd(sun[2]);
begin
  return case when sine > sind(-0.833) then 'day' when sine <= sind(-6) then 'night'
              when sun[2] < 0 then 'dawn' else 'dusk' end;
end $$;

-- When 'sunrise', 'sunset', 'dawn' or 'dusk' (begin and end of civil twilight) is in the solar day (midnight to midnight by
-- the sun) that holds `at`; null where the sun stays above or below all day.
create function coro.sun_event(event text, at timestamptz, latitude double precision, longitude double precision)
returns timestamptz language plpgsql immutable strict parallel safe as $$
declare
  zenith constant double precision := case when event in ('sunrise', 'sunset') then 90.833 else 96 end;
  side constant double precision := case when event in ('sunrise', 'dawn') then -1 else 1 end;
  sun double precision[] := coro.sun_position(at, longitude);
  -- the sun turns a degree in four minutes
  noon timestamptz := at - make_interval(secs => 240 * sun[2]);
  moment timestamptz := noon;
  cosine double precision;
  off_s double precision;
begin
  if event not in ('sunrise', 'sunset', 'dawn', 'dusk') then
    perform coro.refuse('FILTER_INVALID', format('There is no event "%s" of the sun.', event), 'sunrise, sunset, dawn, dusk');
  end if;
  -- declination and equation of time change while the sun moves from noon to the event
  for i in 1..5 loop
    sun := coro.sun_position(moment, longitude);
    cosine := (cosd(zenith) - sind(latitude) * sin(sun[1])) / nullif(cosd(latitude) * cos(sun[1]), 0);
    if cosine is null or abs(cosine) > 1 then
      return null;
    end if;
    off_s := 240 * (side * acosd(cosine) - sun[2]);
    moment := moment + make_interval(secs => off_s);
    exit when abs(off_s) < 0.5;
  end loop;
  return moment;
end $$;

-- The same, and for how many seconds from then on it certainly stays so: a filter asks once a recording, and again only of
-- segments behind that. The sun climbs by the Earth's turn (15.04 degrees an hour) times cos(latitude) at the most, and its
-- declination adds less than 0.02 an hour.
create function coro.steady_sun_phase(
  at timestamptz, latitude double precision, longitude double precision, out phase text, out steady_s double precision
) language plpgsql immutable strict parallel safe cost 1000 as $$
declare
  sun constant double precision[] := coro.sun_position(at, longitude);
  height constant double precision :=
    asind(greatest(-1, least(1, sind(latitude) * sin(sun[1]) + cosd(latitude) * cos(sun[1]) * cosd(sun[2]))));
begin
  phase := coro.sun_phase(at, latitude, longitude);
  steady_s := 3600 * least(abs(height + 0.833), abs(height + 6)) / (15.05 * cosd(latitude) + 0.02) - 1;
  if phase in ('dawn', 'dusk') then
    -- noon and midnight part them, near the poles
    steady_s := least(steady_s, 239 * least(abs(sun[2]), 180 - abs(sun[2])) - 1);
  end if;
end $$;

-- Whether an instant lies in [first + first_shift, last + last_shift), shifts of 12 hours at most. Of one event ('sunset' - 30 min
-- to 'sunset' + 2 h): around any of them. Of a pair (sunrise and sunset, or dawn and dusk): from the one to the next of the
-- other, so that the polar night is all between sunset and sunrise, and the polar day never. steady_s: for how many seconds
-- from then on the answer certainly stays the same (0: not known).
create function coro.steady_sun_range(
  at timestamptz, latitude double precision, longitude double precision,
  first text, first_shift interval, last text, last_shift interval,
  out inside boolean, out steady_s double precision
) language plpgsql immutable strict parallel safe cost 1000 as $$
declare
  morning constant text := case when first in ('sunrise', 'sunset') then 'sunrise' else 'dawn' end;
  evening constant text := case when first in ('sunrise', 'sunset') then 'sunset' else 'dusk' end;
  event text;
  moment timestamptz;
  -- when the range was opened that is open now, as far as the events so far tell; null = none is
  opened timestamptz;
  any_event boolean := false;
  all_events boolean := true;
  -- the next bound, in seconds from now; those of the day after tomorrow are 12 hours away
  next_s double precision := 39600;
  phase text;
  a double precision;
  b double precision;
  sun constant double precision[] := coro.sun_position(at, longitude);
  -- the nearest: a day later or earlier is noon again, and not a midnight that a solar day of other length has on its other side
  noon constant timestamptz := at - make_interval(secs => 240 * sun[2]);
  -- from solar noon to an event, in seconds, with the sun's declination of now
  half double precision;
  opens double precision;
  closes double precision;
  since double precision;
  is_near boolean := false;
begin
  -- Far from all bounds, and not near the poles, one position of the sun will do: up to the next day its declination changes
  -- by 0.6 degrees, which moves an event by 8 minutes at the most (at 60 degrees, three weeks from a solstice).
  if abs(latitude) <= 60 then
    a := extract(epoch from first_shift);
    b := extract(epoch from last_shift);
    half := 240 * acosd((cosd(case when morning = 'sunrise' then 90.833 else 96 end) - sind(latitude) * sin(sun[1]))
      / (cosd(latitude) * cos(sun[1])));
    opens := case when first = morning then -half else half end;
    closes := case when last = morning then -half else half end;
    closes := b + case when closes < opens then closes + 86400 else closes end;
    opens := opens + a;
    inside := false;
    for day in -1..1 loop
      since := 240 * sun[2] - 86400 * day;
      is_near := is_near or least(abs(since - opens), abs(since - closes)) < 1200;
      inside := inside or (since >= opens and since < closes);
      next_s := least(next_s, case when opens > since then opens - since end, case when closes > since then closes - since end);
    end loop;
    if not is_near then
      steady_s := next_s - 1200;
      return;
    end if;
    next_s := 39600;
  end if;
  inside := null;
  for day in -1..1 loop
    foreach event in array array[morning, evening] loop
      continue when first = last and event <> first;
      moment := coro.sun_event(event, noon + make_interval(hours => 24 * day), latitude, longitude);
      all_events := all_events and moment is not null;
      continue when moment is null;
      if event = first and moment + first_shift > at then
        next_s := least(next_s, extract(epoch from moment + first_shift - at));
      end if;
      if event = last and moment + last_shift > at then
        next_s := least(next_s, extract(epoch from moment + last_shift - at));
      end if;
      if first = last then
        inside := coalesce(inside, false) or (at >= moment + first_shift and at < moment + last_shift);
      elsif event = first then
        opened := moment;
      else
        -- before the first event here it has been open for more than the longest shift
        opened := case when any_event then opened else '-infinity' end;
        inside := coalesce(inside, false) or coalesce(at >= opened + first_shift and at < moment + last_shift, false);
        opened := null;
      end if;
      any_event := true;
    end loop;
  end loop;
  -- events are found to half a second
  steady_s := case when all_events then next_s - 2 else 0 end;
  if inside then
    return;
  elsif first = last then
    inside := false;
  elsif any_event then
    inside := coalesce(at >= opened + first_shift, false);
  else
    -- the sun has long been up, or down
    phase := coro.sun_phase(at, latitude, longitude);
    inside := case first when 'sunrise' then phase = 'day' when 'sunset' then phase <> 'day'
                         when 'dawn' then phase <> 'night' else phase = 'night' end;
  end if;
end $$;

create function coro.in_sun_range(
  at timestamptz, latitude double precision, longitude double precision,
  first text, first_shift interval, last text, last_shift interval
) returns boolean language plpgsql immutable strict parallel safe as $$
begin
  return (select r.inside from coro.steady_sun_range(at, latitude, longitude, first, first_shift, last, last_shift) r);
end $$;

-- The filter ---------------------------------------------------------------------------------------------------------------

-- Refuse what was asked for. SQLSTATE QF000; the stable code is in the error's constraint field.
create function coro.refuse(code text, message text, hint text default null) returns void
language plpgsql immutable parallel safe as $$
begin
  if hint is null then
    raise exception using errcode = 'QF000', message = message, constraint = code;
  end if;
  raise exception using errcode = 'QF000', message = message, constraint = code, hint = hint;
end $$;

-- One name or an array of names.
create function coro.filter_names(kind text, names jsonb) returns text[] language plpgsql immutable parallel safe as $$
begin
  case jsonb_typeof(names)
    when 'array' then return array(select jsonb_array_elements_text(names));
    when 'string' then return array[names #>> '{}'];
    else perform coro.refuse('FILTER_INVALID', format('%s must be a name, or an array of names.', kind));
  end case;
end $$;

-- Instead of a name that is unknown: the one that differs in case or by a part, else some of those that there are.
create function coro.names_like(kind text, name text) returns text language plpgsql stable parallel safe as $$
declare
  names text[] := array(select n.name
    from (select s.name from coro.site s where kind = 'site'
          union select c.name from coro.recorder c where kind = 'recorder'
          union select d.prefix from coro.deployment d where kind = 'deployment'
          union select l.label from coro.label l where kind = 'label') n(name) order by 1);
  alike text := (select n from unnest(names) n
    where lower(n) = lower(name)
       or length(name) > 2 and (strpos(lower(n), lower(name)) > 0 or strpos(lower(name), lower(n)) > 0)
    order by lower(n) <> lower(name), length(n), n limit 1);
begin
  return case when alike is not null then format('There is "%s".', alike)
    when names = '{}' then 'There is none.'
    when cardinality(names) <= 10 then 'There are: ' || array_to_string(names, ', ')
    else format('There are %s: %s, ...', cardinality(names), array_to_string(names[1:10], ', ')) end;
end $$;

-- Ids of sites or recorders by name, or of deployments by prefix. Refuses unknown ones.
create function coro.filter_ids(kind text, names jsonb) returns bigint[] language plpgsql stable parallel safe as $$
declare
  wanted text[] := coro.filter_names(kind, names);
  ids bigint[];
  unknown text;
begin
  case kind
    when 'site' then
      ids := array(select id from coro.site where name = any(wanted));
      unknown := (select w from unnest(wanted) w where not exists (select from coro.site where name = w) limit 1);
    when 'recorder' then
      ids := array(select id from coro.recorder where name = any(wanted));
      unknown := (select w from unnest(wanted) w where not exists (select from coro.recorder where name = w) limit 1);
    else
      ids := array(select id from coro.deployment where rtrim(prefix, '/') in (select rtrim(w, '/') from unnest(wanted) w));
      unknown := (select w from unnest(wanted) w
                   where not exists (select from coro.deployment where rtrim(prefix, '/') = rtrim(w, '/')) limit 1);
  end case;
  if unknown is not null then
    perform coro.refuse(upper(kind) || '_UNKNOWN', format('There is no %s "%s".', kind, unknown), coro.names_like(kind, unknown));
  end if;
  return ids;
end $$;

-- '18:00-06:00' or '5-7,17-19' as a condition on a local time; from inclusive, to exclusive, midnight is crossed.
create function coro.hours_sql(hours text, local_time text) returns text language plpgsql immutable parallel safe as $$
declare
  part text;
  found text[];
  first text;
  last text;
  conditions text[] := '{}';
begin
  foreach part in array coalesce(nullif(string_to_array(hours, ','), '{}'), '{""}') loop
    found := regexp_match(part, '^\s*(\d{1,2})(?::([0-5]\d))?\s*-\s*(\d{1,2})(?::([0-5]\d))?\s*$');
    first := lpad(found[1], 2, '0') || ':' || coalesce(found[2], '00');
    last := lpad(found[3], 2, '0') || ':' || coalesce(found[4], '00');
    if found is null or first >= '24:00' or last > '24:00' or first = last then
      perform coro.refuse('FILTER_INVALID', format('"%s" are no hours.', part), 'such as 18:00-06:00; several with commas');
    end if;
    conditions := conditions || format('%1$s >= %2$L::time %4$s %1$s < %3$L::time', local_time || '::time', first, last,
      case when first < last then 'and' else 'or' end);
  end loop;
  return '((' || array_to_string(conditions, ') or (') || '))';
end $$;

-- '11-2' or '6,7' as the numbers of months.
create function coro.filter_months(months text) returns integer[] language plpgsql immutable parallel safe as $$
declare
  part text;
  found text[];
  numbers integer[] := '{}';
begin
  foreach part in array coalesce(nullif(string_to_array(months, ','), '{}'), '{""}') loop
    found := regexp_match(part, '^\s*(1[0-2]|0?[1-9])(?:\s*-\s*(1[0-2]|0?[1-9]))?\s*$');
    if found is null then
      perform coro.refuse('FILTER_INVALID', format('"%s" are no months.', part), 'such as 11-2 or 6,7');
    end if;
    for i in 0..(coalesce(found[2], found[1])::integer - found[1]::integer + 12) % 12 loop
      numbers := numbers || (found[1]::integer - 1 + i) % 12 + 1;
    end loop;
  end loop;
  return numbers;
end $$;

-- 'night', 'dawn,day', 'sunset-00:30..sunset+02:00', 'sunset..sunrise' as a condition on an instant and the site's place. It is
-- computed once a recording (joins), and for segments that begin when that may not hold any more. "offset 0": the planner takes a
-- function that is called again for nothing, and might call it for each segment.
create function coro.sun_sql(sun text, at text, out joins text, out condition text) language plpgsql immutable parallel safe as $$
declare
  part text;
  found text[];
  phases text[] := '{}';
  conditions text[] := '{}';
  event constant text := '(sunrise|sunset|dawn|dusk)([+-]\d{1,2}:[0-5]\d)?';
  range text;
begin
  joins := '';
  foreach part in array coalesce(nullif(string_to_array(sun, ','), '{}'), '{""}') loop
    if trim(part) in ('day', 'night', 'dawn', 'dusk') then
      phases := phases || trim(part);
      continue;
    end if;
    found := regexp_match(part, '^\s*' || event || '\s*\.\.\s*' || event || '\s*$');
    if found is null then
      perform coro.refuse('FILTER_INVALID', format('"%s" is no position of the sun.', part),
        'day, night, dawn, dusk, or a range such as sunset-00:30..sunset+02:00 or sunset..sunrise');
    elsif greatest(abs(extract(epoch from coalesce(found[2], '0')::interval)),
                   abs(extract(epoch from coalesce(found[4], '0')::interval))) > 12 * 3600 then
      perform coro.refuse('FILTER_INVALID', format('"%s" goes further than 12 hours from the sun''s event.', part));
    elsif found[1] = found[3] and coalesce(found[2], '0')::interval >= coalesce(found[4], '0')::interval then
      perform coro.refuse('FILTER_INVALID', format('"%s" ends before it begins.', part));
    elsif (found[1] in ('sunrise', 'sunset')) <> (found[3] in ('sunrise', 'sunset')) then
      perform coro.refuse('FILTER_INVALID', format('"%s" goes from one height of the sun to another.', part),
        'sunrise goes with sunset, dawn with dusk');
    end if;
    range := format('%L, %L, %L, %L', found[1], coalesce(found[2], '0'), found[3], coalesce(found[4], '0'));
    joins := joins || format('
        left join lateral (select * from coro.steady_sun_range(r.started_at, t.latitude, t.longitude, %s) offset 0) sun%s on true',
      range, cardinality(conditions));
    conditions := conditions || format(
      'case when s.start_s < sun%1$s.steady_s then sun%1$s.inside else coro.in_sun_range(%2$s, t.latitude, t.longitude, %3$s) end',
      cardinality(conditions), at, range);
  end loop;
  if phases <> '{}' then
    joins := joins || '
        left join lateral (select * from coro.steady_sun_phase(r.started_at, t.latitude, t.longitude) offset 0) phase on true';
    conditions := format('case when s.start_s < phase.steady_s then phase.phase = any(%1$L::text[])
      else coro.sun_phase(%2$s, t.latitude, t.longitude) = any(%1$L::text[]) end', phases, at) || conditions;
  end if;
  condition := '(' || array_to_string(conditions, ' or ') || ')';
end $$;

-- A bound of time as SQL: an instant where it says Z or an offset, else local time at the segment.
create function coro.bound_sql(name text, bound text, time_zone text) returns text
language plpgsql stable parallel safe as $$
begin
  if bound !~ '^\s*\d{4}-\d{2}-\d{2}' then
    -- Postgres takes much more: 'now', 'infinity', and dates whose order depends on a setting
    raise exception using errcode = 'invalid_datetime_format';
  elsif bound ~* '[T ]\d.*(Z|[+-]\d{2}(:?\d{2})?)$' then
    perform bound::timestamptz;
    return format('%L::timestamptz', bound);
  end if;
  perform bound::timestamp;
  return format('coro.local_instant(%L::timestamp, %s, r.utc_offset_min)', bound, time_zone);
exception when data_exception then
  perform coro.refuse('FILTER_INVALID', format('"%s" is no time for "%s".', bound, name), 'ISO 8601, such as 2026-01-10T18:00');
end $$;

-- A filter as SQL over the aliases r (coro.recording) and s (coro.segment): what else has to be joined to r, the conditions
-- that concern recordings alone, and those that concern segments. Only what the filter names is in them. sun_joins: those of
-- the joins that are not to tables, for statements that join site (t), deployment (d) and source (o) already.
create function coro.filter_sql(
  filter jsonb, out joins text, out of_recording text, out of_segment text, out sun_joins text
) language plpgsql stable parallel safe as $$
declare
  key text;
  value jsonb;
  content text;
  names text[];
  at constant text := '(r.started_at + make_interval(secs => s.start_s))';
  zone constant text := 'coalesce(t.time_zone, d.time_zone, o.time_zone)';
  local constant text := format('coro.local_time(%s, %s, r.utc_offset_min)', at, zone);
  recording_conditions text[] := '{}';
  segment_conditions text[] := '{}';
  needs_site boolean := false;
  needs_zone boolean := false;
  sun record;
begin
  sun_joins := '';
  if jsonb_typeof(filter) not in ('object', 'null') then
    perform coro.refuse('FILTER_INVALID', 'A filter must be an object.', 'such as {"site": "lagoa", "hours": "18:00-06:00"}');
  end if;
  for key, value in select * from jsonb_each(jsonb_strip_nulls(coalesce(nullif(filter, 'null'), '{}'))) loop
    content := value #>> '{}';
    if key in ('from', 'to', 'hours', 'months', 'sun') and jsonb_typeof(value) not in ('string', 'number') then
      perform coro.refuse('FILTER_INVALID', format('%s must be a text.', key));
    end if;
    case key
      when 'site', 'recorder', 'deployment' then
        recording_conditions := recording_conditions
          || format('r.%s_id = any(%L::bigint[])', key, coro.filter_ids(key, value));
      when 'recording', 'notRecording' then
        if jsonb_typeof(value) not in ('number', 'array')
          or content !~ '^(\d{1,18}|\[\s*(\d{1,18}\s*(,\s*\d{1,18}\s*)*)?\])$'
        then
          perform coro.refuse('FILTER_INVALID', format('%s must be the id of a recording, or an array of ids.', key));
        end if;
        recording_conditions := recording_conditions || format('r.id %s(%L::bigint[])',
          case key when 'recording' then '= any' else '<> all' end,
          translate(case jsonb_typeof(value) when 'array' then content else '{' || content || '}' end, '[]', '{}'));
      when 'label' then
        names := coro.filter_names(key, value);
        content := (select w from unnest(names) w where not exists (select from coro.label l where l.label = w) limit 1);
        if content is not null then
          perform coro.refuse('LABEL_UNKNOWN', format('There is no label "%s".', content), coro.names_like('label', content));
        end if;
        segment_conditions := segment_conditions || format(
          'exists (select from coro.label l where l.recording_id = r.id and l.label = any(%L::text[]) and (l.start_s is null
             or (l.start_s < s.end_s and (l.end_s > s.start_s or l.start_s = s.start_s))))',
          names);
      when 'from', 'to' then
        needs_zone := true;
        segment_conditions := segment_conditions || format('%s %s %s', at, case key when 'from' then '>=' else '<' end,
          coro.bound_sql(key, content, zone));
        -- for the index on started_at: a segment never begins before its recording, and no zone is further than 15 h away
        if key = 'to' then
          recording_conditions := recording_conditions || format('r.started_at < %L::timestamptz',
            case when content ~* '[T ]\d.*(Z|[+-]\d{2}(:?\d{2})?)$' then content::timestamptz
                 else (content::timestamp + interval '15 hours') at time zone 'UTC' end);
        end if;
      when 'hours' then
        needs_zone := true;
        segment_conditions := segment_conditions || coro.hours_sql(content, local);
      when 'months' then
        needs_zone := true;
        segment_conditions := segment_conditions
          || format('extract(month from %s)::integer = any(%L::integer[])', local, coro.filter_months(content));
      when 'sun' then
        needs_site := true;
        sun := coro.sun_sql(content, at);
        sun_joins := sun.joins;
        segment_conditions := segment_conditions || sun.condition;
      else
        perform coro.refuse('FILTER_INVALID', format('There is no filter "%s".', key), 'site, recorder, deployment, '
          || 'recording, notRecording, label, from, to, hours, months, sun');
    end case;
  end loop;
  joins := case when needs_site or needs_zone then 'left join coro.site t on t.id = r.site_id' else '' end
    || case when needs_zone then ' left join coro.deployment d on d.id = r.deployment_id'
         || ' join coro.source o on o.id = r.source_id' else '' end
    || sun_joins;
  of_recording := coalesce(nullif(array_to_string(recording_conditions, ' and '), ''), 'true');
  of_segment := coalesce(nullif(array_to_string(segment_conditions, ' and '), ''), 'true');
end $$;

-- The segments that a filter leaves, without those that are marked as deleted.
create function coro.matching_segments(filter jsonb default '{}')
returns table (segment_id bigint, recording_id bigint) language plpgsql stable parallel safe rows 10000 as $$
declare
  f record := coro.filter_sql(filter);
begin
  return query execute format(
    'select s.id, s.recording_id from coro.recording r %s join coro.segment s on s.recording_id = r.id
      where %s and %s and not exists (select from coro.deleted_segment x where x.segment_id = s.id)',
    f.joins, f.of_recording, f.of_segment);
end $$;

-- How many segments a filter's times and sun leave out because their recording's start, or their site's coordinates, are not
-- known; the other conditions hold for them.
create function coro.filter_left_out(filter jsonb, out without_start bigint, out without_coordinates bigint)
language plpgsql stable as $$
declare
  f record := coro.filter_sql(filter - array['from', 'to', 'hours', 'months', 'sun']);
  by_sun constant boolean := filter ? 'sun';
begin
  if not filter ?| array['from', 'to', 'hours', 'months', 'sun'] then
    without_start := 0;
    without_coordinates := 0;
    return;
  end if;
  execute format(
    'select coalesce(sum(n) filter (where r.started_at is null), 0),
            coalesce(sum(n) filter (where r.started_at is not null), 0)
       from coro.recording r left join coro.site p on p.id = r.site_id %1$s cross join lateral (%2$s) c
      where (r.started_at is null or $1 and (p.latitude is null or p.longitude is null)) and %3$s',
    f.joins,
    -- where all of a recording's segments pass, its own count will do
    case when f.of_segment = 'true' and not exists (select from coro.deleted_segment where not swept)
      then 'select r.segment_count as n'
      else format('select count(*) as n from coro.segment s where s.recording_id = r.id and %s
                   and not exists (select from coro.deleted_segment x where x.segment_id = s.id)', f.of_segment) end,
    f.of_recording) using by_sun into without_start, without_coordinates;
end $$;

-- Search -------------------------------------------------------------------------------------------------------------------

-- About how many rows a vectors' table has, from its size on disk: current at once, unlike the statistics. row_bytes: of a vector.
create function coro.table_rows_about(vectors regclass, row_bytes integer) returns bigint
language sql stable parallel safe as $$
  -- 8,192 bytes a page, 24 of its header; 28 of a row's header, 8 of its id, 4 of its length, 4 of its pointer. Beyond a page
  -- a vector lies elsewhere, and its row is short.
  select pg_relation_size(vectors) / 8192 * (8168 / (case when row_bytes > 8000 then 62 else row_bytes + 44 end))
$$;

-- Whoever is no superuser may name HNSW's settings in a function once pgvector's library is loaded.
do $$ begin perform '[1]'::vector; end $$;

-- One index scan, nearest first, with the settings that a filter and a large k need; they end with the function. condition: over
-- e (the space's table). Relaxed order is not quite one: the answer is sorted again.
create function coro.nearest_by_index(
  space_id bigint, query vector, k integer, ef integer, max_scan_tuples integer, condition text, self bigint,
  out segment_ids bigint[], out similarities double precision[]
) language plpgsql
set hnsw.iterative_scan = 'relaxed_order' set hnsw.ef_search = 100 set hnsw.max_scan_tuples = 20000
set hnsw.scan_mem_multiplier = 8 set enable_seqscan = off set enable_sort = off set enable_bitmapscan = off as $$
declare
  space coro.embedding_space;
begin
  select * into space from coro.embedding_space p where p.id = space_id;
  perform set_config('hnsw.ef_search', ef::text, true), set_config('hnsw.max_scan_tuples', max_scan_tuples::text, true);
  execute format(
    'select array_agg(n.id order by n.d, n.id <> $3, n.id), array_agg(1 - n.d order by n.d, n.id <> $3, n.id)
       from (select e.segment_id as id, e.e <=> $1::%2$s(%3$s) as d from coro.embedding_%1$s e %4$s
              order by e.e <=> $1::%2$s(%3$s) limit $2) n',
    space_id, space.element, space.dimension, condition)
    using query, k, coalesce(self, 0) into segment_ids, similarities;
end $$;

-- Up to so many vectors are all compared; above that the index is asked. Measured (facts: 10 to 20 thousand).
create function coro.exact_up_to() returns integer language sql immutable parallel safe as $$
  select 20000
$$;

-- The statement that compares all of a space's vectors that a filter leaves. It takes $1 the query and $2 a segment that goes
-- first among equals (0 for none), and gives one row: here, candidates, segment_ids, similarities. k stands in the text: with a
-- parameter in its place, Postgres would not keep the plan.
-- guarded: the statement may be kept for a while. It says itself (here = false) where it is not the right one: something is
-- marked as deleted meanwhile, ids of recordings lie among each other, or a filter leaves more than exact_up_to(). Null where
-- there is no filter and the space holds more than that.
create function coro.exact_sql(space_id bigint, filter jsonb, k integer, guarded boolean) returns text language plpgsql stable as $$
declare
  space coro.embedding_space;
  f record;
  live constant text := case when not guarded and exists (select from coro.deleted_segment where not swept)
    then ' and not exists (select from coro.deleted_segment m where m.segment_id = e.segment_id)' else '' end;
  guard text := case when guarded then 'not exists (select from coro.deleted_segment where not swept)' else 'true' end;
  -- what a filter leaves, as the first of the statement's parts
  first text := '';
  row_bytes integer;
  vectors text;
  found text;
begin
  select * into space from coro.embedding_space p where p.id = space_id;
  if space.id is null then
    perform coro.refuse('SPACE_UNKNOWN', format('There is no embedding space %s.', space_id));
  end if;
  row_bytes := 8 + space.dimension * case space.element when 'halfvec' then 2 else 4 end;
  f := coro.filter_sql(filter);
  -- no length in the cast: where the plan is kept it would be checked for each row
  vectors := format('select e.segment_id, cosine_distance(e.e, $1::%s) as d from coro.embedding_%s e where ',
    space.element, space_id);
  if f.of_segment <> 'true' then
    first := format('ids as materialized (select array(select s.id from coro.recording r %s
        join coro.segment s on s.recording_id = r.id where %s and %s%s) as all_of_them), ',
      f.joins, f.of_recording, f.of_segment, case when guarded then format(' limit %s', coro.exact_up_to() + 1) else '' end);
    found := vectors || 'e.segment_id = any((select all_of_them from ids)::bigint[])' || live;
    if guarded then
      guard := guard || format(' and (select cardinality(all_of_them) from ids) <= %s', coro.exact_up_to());
      found := found || ' and (select here from g)';
    end if;
  elsif f.of_recording <> 'true' then
    first := format('recordings as materialized (select r.first_segment_id, r.last_segment_id, r.segment_count
      from coro.recording r %s where %s), ', f.joins, f.of_recording);
    -- "offset 0" keeps the loop over recordings, each with one range of ids
    found := 'select n.segment_id, n.d from recordings r cross join lateral (' || vectors
      || 'e.segment_id between r.first_segment_id and r.last_segment_id' || live || ' offset 0) n';
    if guarded then
      guard := guard || format(' and not exists (select from coro.recording where segment_count > 0 and first_segment_id is null)
        and (select coalesce(sum(segment_count), 0) from recordings) <= %s', coro.exact_up_to());
      found := found || ' where (select here from g)';
    elsif exists (select from coro.recording where segment_count > 0 and first_segment_id is null) then
      found := found || ' union all ' || vectors || format('e.segment_id = any(array(select s.id from coro.recording r %s
          join coro.segment s on s.recording_id = r.id
         where r.segment_count > 0 and r.first_segment_id is null and %s))', f.joins, f.of_recording) || live;
    end if;
  elsif guarded then
    -- Looked at now and not by the statement: it would cost a tenth of a small search.
    if coro.table_rows_about(to_regclass(format('coro.embedding_%s', space_id)), row_bytes) > coro.exact_up_to() then
      return null;
    end if;
    return format('with g as materialized (select %1$s as here)
      select (select here from g) as here,
             case when (select here from g) then (select count(*) from coro.embedding_%2$s) else 0 end as candidates,
             coalesce(array_agg(n.segment_id), ''{}'') as segment_ids, coalesce(array_agg(1 - n.d), ''{}'') as similarities
        from (select segment_id, d from (%3$s(select here from g) offset 0) c
               order by d, segment_id <> $2, segment_id limit %4$s) n', guard, space_id, vectors, k);
  else
    -- Plain, so that workers share it. Counting many rows takes a tenth of comparing them; the accounts hold the sum.
    return format('select true as here, (%1$s) as candidates,
             coalesce(array_agg(n.segment_id), ''{}'') as segment_ids, coalesce(array_agg(1 - n.d), ''{}'') as similarities
        from (%2$strue%3$s order by d, e.segment_id <> $2, e.segment_id limit %4$s) n',
      case when live = '' and coro.table_rows_about(to_regclass(format('coro.embedding_%s', space_id)), row_bytes) > coro.exact_up_to()
        then format('select coalesce(sum(embedded), 0)::bigint from coro.recording_space where space_id = %s', space_id)
        else format('select count(*) from coro.embedding_%s e where true%s', space_id, live) end,
      vectors, live, k);
  end if;
  return format('with %sg as materialized (select %s as here), found as materialized (%s)
    select (select here from g) as here, (select count(*) from found) as candidates,
           coalesce(array_agg(n.segment_id), ''{}'') as segment_ids, coalesce(array_agg(1 - n.d), ''{}'') as similarities
      from (select segment_id, d from found order by d, segment_id <> $2, segment_id limit %s) n', first, guard, found, k);
end $$;

-- The k nearest segments of a space, and how they were found. mode: 'exact', 'hnsw', or 'auto', which compares everything where
-- at most exact_up_to() vectors are left and asks the index above that. ef: HNSW's candidate list, at least k; without one
-- 100, or 2 k, or more under a filter that takes much away. self goes first among equals. One call, so that a client needs one round trip.
-- candidates: vectors that the filter leaves; without candidates_exact an estimate, since counting them all would cost more
-- than the search. complete: whether these are certain to be the k nearest. An index scan that ends before it has k rows is
-- finished exactly. Refuses INDEX_MISSING, SPACE_UNKNOWN and what filter_sql() refuses.
create function coro.nearest(
  space_id bigint, query vector, k integer default 10, mode text default 'auto', ef integer default null,
  filter jsonb default '{}', self bigint default null,
  out used_mode text, out used_ef integer, out candidates bigint, out candidates_exact boolean, out complete boolean,
  out segment_ids bigint[], out similarities double precision[]
) language plpgsql as $$
declare
  space coro.embedding_space;
  f record;
  filtered constant boolean := jsonb_strip_nulls(coalesce(filter, '{}')) <> '{}';
  live constant text := case when exists (select from coro.deleted_segment where not swept)
    then ' and not exists (select from coro.deleted_segment m where m.segment_id = e.segment_id)' else '' end;
  -- the filter as a join to e, the space's table: each row is looked up by itself, so that the index's order stays
  lookup text := '';
  size bigint;
  sampled record;
begin
  select * into space from coro.embedding_space p where p.id = space_id;
  if mode <> 'exact' and coalesce(
    (select indisvalid from pg_index where indexrelid = to_regclass(format('coro.embedding_%s_hnsw', space_id))), false)
  then
    size := coro.table_rows_about(to_regclass(format('coro.embedding_%s', space_id)),
      8 + space.dimension * case space.element when 'halfvec' then 2 else 4 end);
    candidates := size;
    candidates_exact := not filtered and candidates <= coro.exact_up_to();
    if candidates_exact then
      execute format('select count(*) from coro.embedding_%s e where true%s', space_id, live) into candidates;
    end if;
    if filtered and (candidates > coro.exact_up_to() or mode = 'hnsw') then
      f := coro.filter_sql(filter);
      lookup := format('cross join lateral (select from coro.segment s join coro.recording r on r.id = s.recording_id %s
        where s.id = e.segment_id and %s and %s offset 0) c', f.joins, f.of_recording, f.of_segment);
      execute format('select least(coalesce(sum(r.segment_count), 0), %s) from coro.recording r %s where %s',
        candidates, f.joins, f.of_recording) into candidates;
      if f.of_segment <> 'true' and candidates > coro.exact_up_to() then
        -- of 200 segments spread over all, those of recordings that are left: how many does the filter leave?
        execute format('select count(*) filter (where %2$s) as n, count(*) filter (where %2$s and %3$s) as hits
            from (select min(id) as first, max(id) - min(id) as span from coro.segment) b
            cross join generate_series(1, 200) g
            cross join lateral (select * from coro.segment
                                 where id >= b.first + ((g * 0.005 - 0.0025) * b.span)::bigint order by id limit 1) s
            join coro.recording r on r.id = s.recording_id %1$s', f.joins, f.of_recording, f.of_segment) into sampled;
        if sampled.n >= 20 then
          candidates := candidates * sampled.hits / sampled.n;
        end if;
      end if;
    end if;
    if mode = 'hnsw' or candidates > coro.exact_up_to() then
      used_mode := 'hnsw';
      -- what a filter takes away of the list has to be in it too
      used_ef := least(1000, greatest(k, coalesce(ef, greatest(100, 2 * k, least(400, 2 * k * size / greatest(candidates, 1))))));
      complete := false;
      select i.segment_ids, i.similarities into segment_ids, similarities
        from coro.nearest_by_index(space_id, query, k, used_ef,
          -- beyond this, comparing all candidates costs less than going on
          greatest(20000, least(candidates / 15, 2000000000))::integer,
          lookup || ' where true' || live, self) i;
      if cardinality(segment_ids) >= (case when candidates_exact then least(k, candidates) else k end) then
        return;
      end if;
    end if;
  elsif mode = 'hnsw' then
    perform coro.refuse('INDEX_MISSING', format('The space %s has no HNSW index: run "coro index build".', space.name));
  end if;
  used_mode := 'exact';
  used_ef := null;
  candidates_exact := true;
  complete := true;
  execute coro.exact_sql(space_id, filter, k, false) using query, coalesce(self, 0) into sampled;
  candidates := sampled.candidates;
  segment_ids := sampled.segment_ids;
  similarities := sampled.similarities;
end $$;

-- The active space ---------------------------------------------------------------------------------------------------------

-- (Re)make what depends on the active space: every function coro.renew_active_*(), in the order of their names.
create function coro.renew_views_of_active_space() returns void language plpgsql as $$
declare
  renewal text;
begin
  for renewal in select proname from pg_proc
                  where pronamespace = 'coro'::regnamespace and starts_with(proname, 'renew_active_') order by proname
  loop
    execute format('select coro.%I()', renewal);
  end loop;
end $$;

-- The active space's vectors, without segments that are marked as deleted. Replaced in place where the type stays, so that
-- views on it and grants stay; else dropped with what depends on it (which its own renewal makes again).
create function coro.renew_active_embedding() returns void language plpgsql as $$
declare
  definition text := coalesce(
    (select format('select e.segment_id, e.e from coro.embedding_%s e where not exists
                     (select from coro.deleted_segment x where x.segment_id = e.segment_id)', id)
       from coro.embedding_space where active),
    'select null::bigint as segment_id, null::vector as e where false');
  readers text;
begin
  begin
    execute 'create or replace view coro.active_embedding as ' || definition;
  exception when invalid_table_definition then
    select string_agg(case a.grantee when 0 then 'public' else quote_ident(a.grantee::regrole::text) end, ', ')
      into readers
      from pg_class c, aclexplode(c.relacl) a
     where c.oid = 'coro.active_embedding'::regclass and a.privilege_type = 'SELECT' and a.grantee <> c.relowner;
    drop view coro.active_embedding cascade;
    execute 'create view coro.active_embedding as ' || definition;
    if readers is not null then
      execute 'grant select on coro.active_embedding to ' || readers;
    end if;
  end;
  comment on view coro.active_embedding is
    'The vectors of the active embedding space (segment_id, e), L2-normalised; order by e <=> ... limit may use its index';
  comment on column coro.active_embedding.segment_id is 'Id of the segment';
  comment on column coro.active_embedding.e is 'The vector, L2-normalised';
end $$;

-- Hand searches over to a space, and renew what depends on the active one, in this transaction.
create function coro.activate_space(space_id bigint) returns void language plpgsql as $$
begin
  update coro.embedding_space set active = false where active and id <> space_id;
  update coro.embedding_space set active = true where id = space_id and not active;
  perform coro.renew_views_of_active_space();
end $$;

-- Embedding spaces ---------------------------------------------------------------------------------------------------------

-- HNSW takes so many dimensions at most; beyond, search is exact only. Source: pgvector 0.8 README, "HNSW".
create function coro.hnsw_max_dimension(element text) returns integer language sql immutable parallel safe as $$
  select case element when 'halfvec' then 4000 else 2000 end
$$;

-- How graphs are built. Measured (docs/decisions/0007-search.md): against pgvector's defaults (16, 64) the same recall from a
-- candidate list half as long, and no query left without its neighbours.
create function coro.hnsw_options() returns text language sql immutable parallel safe as $$
  select 'm = 12, ef_construction = 200'
$$;

-- As before (0001); besides, vectors must be of length 1, a space that HNSW cannot index says so, and one that is active
-- at once renews its views.
create or replace function coro.create_embedding_space(
  p_name text, p_model text, p_model_sha256 text, p_variant text, p_front_end jsonb, p_identity text,
  p_dimension integer, p_element text, p_window_s double precision, p_hop_s double precision,
  p_active boolean, p_with_index boolean
) returns bigint language plpgsql as $$
declare
  new_id bigint;
  bytes integer := 8 + p_dimension * (case p_element when 'halfvec' then 2 else 4 end);
  indexable boolean := p_dimension <= coro.hnsw_max_dimension(p_element);
begin
  insert into coro.embedding_space
    (name, model, model_sha256, variant, front_end, identity, dimension, element, window_s, hop_s, index_wanted)
  values
    (p_name, p_model, p_model_sha256, p_variant, p_front_end, p_identity, p_dimension, p_element, p_window_s, p_hop_s,
     p_with_index and indexable)
  returning id into new_id;
  execute format(
    'create table coro.embedding_%1$s (
       segment_id bigint primary key references coro.segment on delete cascade,
       e %2$s(%3$s) not null,
       constraint embedding_%1$s_unit check (abs(%4$s(e) - 1) < 0.01)
     ) with (toast_tuple_target = 8160)',
    new_id, p_element, p_dimension, case p_element when 'halfvec' then 'l2_norm' else 'vector_norm' end);
  execute format('comment on table coro.embedding_%s is %L', new_id, 'Vectors of the embedding space ' || p_name);
  execute format('comment on column coro.embedding_%s.segment_id is %L', new_id, 'coro.segment');
  execute format('comment on column coro.embedding_%s.e is %L', new_id, 'The vector, L2-normalised');
  if bytes <= 8000 then
    execute format('alter table coro.embedding_%s alter column e set storage plain', new_id);
  end if;
  if not indexable then
    raise notice 'HNSW takes % to % dimensions: % has %, and is searched exactly only.',
      p_element, coro.hnsw_max_dimension(p_element), p_name, p_dimension;
  elsif p_with_index then
    execute format('create index embedding_%s_hnsw on coro.embedding_%s using hnsw (e %s_cosine_ops) with (%s)',
      new_id, new_id, p_element, coro.hnsw_options());
  end if;
  if p_active then
    perform coro.activate_space(new_id);
  end if;
  return new_id;
end $$;

-- Spaces from before: new rows are checked, old ones were normalised when they were made.
do $$
declare
  space record;
begin
  for space in select id, element from coro.embedding_space loop
    execute format('alter table coro.embedding_%1$s add constraint embedding_%1$s_unit check (abs(%2$s(e) - 1) < 0.01) not valid',
      space.id, case space.element when 'halfvec' then 'l2_norm' else 'vector_norm' end);
  end loop;
end $$;

select coro.renew_views_of_active_space();

comment on table coro.label is 'What people or programs heard: in a whole recording (start_s null), or from start_s to end_s';
comment on table coro.deleted_segment is 'Segments that no search returns any more; "coro index sweep" deletes them for good';
comment on function coro.local_time is 'An instant as local time: in a zone, else by an offset in minutes, else UTC';
comment on function coro.local_instant is 'Local time as an instant: in a zone, else by an offset in minutes, else UTC';
comment on function coro.sun_position is 'The sun''s declination (radians) and hour angle at a longitude (degrees)';
comment on function coro.sun_phase is 'day, dusk, night or dawn (civil twilight) at an instant and a place in degrees';
comment on function coro.sun_event is 'sunrise, sunset, dawn or dusk of the solar day around an instant; null where there is none';
comment on function coro.steady_sun_phase is 'Internal: the phase of the sun, and for how many seconds it certainly stays so';
comment on function coro.steady_sun_range is 'Internal: whether in_sun_range, and for how many seconds it certainly stays so';
comment on function coro.names_like is 'Internal: what there is instead of a name that is unknown';
comment on function coro.in_sun_range is 'Whether an instant lies between two events of the sun, each shifted by an interval';
comment on function coro.matching_segments is 'The segments that a filter leaves; docs/sql.md says what a filter may hold';
comment on function coro.filter_sql is 'A filter as conditions over r (coro.recording) and s (coro.segment), for dynamic SQL';
comment on function coro.filter_left_out is 'Segments that a filter by time or sun cannot judge: no start, no coordinates';
comment on function coro.exact_sql is 'The statement that compares all vectors that a filter leaves: $1 query, $2 self';
comment on function coro.nearest is 'The k nearest segments of a space, and how they were found (one row, with arrays)';
comment on function coro.activate_space is 'Make a space the active one and renew the views that depend on it';
