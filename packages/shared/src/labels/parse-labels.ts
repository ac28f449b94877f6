import { parseCsv } from '../csv/read-csv.js'
import { CoroError } from '../errors.js'
import { parseAudacity } from './parse-audacity.js'
import { parseRaven } from './parse-raven.js'

/** A label as a file says it. */
export interface LabelRow {
  /** In the file, from 1. */
  line: number
  /** The recording's key below its source, or the end of it; null where the file does not name one. */
  key: string | null
  /** Address or name of the source; null where the file does not name one. */
  source: string | null
  /** Seconds from the recording's start; both null for a label of the whole recording, equal for a moment. */
  startS: number | null
  endS: number | null
  label: string
  annotator: string | null
  /** 0 to 1. */
  confidence: number | null
}

export const labelFormats = ['csv', 'raven', 'audacity'] as const
export type LabelFormat = (typeof labelFormats)[number]

/**
 * What format a file of labels has, by its first lines: a Raven selection table has a header with "Selection", Audacity's
 * labels begin with two numbers and tabs; the rest is CSV.
 */
export function labelFormatOf(text: string): LabelFormat {
  const first = text.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0] ?? ''
  if (/(^|\t)Begin Time \(s\)(\t|$)/i.test(first)) return 'raven'
  return /^-?[\d.]+\t-?[\d.]+(\t|$)/.test(first) ? 'audacity' : 'csv'
}

/**
 * The labels of a file. Throws CSV_INVALID where it cannot be read at all, and LABELS_INVALID with every line that is wrong
 * (the first twenty).
 */
export function parseLabels(text: string, name: string, format: LabelFormat = labelFormatOf(text)): LabelRow[] {
  if (format === 'raven') return checked(parseRaven(text, name), name)
  if (format === 'audacity') return checked(parseAudacity(text), name)
  const rows = parseCsv(text, ['key', 'label'], name).map(({ line, values }) => ({
    line,
    key: text0(values['key']),
    source: text0(values['source']),
    startS: number0(values['start_s']),
    endS: number0(values['end_s']),
    label: values['label'] ?? '',
    annotator: text0(values['annotator']),
    confidence: number0(values['confidence']),
  }))
  return checked(rows, name)
}

const text0 = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text)
/** NaN for what is no number, so that its line is told. */
const number0 = (text: string | undefined): number | null => (text === undefined || text === '' ? null : Number(text))

function checked(rows: LabelRow[], name: string): LabelRow[] {
  refuseLines(
    name,
    rows.flatMap((row) => {
      const problem = problemOf(row)
      return problem === null ? [] : [{ line: row.line, problem }]
    }),
  )
  return rows
}

function problemOf({ startS, endS, label, confidence }: LabelRow): string | null {
  if (label === '') return 'the label is empty'
  if ((startS === null) !== (endS === null)) return 'it has a start or an end, and needs both or neither'
  if (startS !== null && endS !== null) {
    if (!Number.isFinite(startS) || !Number.isFinite(endS)) return 'start and end must be numbers of seconds'
    if (startS < 0 || endS < startS) return `it goes from ${startS} to ${endS} s`
  }
  if (confidence !== null && !(confidence >= 0 && confidence <= 1)) return 'the confidence must be 0 to 1'
  return null
}

/** Throws LABELS_INVALID naming the lines, where there are any. */
export function refuseLines(name: string, wrong: { line: number; problem: string }[]): void {
  if (wrong.length === 0) return
  const told = wrong.slice(0, 20).map(({ line, problem }) => `line ${line}: ${problem}`)
  const more = wrong.length > told.length ? `; and ${wrong.length - told.length} more` : ''
  throw new CoroError('LABELS_INVALID', `${name}: ${told.join('; ')}${more}. Nothing was imported.`, {
    disposition: 'reject',
    details: { lines: wrong.map(({ line }) => line) },
  })
}
