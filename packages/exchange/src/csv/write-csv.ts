import type { Table } from '../table/table.js'
import { csvLine, type CsvOptions } from './csv-line.js'

/** A table as CSV: RFC 4180, UTF-8, a header, CRLF, instants in UTC (ISO 8601), embeddings as JSON arrays. */
export async function* csvOf({ columns, batches }: Table, options: CsvOptions): AsyncGenerator<Uint8Array> {
  const kinds = columns.map(({ kind }) => kind)
  yield Buffer.from(
    csvLine(
      columns.map(({ name }) => name),
      columns.map(() => 'json'),
      options,
    ),
  )
  for await (const rows of batches) {
    yield Buffer.from(rows.map((row) => csvLine(row, kinds, options)).join(''))
  }
}
