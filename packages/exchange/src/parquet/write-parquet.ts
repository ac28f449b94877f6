import { ByteWriter, ParquetWriter, type ColumnSource } from 'hyparquet-writer'
import type { SchemaElement } from 'hyparquet'
import type { Cell, ColumnKind, Table, TableColumn } from '../table/table.js'
import { vectorSchema, writeVectorChunk } from './vector-chunk.js'

/** Rows a row group: 5 MB of embeddings of 1280 numbers, or a fraction of a megabyte of facts. */
const groupRows = { withVectors: 1024, plain: 10_000 }

const scalars: Record<Exclude<ColumnKind, 'vector'>, Omit<SchemaElement, 'name'>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  json: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  integer: { type: 'INT64' },
  real: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  instant: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
  // No converted type: that one would say UTC.
  local: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MILLIS' } },
  day: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
}

/**
 * A table as Parquet, a row group at a time: instants as timestamps in UTC, embeddings as lists of float32, texts with
 * Snappy. A table holds at most one column of embeddings, which comes last. Memory: two row groups.
 */
export async function* parquetOf({ columns, batches }: Table): AsyncGenerator<Uint8Array> {
  const vector = columns.findIndex(({ kind }) => kind === 'vector')
  if (vector >= 0 && vector !== columns.length - 1) throw new TypeError('embeddings come last')
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({ writer, schema: schemaOf(columns), createdBy: 'coro' })
  const most = vector < 0 ? groupRows.plain : groupRows.withVectors
  let pending: Cell[][] = []
  for await (const rows of batches) {
    pending.push(...rows)
    while (pending.length >= most) {
      writeGroup(parquet, writer, columns, pending.slice(0, most))
      pending = pending.slice(most)
      yield take(writer)
    }
  }
  if (pending.length > 0) writeGroup(parquet, writer, columns, pending)
  await parquet.finish()
  yield take(writer)
}

function schemaOf(columns: TableColumn[]): SchemaElement[] {
  const leaves = columns.flatMap(({ name, kind }): SchemaElement[] =>
    kind === 'vector' ? vectorSchema(name) : [{ name, repetition_type: 'OPTIONAL', ...scalars[kind] }],
  )
  return [{ name: 'root', num_children: columns.length }, ...leaves]
}

function writeGroup(parquet: ParquetWriter, writer: ByteWriter, columns: TableColumn[], rows: Cell[][]): void {
  const sources = columns.flatMap(({ name, kind }, i): ColumnSource[] =>
    kind === 'vector' ? [] : [{ name, data: rows.map((row) => stored(row[i] ?? null, kind)) }],
  )
  const began = writer.offset
  void parquet.write({ columnData: sources, rowGroupSize: rows.length })
  const vector = columns.at(-1)
  if (vector?.kind !== 'vector') return
  const group = parquet.row_groups.at(-1)
  if (!group) throw new TypeError('a table has other columns than embeddings')
  group.columns.push(
    writeVectorChunk(
      writer,
      vector.name,
      rows.map((row) => (row.at(-1) ?? null) as Float32Array | null),
    ),
  )
  group.total_byte_size = group.columns.reduce(
    (sum, chunk) => sum + (chunk.meta_data?.total_uncompressed_size ?? 0n),
    0n,
  )
  group.total_compressed_size = BigInt(writer.offset - began)
}

/** A cell as hyparquet-writer takes it. */
function stored(cell: Cell, kind: ColumnKind): unknown {
  if (cell === null) return null
  switch (kind) {
    case 'integer':
      return typeof cell === 'number' && Number.isSafeInteger(cell) ? BigInt(cell) : null
    case 'instant':
      return cell instanceof Date && !Number.isNaN(cell.getTime()) ? cell : null
    case 'local': {
      const ms = typeof cell === 'string' ? Date.parse(`${cell}Z`) : Number.NaN
      return Number.isNaN(ms) ? null : BigInt(ms)
    }
    case 'day': {
      const ms = typeof cell === 'string' ? Date.parse(`${cell}T00:00:00Z`) : Number.NaN
      return Number.isNaN(ms) ? null : Math.round(ms / 86_400_000)
    }
    default:
      return cell
  }
}

/** The bytes since the last time. */
function take(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}
