import { parse } from 'csv-parse/sync'
import { CoroError } from '../errors.js'
import type { LabelRow } from './parse-labels.js'

/** Columns that name a selection, the first that a table has. Raven leaves naming them to its users. */
const labelColumns = ['label', 'annotation', 'species', 'common name', 'species code', 'tag', 'call type']

/**
 * A Raven selection table (tabs, a header). Selections that are told once for each view are taken once. A table over several
 * files needs "Begin File" (or "Begin Path") and "File Offset (s)", as Raven's times run through all of them.
 * Throws CSV_INVALID. Source: Raven Pro 1.6 user's manual, chapter 6, "Measurements and annotations".
 */
export function parseRaven(text: string, name: string): LabelRow[] {
  let rows: { record: Record<string, string>; info: { lines: number } }[]
  try {
    const options = { bom: true, info: true, delimiter: '\t', quote: null, skip_empty_lines: true, trim: true }
    rows = parse(text, { ...options, columns: (header: string[]) => header.map((column) => column.toLowerCase()) })
  } catch (error) {
    throw new CoroError('CSV_INVALID', `${name} cannot be read as a selection table: ${String(error)}.`, {
      disposition: 'reject',
      cause: error,
    })
  }
  const header = Object.keys(rows[0]?.record ?? {})
  const labelColumn = labelColumns.find((column) => header.includes(column))
  const missing = ['begin time (s)', 'end time (s)'].filter((column) => !header.includes(column))
  if (rows.length === 0 || missing.length > 0 || labelColumn === undefined) {
    const lacks =
      rows.length === 0 ? 'it has no selection' : `it lacks ${missing[0] ?? `a column ${labelColumns.join(', ')}`}`
    throw new CoroError('CSV_INVALID', `${name} cannot be read as a selection table: ${lacks}.`, {
      disposition: 'reject',
    })
  }
  const seen = new Set<string>()
  return rows.flatMap(({ record, info }) => {
    const startS = Number(record['begin time (s)'])
    const endS = Number(record['end time (s)'])
    const label = record[labelColumn] ?? ''
    const file = record['begin file'] || record['begin path']?.replaceAll('\\', '/').split('/').at(-1) || null
    const offset = record['file offset (s)']
    const inFileS = offset === undefined || offset === '' ? startS : Number(offset)
    const once = JSON.stringify([record['selection'], file, startS, endS, label])
    if (record['selection'] !== undefined && seen.has(once)) return []
    seen.add(once)
    // What Raven calls an end is rounded by itself: seconds to the microsecond are enough.
    const endInFileS = Math.round((inFileS + (endS - startS)) * 1e6) / 1e6
    return [
      {
        line: info.lines,
        key: file,
        source: null,
        startS: inFileS,
        endS: endInFileS,
        label,
        annotator: record['annotator'] || null,
        confidence: null,
      },
    ]
  })
}
