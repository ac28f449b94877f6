import { isatty } from 'node:tty'
import { printable } from './printable.js'

/** Where a command writes: with `--json`, one JSON value on standard output and words on standard error. */
export interface Output {
  readonly json: boolean
  /** A line for people. */
  say(line?: string): void
  /** The command's result: printed as JSON with `--json`, by `words` without. */
  result(value: unknown, words: () => void): void
  /** Whether a person watches standard error. */
  readonly watched: boolean
}

export function createOutput(json: boolean): Output {
  const people = json ? process.stderr : process.stdout
  return {
    json,
    say(line = '') {
      people.write(`${line.split('\n').map(printable).join('\n')}\n`)
    },
    result(value, words) {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`)
      else words()
    },
    watched: isatty(2),
  }
}

/** Rows as aligned columns; numbers to the right. */
export function table(headers: string[], rows: (string | number | null)[][]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '-' : printable(String(cell)))))
  const widths = headers.map((header, i) => Math.max(header.length, ...cells.map((row) => (row[i] ?? '').length)))
  const numeric = headers.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] !== 'string'))
  const line = (row: string[]) =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(headers), ...cells.map(line)].join('\n')
}
