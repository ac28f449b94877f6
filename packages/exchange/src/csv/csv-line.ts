import type { Cell, ColumnKind } from '../table/table.js'

/**
 * What a spreadsheet would run as a formula (OWASP, "CSV Injection"): a text that begins with one of these, whatever
 * apostrophes stand before it.
 */
const formula = /^'*[=+\-@\t\r]/

/** Put an apostrophe before what a spreadsheet would run; `unguarded` takes it away again. */
export const guarded = (text: string): string => (formula.test(text) ? `'${text}` : text)

/** The text that `guarded` was given. */
export const unguarded = (text: string): string => (text.startsWith("'") && formula.test(text) ? text.slice(1) : text)

export interface CsvOptions {
  /** Guard texts against being run as formulas. */
  guard: boolean
}

/** One line of RFC 4180 without its end. Nothing for null, `""` for an empty text. */
export function csvCells(cells: Cell[], kinds: ColumnKind[], options: CsvOptions): string {
  return cells.map((cell, i) => field(cell, kinds[i] ?? 'text', options)).join(',')
}

/** The same with its CRLF. */
export function csvLine(cells: Cell[], kinds: ColumnKind[], options: CsvOptions): string {
  return `${csvCells(cells, kinds, options)}\r\n`
}

function field(cell: Cell, kind: ColumnKind, { guard }: CsvOptions): string {
  if (cell === null) return ''
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? '' : cell.toISOString()
  if (cell instanceof Float32Array) return `"[${Array.from(cell, shortestFloat).join(',')}]"`
  if (typeof cell !== 'string') return String(cell)
  return quoted(guard && kind === 'text' ? guarded(cell) : cell)
}

/** A text that is empty or holds a quote, a separator, an end of line or outer blanks is quoted (RFC 4180, 2.5 to 2.7). */
function quoted(text: string): string {
  return text === '' || /[",;\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** As few significant digits as give the same float32 back: 8, or 9, which always do (IEEE 754-2019, 5.12.2). */
export function shortestFloat(x: number): string {
  const short = Number(x.toPrecision(8))
  return String(Math.fround(short) === x ? short : Number(x.toPrecision(9)))
}
