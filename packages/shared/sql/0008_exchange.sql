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

comment on column coro.embedding_space.imported is 'Made elsewhere (coro import): Coro never fills it, and has not its network';
comment on column coro.embedding_space.import_open is 'An import has begun and not ended: it holds a part';
comment on column coro.source.imported is 'Known from imports alone, and not watched';
comment on column coro.recording.imported_sha256 is 'sha256 that embeddings of this recording were imported with';
comment on column coro.segment.index is 'Place among Coro''s own windows of its recording, from 0; null: imported, and none of these';
