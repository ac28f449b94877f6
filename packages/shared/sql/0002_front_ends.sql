-- More than one front end in the life of a deployment: prepared audio belongs to one, and so does what a space is filled
-- from. An id is the first 12 hex digits of the sha256 of the front end's identity, as in the prepared audio's keys.

alter table coro.recording add column front_end_id text;
-- what of a multi-channel file its prepared audio holds: 'mix', or the channel's number from 1; null = not prepared
alter table coro.recording add column channel text check (channel ~ '^(mix|[1-9][0-9]{0,2})$');
update coro.recording
   set front_end_id = split_part(prepared_prefix, '/', 2),
       channel = case when state <> 'superseded' then 'mix' end
 where prepared_prefix is not null;

-- null until an embed worker of this version has started
alter table coro.embedding_space add column front_end_id text;
-- searches are to use it: it becomes active once it holds what the active one holds
alter table coro.embedding_space add column active_wanted boolean not null default false;
update coro.embedding_space set active_wanted = active;

-- null in a deployment = the source's; null in a source = 'mix'
alter table coro.source add column channel text check (channel ~ '^(mix|[1-9][0-9]{0,2})$');
alter table coro.deployment add column channel text check (channel ~ '^(mix|[1-9][0-9]{0,2})$');
