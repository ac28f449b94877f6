import { inTransaction, type Database, type Queryable } from '../open.js'
import { recorderIdOf, siteIdOf } from '../sources.js'
import { joinImported } from './join-imported.js'
import { matchRecordings, type RecordingMatch, type RecordingReference } from './match-recordings.js'

export interface ImportedRecording extends RecordingReference {
  site: string | null
  recorder: string | null
  /** ISO 8601; without an offset in `timeZone`. */
  startedAt: string | null
}

export interface RecordingsImport {
  /** For keys without a source: the address of the source that stands for none. */
  nowhere: string
  timeZone: string | null
}

/** How much a start that was imported counts among others: as a file name's does. */
const importedConfidence = 0.5

export type SavedRecording = { recordingId: number; created: boolean } | { refused: string }

/**
 * Find the recordings that references mean and make those that are not here, without their files: searchable by their
 * imported embeddings, and left alone by everything that needs sound. Those that are here without their file learn what
 * the reference says beyond what is known. Nothing is written where one is refused. Safe to repeat.
 */
export async function importRecordings(
  database: Database,
  references: ImportedRecording[],
  how: RecordingsImport,
): Promise<SavedRecording[]> {
  return inTransaction(database, async (tx) => {
    // Two imports at once of one recording: the second finds what the first made. 0x494d504f is "IMPO".
    await tx.query('select pg_advisory_xact_lock(1229803599)')
    const matches = await matchRecordings(tx, references)
    if (matches.some(({ kind }) => kind === 'refused')) return matches.map(answerOf)
    const saved: SavedRecording[] = []
    for (const [i, match] of matches.entries())
      saved.push(await save(tx, references[i] as ImportedRecording, match, how))
    return saved
  })
}

/** What importRecordings would do, without writing anything; a new one has the id 0. */
export async function planRecordings(
  queryable: Queryable,
  references: RecordingReference[],
): Promise<SavedRecording[]> {
  return (await matchRecordings(queryable, references)).map(answerOf)
}

function answerOf(match: RecordingMatch): SavedRecording {
  switch (match.kind) {
    case 'refused':
      return { refused: match.reason }
    case 'found':
      return { recordingId: match.id, created: false }
    case 'new':
      return { recordingId: 0, created: true }
  }
}

async function save(
  tx: Queryable,
  reference: ImportedRecording,
  match: RecordingMatch,
  { nowhere, timeZone }: RecordingsImport,
): Promise<SavedRecording> {
  if (match.kind === 'found' && match.join !== null) await joinImported(tx, match.join, match.id)
  const { source, key, sha256, site, recorder, startedAt } = reference
  const facts = [
    site === null ? null : await siteIdOf(tx, site),
    recorder === null ? null : await recorderIdOf(tx, recorder),
    sha256 === null ? null : Buffer.from(sha256, 'hex'),
    startedAt,
    timeZone ?? 'UTC',
  ]
  // Without an offset Postgres would take its own zone.
  const start = `case when $4::text ~ '(Z|[+-]\\d\\d:\\d\\d)$' then $4::timestamptz
                      else $4::timestamp at time zone $5::text end`
  if (match.kind === 'found') {
    await tx.query(
      `update coro.recording
          set site_id = coalesce(site_id, $1), recorder_id = coalesce(recorder_id, $2),
              imported_sha256 = coalesce(imported_sha256, $3),
              started_at = coalesce(started_at, ${start}),
              time_source = case when started_at is null and $4::text is not null then 'import' else time_source end,
              time_confidence = case when started_at is null and $4::text is not null then $6::real else time_confidence end,
              changed_at = now()
        where id = $7 and state = 'imported'
          and (site_id, recorder_id, imported_sha256, started_at) is distinct from
              (coalesce(site_id, $1), coalesce(recorder_id, $2), coalesce(imported_sha256, $3),
               coalesce(started_at, ${start}))`,
      [...facts, importedConfidence, match.id],
    )
    return { recordingId: match.id, created: false }
  }
  const { rows } = await tx.query<{ id: number }>(
    `insert into coro.recording
       (source_id, key, version, size_bytes, modified_at, state, segment_count, site_id, recorder_id, imported_sha256,
        started_at, time_source, time_confidence)
     values ($7, $8, 'imported', 0, now(), 'imported', 0, $1, $2, $3, ${start},
             case when $4::text is null then 'none' else 'import' end, case when $4::text is null then 0 else $6::real end)
     on conflict (source_id, key, version) do update set state = 'imported', segment_count = 0, changed_at = now()
     returning id`,
    [...facts, importedConfidence, await importedSourceId(tx, source ?? nowhere), key],
  )
  return { recordingId: rows[0]?.id as number, created: true }
}

/** The id of a source by its address, made where there is none; a source of Coro's stays what it is. */
async function importedSourceId(tx: Queryable, url: string): Promise<number> {
  const found = await tx.query<{ id: number }>('select id from coro.source where url = $1', [url])
  if (found.rows[0]) return found.rows[0].id
  const { rows } = await tx.query<{ id: number }>(
    `insert into coro.source (url, imported) values ($1, true)
     on conflict (url) do update set url = excluded.url returning id`,
    [url],
  )
  return rows[0]?.id as number
}
