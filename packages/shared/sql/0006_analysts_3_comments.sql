-- What every table and column means, for `\d+`; functions whose comment begins with "Internal" are no analyst's business.

comment on table coro.schema_migration is 'Migrations that this database has had';
comment on column coro.schema_migration.name is 'File name of the migration';
comment on column coro.schema_migration.checksum is 'sha256 of the file';
comment on column coro.schema_migration.applied_at is 'When it was applied';

comment on table coro.site is 'A place where recorders stand (view: coro.sites)';
comment on column coro.site.id is 'Id';
comment on column coro.site.name is 'Name, unique';
comment on column coro.site.time_zone is 'IANA time zone, such as America/Sao_Paulo';
comment on column coro.site.latitude is 'Degrees north';
comment on column coro.site.longitude is 'Degrees east';

comment on table coro.recorder is 'A recording device (view: coro.recorders)';
comment on column coro.recorder.id is 'Id';
comment on column coro.recorder.name is 'Name from the configuration, or the serial number from its files; unique';

comment on table coro.source is 'A folder or a bucket and prefix that is watched for recordings';
comment on column coro.source.id is 'Id';
comment on column coro.source.url is 'file:///... or s3://bucket/prefix, unique';
comment on column coro.source.name is 'Name from the configuration';
comment on column coro.source.time_zone is 'IANA time zone of deployments and sites that have none';
comment on column coro.source.last_sweep_at is 'When it was last listed whole';
comment on column coro.source.last_sweep_objects is 'How many objects that listing had';
comment on column coro.source.last_sweep_error is 'Why the last listing failed, or null';
comment on column coro.source.channel is '"mix" or the channel (from 1) that counts in multi-channel files; null = mix';

comment on table coro.deployment is 'A recorder at a site for a period, known by the prefix that its files have (view: coro.deployments)';
comment on column coro.deployment.id is 'Id';
comment on column coro.deployment.source_id is 'coro.source';
comment on column coro.deployment.prefix is 'Keys of the source that begin with this belong here; the longest prefix wins';
comment on column coro.deployment.site_id is 'coro.site';
comment on column coro.deployment.recorder_id is 'coro.recorder, or null where the files say it';
comment on column coro.deployment.time_zone is 'IANA time zone of the recorder''s clock; null = the site''s, else the source''s';
comment on column coro.deployment.channel is 'As in coro.source; null = the source''s';

comment on column coro.recording.id is 'Id';
comment on column coro.recording.source_id is 'coro.source';
comment on column coro.recording.key is 'Path below the source';
comment on column coro.recording.version is 'Version of the object: a changed object is a recording of its own';
comment on column coro.recording.size_bytes is 'Size of the object';
comment on column coro.recording.modified_at is 'When the storage says the object was last written';
comment on column coro.recording.deployment_id is 'coro.deployment, or null where no prefix fits';
comment on column coro.recording.site_id is 'coro.site';
comment on column coro.recording.recorder_id is 'coro.recorder';
comment on column coro.recording.state is 'What became of it: docs/operating.md lists the states';
comment on column coro.recording.reason_code is 'Why it is quarantined or failed: a code';
comment on column coro.recording.reason_message is 'The same as a sentence';
comment on column coro.recording.sha256 is 'Hash of the object''s bytes';
comment on column coro.recording.duplicate_of is 'The recording that has the same bytes and counts';
comment on column coro.recording.format is 'Container format, such as wav or flac';
comment on column coro.recording.codec is 'Coding of the samples';
comment on column coro.recording.sample_rate_hz is 'Samples a second, in the file';
comment on column coro.recording.channels is 'Channels in the file';
comment on column coro.recording.bits_per_sample is 'Bits of a sample, in the file';
comment on column coro.recording.duration_s is 'Length in seconds';
comment on column coro.recording.utc_offset_min is 'Minutes east of UTC at the recorder; null = not known';
comment on column coro.recording.time_source is 'Where the start comes from (audiomoth, guano, filename, ...), or none';
comment on column coro.recording.time_confidence is 'How far the start can be trusted, 0 to 1';
comment on column coro.recording.metadata is 'What header, file name and path say: claims of the start, device, conflicts';
comment on column coro.recording.warnings is 'What was odd about the file: a list of code and message';
comment on column coro.recording.prepared_prefix is 'Where its prepared audio lies in the store';
comment on column coro.recording.prepared_offset is 'Byte at which the samples begin in the prepared files';
comment on column coro.recording.segment_count is 'How many segments it was cut into; null = not prepared';
comment on column coro.recording.attempts is 'Attempts that ended in an error since it was found or retried';
comment on column coro.recording.deaths is 'Attempts whose worker died since it was found or retried';
comment on column coro.recording.discovered_at is 'When it was found';
comment on column coro.recording.changed_at is 'When its state last changed';
comment on column coro.recording.front_end_id is 'Front end of its prepared audio (noise gate, resampler, windows)';
comment on column coro.recording.channel is 'What of a multi-channel file was used: mix, or a channel from 1; null = not prepared';
comment on column coro.recording.first_segment_id is 'Its segments have the ids from this one ...';
comment on column coro.recording.last_segment_id is '... to this one; null where other recordings'' lie between them';
comment on column coro.recording.claimed_utc_offset_min is 'The offset that the recording itself claims, where it was corrected';
comment on column coro.recording.claimed_time_source is 'Where that claim comes from';
comment on column coro.recording.claimed_time_confidence is 'How far that claim can be trusted, 0 to 1';

