import type { Table } from '../table/table.js'
import { csvLine, type CsvOptions } from './csv-line.js'

/** Rows that are turned into text in one go, some 10 ms: a server has other requests to answer. */
const rowsAtOnce = { withVectors: 8, plain: 500 }

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
  const most = kinds.includes('vector') ? rowsAtOnce.withVectors : rowsAtOnce.plain
  for await (const rows of batches) {
    for (let from = 0; from < rows.length; from += most) {
      const lines = rows.slice(from, from + most).map((row) => csvLine(row, kinds, options))
      yield Buffer.from(lines.join(''))
    }
  }
}
