import type { ColumnChunk, SchemaElement } from 'hyparquet'
import type { ByteWriter } from 'hyparquet-writer'
import { toLittleEndian } from '../floats/little-endian.js'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'

/**
 * The schema of a column of embeddings: a list of float32 (Parquet, LogicalTypes.md, "Lists") that may be missing, none of
 * its numbers, so that pyarrow, pandas, polars, DuckDB and R read `list<float>`.
 */
export function vectorSchema(name: string): SchemaElement[] {
  return [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
  ]
}

/** Rows a page: 256 of 1280 numbers are 1.3 MB. */
const rowsPerPage = 256
/** Definition levels: the list is missing; the number is there. */
const missing = 0
const there = 2

/**
 * Write one column chunk of embeddings, uncompressed: floats of a network do not compress, and their levels are the
 * same in every row, so a page is its levels, 8 bytes a row, and a copy of the numbers. (hyparquet-writer's own lists
 * take 0.7 ms for 1280 numbers.) rows: at least one; those that are there of equal lengths, none empty.
 */
export function writeVectorChunk(writer: ByteWriter, name: string, rows: (Float32Array | null)[]): ColumnChunk {
  const start = writer.offset
  let values = 0
  for (let from = 0; from < rows.length; from += rowsPerPage) {
    values += writePage(writer, rows.slice(from, from + rowsPerPage))
  }
  const bytes = BigInt(writer.offset - start)
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: 'FLOAT',
      encodings: ['RLE', 'PLAIN'],
      path_in_schema: [name, 'list', 'element'],
      codec: 'UNCOMPRESSED',
      num_values: BigInt(values),
      total_uncompressed_size: bytes,
      total_compressed_size: bytes,
      data_page_offset: BigInt(start),
    },
  }
}

/** Returns how many values the page has: a row that is missing counts as one. */
function writePage(writer: ByteWriter, rows: (Float32Array | null)[]): number {
  const present = rows.filter((row) => row !== null)
  const dimension = present[0]?.length ?? 0
  const odd = present.find((row) => row.length !== dimension)
  if (odd) throw new RangeError(`an embedding of ${odd.length} numbers among ${dimension}`)
  const nulls = rows.length - present.length
  const count = present.length * dimension + nulls
  const definitions =
    nulls === 0
      ? run(count, there)
      : Buffer.concat(rows.map((row) => (row === null ? run(1, missing) : run(dimension, there))))
  const repetitions = Buffer.concat(
    rows.flatMap((row) => [run(1, 0), ...(row === null ? [] : [run(dimension - 1, 1)])]),
  )
  const values = toLittleEndian(present)
  const size = definitions.length + repetitions.length + values.length
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: size,
    compressed_page_size: size,
    data_page_header_v2: {
      num_values: count,
      num_nulls: nulls,
      num_rows: rows.length,
      encoding: 'PLAIN',
      definition_levels_byte_length: definitions.length,
      repetition_levels_byte_length: repetitions.length,
      is_compressed: false,
    },
  })
  writer.appendBytes(repetitions)
  writer.appendBytes(definitions)
  writer.appendBytes(values)
  return count
}

/**
 * `count` times one level of 1 or 2 bits, as a run (Parquet, Encodings.md, "RLE/bit-packing hybrid"): the count shifted left
 * by one as a varint, then the level in a byte.
 */
function run(count: number, level: 0 | 1 | 2): Buffer {
  const bytes: number[] = []
  if (count === 0) return Buffer.alloc(0)
  let header = count * 2
  while (header > 127) {
    bytes.push((header % 128) + 128)
    header = Math.floor(header / 128)
  }
  return Buffer.from([...bytes, header, level])
}