comment on table coro.content is 'Which recording owns a content: the first one with that hash';
comment on column coro.content.sha256 is 'Hash of the bytes';
comment on column coro.content.recording_id is 'coro.recording';

comment on column coro.segment.id is 'Id; the segment_id of views, functions and vectors';
comment on column coro.segment.recording_id is 'coro.recording';
comment on column coro.segment.index is 'Number in its recording, from 0';
comment on column coro.segment.start_s is 'Begins here, in seconds from the recording''s start';
comment on column coro.segment.end_s is 'Ends before, in seconds from the recording''s start';

comment on column coro.embedding_space.id is 'Id; the vectors are in coro.embedding_<id>';
comment on column coro.embedding_space.name is 'Name, unique';
comment on column coro.embedding_space.model is 'The network';
comment on column coro.embedding_space.model_sha256 is 'Hash of its weights';
comment on column coro.embedding_space.variant is 'raw or denoised audio';
comment on column coro.embedding_space.front_end is 'What happens to the audio before the network';
comment on column coro.embedding_space.identity is 'Hash over network, weights, front end and variant: only vectors of one identity compare';
comment on column coro.embedding_space.dimension is 'Numbers in a vector';
comment on column coro.embedding_space.element is 'pgvector''s type of the vectors: vector or halfvec';
comment on column coro.embedding_space.window_s is 'Length of the network''s input, in seconds';
comment on column coro.embedding_space.hop_s is 'From one window''s start to the next, in seconds';
comment on column coro.embedding_space.active is 'Searches without a named space use it';
comment on column coro.embedding_space.wanted is 'Kept filled: every prepared recording owes it its segments';
comment on column coro.embedding_space.index_wanted is 'Is to have an HNSW index';
comment on column coro.embedding_space.created_at is 'When it was made';
comment on column coro.embedding_space.front_end_id is 'Id of its front end';
comment on column coro.embedding_space.active_wanted is 'Becomes active once it holds what the active one holds';

comment on table coro.recording_space is 'What each recording still owes each space';
comment on column coro.recording_space.recording_id is 'coro.recording';
comment on column coro.recording_space.space_id is 'coro.embedding_space';
comment on column coro.recording_space.embedded is 'Segments with a vector in the space';
comment on column coro.recording_space.silent is 'Segments that are silent in the space';
comment on column coro.recording_space.attempts is 'Failed attempts to embed';
comment on column coro.recording_space.done_at is 'When nothing was owed any more; null = open';

comment on table coro.silent_segment is 'Segments without a vector, since nothing is heard in them: silence would be everyone''s neighbour';
comment on column coro.silent_segment.segment_id is 'coro.segment';
comment on column coro.silent_segment.space_id is 'coro.embedding_space';

comment on column coro.ledger.id is 'Id, in the order in which attempts began';
comment on column coro.ledger.recording_id is 'coro.recording';
comment on column coro.ledger.stage is 'prepare or embed';
comment on column coro.ledger.attempt is 'Number of the attempt at this stage, from 1';
comment on column coro.ledger.worker is 'Machine and process that made it';
comment on column coro.ledger.started_at is 'When it began';
comment on column coro.ledger.ended_at is 'When it ended; null = it runs, or its worker died';
comment on column coro.ledger.outcome is 'done, quarantined, duplicate, failed, waiting, died or superseded; null = it runs';
comment on column coro.ledger.code is 'Why it was not done: a code';
comment on column coro.ledger.message is 'The same as a sentence';
comment on column coro.ledger.details is 'Counts, bytes and times of the attempt';

