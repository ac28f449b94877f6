import { createReadStream, type ReadStream } from 'node:fs'
import { CsvError, parse } from 'csv-parse'
import { unreadable } from '../exchange-error.js'

export interface CsvRecord {
  /** Where it ends in the file, from 1; the header is usually line 1. */
  line: number
  values: string[]
}

/**
 * A CSV file a record at a time, the header first: RFC 4180, UTF-8 with or without a byte order mark, blank lines passed
 * over; comma, semicolon or tab, whichever the header has most of. Memory does not grow with the file. Throws
 * CSV_INVALID naming the line.
 */
export async function* streamCsv(path: string): AsyncGenerator<CsvRecord> {
  let input: ReadStream | null = null
  try {
    const options = { bom: true, info: true, skip_empty_lines: true, trim: true, delimiter: await delimiterOf(path) }
    const parser = parse(options)
    input = createReadStream(path)
    input.on('error', (error) => parser.destroy(error))
    input.pipe(parser)
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { line: info.lines, values: record }
    }
  } catch (error) {
    const isAboutTheFile = error instanceof CsvError || (error instanceof Error && 'syscall' in error)
    throw isAboutTheFile ? unreadable('CSV_INVALID', path, error.message.replace(/\.$/, ''), error) : error
  } finally {
    input?.destroy()
  }
}

async function delimiterOf(path: string): Promise<string> {
  let head = ''
  for await (const chunk of createReadStream(path, { end: 65_535, encoding: 'utf8' })) head += String(chunk)
  const [header = ''] = head.split(/\r?\n/, 1)
  const count = (mark: string) => header.split(mark).length
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best), ',')
}
