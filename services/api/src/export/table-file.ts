import { csvOf } from '@coro/exchange/csv/write-csv'
import { parquetOf } from '@coro/exchange/parquet/write-parquet'
import type { Cell, Table, TableColumn } from '@coro/exchange/table/table'
import { embeddedSegments, embeddingColumns, embeddingRows } from '@coro/shared/database/export/embedding-rows'
import { readRows } from '@coro/shared/database/export/read-rows'
import { findRelation } from '@coro/shared/database/export/relation'
import type { SearchFilter } from '@coro/shared/database/search-filter'
import { chooseSpace } from '@coro/shared/database/choose-space'
import { fromBinary } from '@coro/shared/database/vectors'
import type { Platform } from '@coro/shared/process/platform'
import type { StreamedFile } from './stream-answer.js'

export type TableFormat = 'csv' | 'parquet'

export const contentTypes: Record<TableFormat, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  parquet: 'application/vnd.apache.parquet',
}

/** A table as a file of a format. formulas: whether CSV keeps texts as they are that a spreadsheet would run. */
export function tableBytes(table: Table, format: TableFormat, formulas: 'guard' | 'keep'): AsyncGenerator<Uint8Array> {
  return format === 'csv' ? csvOf(table, { guard: formulas === 'guard' }) : parquetOf(table)
}

/** A table or view of the schema coro. Throws EXPORT_UNKNOWN. */
export async function relationFile(
  { database }: Platform,
  name: string,
  format: TableFormat,
  formulas: 'guard' | 'keep',
): Promise<StreamedFile> {
  const { columns, sql, countSql } = await findRelation(database.pool, name)
  const { rows } = await database.pool.query<{ n: number }>(countSql)
  const table = { columns, batches: cellsOf(columns, readRows(database, sql)) }
  return {
    fileName: `${name}.${format}`,
    contentType: contentTypes[format],
    bytes: tableBytes(table, format, formulas),
    rows: rows[0]?.n ?? null,
  }
}

/** The embeddings of a space with references to their segments. Throws SPACE_UNKNOWN, and what a filter is refused with. */
export async function embeddingsFile(
  { database }: Platform,
  wish: { space?: string | undefined; variant?: 'raw' | 'denoised' | undefined },
  filter: SearchFilter,
  format: TableFormat,
  formulas: 'guard' | 'keep',
): Promise<StreamedFile> {
  const space = await chooseSpace(database.pool, wish)
  const segmentIds = await embeddedSegments(database.pool, space, filter)
  const rows = embeddingRows(database.pool, space, segmentIds)
  const table = { columns: embeddingColumns, batches: cellsOf(embeddingColumns, rows) }
  return {
    fileName: `embeddings-${space.name}.${format}`,
    contentType: contentTypes[format],
    bytes: tableBytes(table, format, formulas),
    rows: segmentIds.length,
    // A float32 is 4 bytes in Parquet, and about 11 as text.
    estimatedBytes: segmentIds.length * (space.dimension * (format === 'csv' ? 11 : 4) + 150),
  }
}

/** Rows as the database gives them, as cells: embeddings come as pgvector sends them. */
async function* cellsOf(columns: TableColumn[], batches: AsyncIterable<unknown[][]>): AsyncGenerator<Cell[][]> {
  const vector = columns.findIndex(({ kind }) => kind === 'vector')
  for await (const rows of batches) {
    if (vector >= 0) for (const row of rows) if (row[vector] !== null) row[vector] = decoded(row[vector] as Buffer)
    yield rows as Cell[][]
  }
}

/** vector_send or halfvec_send: 4 or 2 bytes a number behind 4. */
function decoded(bytes: Buffer): Float32Array {
  return fromBinary(bytes, bytes.length - 4 === bytes.readInt16BE(0) * 4 ? 'vector' : 'halfvec')
}
