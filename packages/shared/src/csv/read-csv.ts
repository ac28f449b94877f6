import { readFile } from 'node:fs/promises'
import { CsvError, parse } from 'csv-parse/sync'
import { CoroError } from '../errors.js'

export interface CsvRow {
  /** In the file, from 1; the header is usually line 1. */
  line: number
  values: Record<string, string>
}

/**
 * A CSV file with a header: RFC 4180, UTF-8 with or without a byte order mark; blank lines are passed over, other columns
 * than those asked for are kept. Throws CSV_INVALID naming the file, the line and what is wrong there.
 */
export async function readCsv(path: string, columns: string[]): Promise<CsvRow[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw invalid(path, error instanceof Error ? error.message : String(error), error)
  }
  return parseCsv(text, columns, path)
}

/** The same for a text; `name` stands in errors. */
export function parseCsv(text: string, columns: string[], name: string): CsvRow[] {
  let parsed: { record: Record<string, string>; info: { lines: number } }[]
  try {
    parsed = parse(text, { bom: true, columns: true, info: true, skip_empty_lines: true, trim: true })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw invalid(name, error.message, error)
  }
  const header = Object.keys(parsed[0]?.record ?? {})
  const missing = columns.filter((column) => !header.includes(column))
  if (parsed.length > 0 && missing.length > 0) {
    throw invalid(name, `its header has ${header.join(', ')}, and lacks ${missing.join(', ')}`)
  }
  if (parsed.length === 0) throw invalid(name, `it has no row below a header with ${columns.join(', ')}`)
  return parsed.map(({ record, info }) => ({ line: info.lines, values: record }))
}

const invalid = (name: string, reason: string, cause?: unknown) =>
  new CoroError('CSV_INVALID', `${name} cannot be read as CSV: ${reason}.`, { disposition: 'reject', cause })
