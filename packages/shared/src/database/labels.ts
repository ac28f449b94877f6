import type { LabelRow } from '../labels/parse-labels.js'
import { refuseLines } from '../labels/parse-labels.js'
import { inTransaction, type Database, type Queryable } from './open.js'

export interface LabelImport {
  /** Where the labels come from, for errors and for removing them again: the file's name. */
  origin: string
  /** For rows that name none. */
  source: string | null
  key: string | null
  annotator: string | null
  /** Leave labels of recordings out that Coro does not have; else they are an error. */
  skipUnknown: boolean
}

export interface LabelsImported {
  imported: number
  /** They were there already. */
  known: number
  /** Their recording is not there (skipUnknown). */
  skipped: number
  recordings: number
}

/**
 * Import labels: all of them, or none. A key is found as it is, or by its end (from the file's name on) where only one recording
 * has it; a duplicate's labels go to the recording that holds the sound. Throws LABELS_INVALID with every line that names
 * no recording, several, or a time behind the end of it.
 */
export async function importLabels(
  database: Database,
  rows: LabelRow[],
  options: LabelImport,
): Promise<LabelsImported> {
  const given = rows.map((row) => ({ ...row, key: row.key ?? options.key, source: row.source ?? options.source }))
  refuseLines(
    options.origin,
    given.filter(({ key }) => key === null).map(({ line }) => ({ line, problem: 'it names no recording (key)' })),
  )
  return inTransaction(database, async (tx) => {
    const recordings = await findRecordings(tx, given)
    const wrong: { line: number; problem: string }[] = []
    const found: { row: LabelRow; recordingId: number }[] = []
    let skipped = 0
    for (const row of given) {
      const fitting = recordings.get(nameOf(row)) ?? []
      const [recording] = fitting
      if (recording === undefined) {
        if (options.skipUnknown) skipped += 1
        else wrong.push({ line: row.line, problem: `there is no recording ${row.key}` })
      } else if (fitting.length > 1) {
        const which = fitting.map(({ source, key }) => `${source}/${key}`).slice(0, 3)
        wrong.push({ line: row.line, problem: `${row.key} is in several places: ${which.join(', ')}` })
      } else if (row.startS !== null && recording.durationS !== null && row.startS > recording.durationS) {
        wrong.push({
          line: row.line,
          problem: `it begins at ${row.startS} s, and ${row.key} has ${recording.durationS} s`,
        })
      } else found.push({ row, recordingId: recording.id })
    }
    refuseLines(options.origin, wrong)
    const imported = await insertLabels(tx, found, options)
    const held = new Set(found.map(({ recordingId }) => recordingId))
    return { imported, known: found.length - imported, skipped, recordings: held.size }
  })
}

const nameOf = ({ key, source }: Pick<LabelRow, 'key' | 'source'>): string => JSON.stringify([source, key])

interface Holder {
  id: number
  source: string
  key: string
  durationS: number | null
}

/** The recordings that each (source, key) may mean: by the whole key where there are such, else by the file's name. */
async function findRecordings(tx: Queryable, rows: Pick<LabelRow, 'key' | 'source'>[]): Promise<Map<string, Holder[]>> {
  const wanted = [...new Map(rows.map((row) => [nameOf(row), row])).values()]
  const { rows: holders } = await tx.query<Holder & { n: number; whole: boolean }>(
    `with wanted as (
       select n, key, source, substring(key from '[^/]*$') as name
         from unnest($1::integer[], $2::text[], $3::text[]) w (n, key, source)),
     named as (
       select r.id, r.key, r.source_id, r.duplicate_of, substring(r.key from '[^/]*$') as name
         from coro.recording r where r.state <> 'superseded')
     select distinct on (w.n, (r.key = w.key), h.id)
            w.n, r.key = w.key as whole, h.id, o.url as source, h.key, h.duration_s as "durationS"
       from wanted w join named r on r.name = w.name and (r.key = w.key or right(r.key, length(w.key) + 1) = '/' || w.key)
       join coro.source o on o.id = r.source_id and (w.source is null or w.source in (o.url, o.name))
       join coro.recording h on h.id = coalesce(r.duplicate_of, r.id)`,
    [wanted.map((_, n) => n), wanted.map(({ key }) => key), wanted.map(({ source }) => source)],
  )
  const found = new Map<string, Holder[]>()
  for (const [n, row] of wanted.entries()) {
    const all = holders.filter((holder) => holder.n === n)
    const whole = all.filter((holder) => holder.whole)
    found.set(nameOf(row), whole.length > 0 ? whole : all)
  }
  return found
}

