import { CoroError } from '@coro/shared/errors'

/** What a row may say beside its embedding. */
export const fields = [
  'source',
  'key',
  'sha256',
  'start_s',
  'end_s',
  'site',
  'recorder',
  'started_at',
  'recording_started_at',
] as const
export type Field = (typeof fields)[number]

/** Names that other programs give to columns (pandas, OpenSoundscape, Perch Hoplite, BirdNET-Analyzer, Raven). */
const aliases: Record<Field, string[]> = {
  source: [],
  key: ['file', 'filename', 'file_name', 'filepath', 'file_path', 'path', 'recording', 'source_id', 'begin path'],
  sha256: [],
  start_s: ['start_time', 'start', 'start (s)', 'offset_s', 'offset', 'timestamp_s', 'window_start', 'file offset (s)'],
  end_s: ['end_time', 'end', 'end (s)', 'window_end'],
  site: ['location', 'station'],
  recorder: ['recorder_id', 'device'],
  started_at: [],
  recording_started_at: ['recorded_at', 'recording_start'],
}

export interface ChosenColumns {
  fields: Partial<Record<Field, string>>
  embedding: EmbeddingColumns
}

/** Where the embedding stands: in one column, as a list or as text, or a number a column. */
export type EmbeddingColumns = { one: string } | { many: string[] }

/**
 * Which of a file's columns hold what: those that the user names (field to column), then our own names, then those of
 * other programs, whatever their case. `lists`: columns that hold lists of numbers. Throws COLUMNS_UNKNOWN, naming what
 * is there and what is missing.
 */
export function chooseColumns(
  path: string,
  columns: string[],
  lists: string[],
  named: Partial<Record<string, string>>,
): ChosenColumns & { embedding: EmbeddingColumns } {
  const chosen = chooseFields(path, columns, named)
  return { fields: chosen, embedding: chooseEmbedding(path, columns, lists, named['embedding']) }
}

/** The same for a file of references alone. */
export function chooseFields(
  path: string,
  columns: string[],
  named: Partial<Record<string, string>>,
): Partial<Record<Field, string>> {
  const chosen: Partial<Record<Field, string>> = {}
  for (const field of fields) {
    const wish = named[field]
    if (wish !== undefined && !columns.includes(wish)) {
      throw unknown(`${path} has no column ${wish}; it has ${columns.join(', ')}.`)
    }
    const found =
      wish ??
      [field, ...aliases[field]].map((name) => columns.find((column) => column.toLowerCase() === name)).find(Boolean)
    if (found !== undefined) chosen[field] = found
  }
  const missing = [
    ...(chosen.key === undefined && chosen.sha256 === undefined ? ['key (or sha256) of the recording'] : []),
    ...(chosen.start_s === undefined ? ['start_s of the window'] : []),
  ]
  if (missing.length === 0) return chosen
  throw unknown(
    `${path} has no column for the ${missing.join(' and the ')}; it has ${some(columns)}. Name it: --column key=THEIRS.`,
  )
}

const usual = ['embedding', 'embeddings', 'vector', 'features']

function chooseEmbedding(path: string, columns: string[], lists: string[], wish: string | undefined): EmbeddingColumns {
  if (wish !== undefined) {
    if (columns.includes(wish)) return { one: wish }
    throw unknown(`${path} has no column ${wish}; it has ${some(columns)}.`)
  }
  const one = usual.map((name) => columns.find((column) => column.toLowerCase() === name)).find(Boolean)
  if (one !== undefined) return { one }
  if (lists.length === 1) return { one: lists[0] as string }
  const many = numbered(columns)
  if (many.length > 1) return { many }
  throw unknown(
    `${path} has no column of embeddings: none is named embedding, ${lists.length} hold lists of numbers, and none are ` +
      `numbered (0, 1, 2, ... or e0, e1, ...); it has ${some(columns)}. Name it: --column embedding=THEIRS.`,
  )
}

/** The longest series of columns with one name and numbers that follow each other from 0 or 1. */
function numbered(columns: string[]): string[] {
  const series = new Map<string, Map<number, string>>()
  for (const column of columns) {
    const [, name = '', digits] = /^(.*?)(\d+)$/.exec(column) ?? []
    if (digits !== undefined)
      series.set(name, (series.get(name) ?? new Map<number, string>()).set(Number(digits), column))
  }
  const whole = [...series.values()].map((members) => {
    const first = members.has(0) ? 0 : 1
    const names = Array.from({ length: members.size }, (_, i) => members.get(first + i))
    return names.every((name) => name !== undefined) ? names : []
  })
  return whole.reduce((best, names) => (names.length > best.length ? names : best), [])
}

const some = (columns: string[]) =>
  columns.length <= 20 ? columns.join(', ') : `${columns.slice(0, 20).join(', ')} and ${columns.length - 20} more`

const unknown = (message: string) => new CoroError('COLUMNS_UNKNOWN', message, { disposition: 'reject' })