comment on column coro.clock_correction.id is 'Id';
comment on column coro.clock_correction.source_id is 'Only recordings of this source; null = of any';
comment on column coro.clock_correction.prefix is 'Only recordings whose key begins with this';
comment on column coro.clock_correction.site_id is 'Only recordings of this site';
comment on column coro.clock_correction.recorder_id is 'Only recordings of this recorder';
comment on column coro.clock_correction.from_at is 'Only recordings that claim to begin at or after';
comment on column coro.clock_correction.to_at is 'Only recordings that claim to begin before';
comment on column coro.clock_correction.offset_s is 'Seconds to add to the claimed start';
comment on column coro.clock_correction.drift_s_per_day is 'And for each day since reference_at';
comment on column coro.clock_correction.reference_at is 'When the drifting clock was right';
comment on column coro.clock_correction.time_zone is 'Or: the zone in which local times are read again';
comment on column coro.clock_correction.note is 'Why';
comment on column coro.clock_correction.made_by is 'Who made it';
comment on column coro.clock_correction.made_at is 'When';
comment on column coro.clock_correction.undone_at is 'When it was taken back; null = in effect';
comment on column coro.clock_correction.undone_by is 'Who took it back';

comment on column coro.label.id is 'Id';
comment on column coro.label.recording_id is 'coro.recording';
comment on column coro.label.start_s is 'Heard from here, in seconds from the recording''s start; null = somewhere in the recording';
comment on column coro.label.end_s is 'Heard up to here; the same as start_s = at that moment';
comment on column coro.label.label is 'What was heard';
comment on column coro.label.annotator is 'Who or what heard it';
comment on column coro.label.confidence is 'How sure, 0 to 1';
comment on column coro.label.origin is 'The file that it was imported from';
comment on column coro.label.created_at is 'When it was imported';

comment on column coro.deleted_segment.segment_id is 'coro.segment';
comment on column coro.deleted_segment.reason is 'Why';
comment on column coro.deleted_segment.deleted_at is 'When it was marked';
comment on column coro.deleted_segment.swept is 'Its vectors are deleted for good';

comment on function coro.create_embedding_space is 'Internal: make the table of vectors of a new embedding space, and its index';
comment on function coro.hnsw_max_dimension is 'Internal: how many dimensions an HNSW index takes';
comment on function coro.renew_active_embedding is 'Internal: make the view coro.active_embedding again';
comment on function coro.renew_views_of_active_space is 'Internal: make all views of the active space again';
comment on function coro.refuse is 'Internal: raise an error with a stable code';
comment on function coro.filter_names is 'Internal: one name or an array of names of a filter, as an array';
comment on function coro.filter_ids is 'Internal: ids of the sites, recorders or deployments that a filter names';
comment on function coro.hours_sql is 'Internal: hours of a filter as a condition';
comment on function coro.filter_months is 'Internal: months of a filter as numbers';
comment on function coro.sun_sql is 'Internal: position of the sun in a filter as a condition';
comment on function coro.bound_sql is 'Internal: a bound of time in a filter as a condition';
comment on function coro.filter_sql is 'Internal: a filter as conditions over r (coro.recording) and s (coro.segment)';
comment on function coro.exact_up_to is 'Internal: up to how many vectors a search compares all';
comment on function coro.hnsw_options is 'Internal: m and ef_construction of new HNSW indexes';
comment on function coro.nearest_by_index is 'Internal: one scan of the HNSW index';
comment on function coro.table_rows_about is 'Internal: about how many rows a table has';
comment on function coro.nearest is 'Internal: the k nearest segments of a space, and how they were found (one row, with arrays)';
comment on function coro.exact_sql is 'Internal: the statement that compares all vectors that a filter leaves';
comment on function coro.activate_space is 'For administrators: make a space the active one, and renew the views that depend on it';
comment on function coro.sun_position is 'Internal: the sun''s declination and hour angle';

-- Tables of vectors from before create_embedding_space said it itself.
do $$
declare
  space record;
begin
  for space in select id, name from coro.embedding_space loop
    execute format('comment on table coro.embedding_%s is %L', space.id, 'Vectors of the embedding space ' || space.name);
    execute format('comment on column coro.embedding_%s.segment_id is %L', space.id, 'coro.segment');
    execute format('comment on column coro.embedding_%s.e is %L', space.id, 'The vector, L2-normalised');
  end loop;
end $$;