/** Resolves to how many are new. */
async function insertLabels(
  tx: Queryable,
  found: { row: LabelRow; recordingId: number }[],
  { origin, annotator }: LabelImport,
): Promise<number> {
  let imported = 0
  for (let from = 0; from < found.length; from += 10_000) {
    const part = found.slice(from, from + 10_000)
    const { rowCount } = await tx.query(
      `insert into coro.label (recording_id, start_s, end_s, label, annotator, confidence, origin)
       select *, $7 from unnest($1::bigint[], $2::float8[], $3::float8[], $4::text[], $5::text[], $6::real[])
       on conflict do nothing`,
      [
        part.map(({ recordingId }) => recordingId),
        part.map(({ row }) => row.startS),
        part.map(({ row }) => row.endS),
        part.map(({ row }) => row.label),
        part.map(({ row }) => row.annotator ?? annotator),
        part.map(({ row }) => row.confidence),
        origin,
      ],
    )
    imported += rowCount ?? 0
  }
  return imported
}

/** Which labels; all that are given must fit. */
export interface LabelScope {
  label?: string | undefined
  annotator?: string | undefined
  origin?: string | undefined
  /** The recording's key. */
  key?: string | undefined
}

const inScope = `($1::text is null or l.label = $1) and ($2::text is null or l.annotator = $2)
  and ($3::text is null or l.origin = $3) and ($4::text is null or r.key = $4)`
const scopeOf = ({ label, annotator, origin, key }: LabelScope) => [label, annotator, origin, key].map((x) => x ?? null)

export interface LabelView {
  id: number
  recordingId: number
  source: string
  key: string
  startS: number | null
  endS: number | null
  label: string
  annotator: string | null
  confidence: number | null
  origin: string | null
}

/** Labels by id, those with a greater id than `after`. */
export async function listLabels(
  queryable: Queryable,
  { after, limit, ...scope }: LabelScope & { after: number; limit: number },
): Promise<LabelView[]> {
  const { rows } = await queryable.query<LabelView>(
    `select l.id, r.id as "recordingId", o.url as source, r.key, l.start_s as "startS", l.end_s as "endS", l.label,
            l.annotator, l.confidence, l.origin
       from coro.label l join coro.recording r on r.id = l.recording_id join coro.source o on o.id = r.source_id
      where ${inScope} and l.id > $5 order by l.id limit $6`,
    [...scopeOf(scope), after, limit],
  )
  return rows
}

export interface LabelCount {
  label: string
  labels: number
  recordings: number
}

/** How often each label is there, the most frequent first. */
export async function countLabels(queryable: Queryable, scope: LabelScope): Promise<LabelCount[]> {
  const { rows } = await queryable.query<LabelCount>(
    `select l.label, count(*) as labels, count(distinct l.recording_id) as recordings
       from coro.label l join coro.recording r on r.id = l.recording_id
      where ${inScope} group by l.label order by count(*) desc, l.label`,
    scopeOf(scope),
  )
  return rows
}

/** Remove labels; resolves to how many. */
export async function removeLabels(queryable: Queryable, scope: LabelScope): Promise<number> {
  const { rowCount } = await queryable.query(
    `delete from coro.label l using coro.recording r where r.id = l.recording_id and ${inScope}`,
    scopeOf(scope),
  )
  return rowCount ?? 0
}
