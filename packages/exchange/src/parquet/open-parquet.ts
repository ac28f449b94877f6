import { open, type FileHandle } from 'node:fs/promises'
import { parquetMetadataAsync, parquetSchema, type FileMetaData, type SchemaElement, type SchemaTree } from 'hyparquet'
import { getMaxRepetitionLevel, getTreePath } from 'hyparquet/src/schema.js'
import { unreadable } from '../exchange-error.js'
import { columnPages } from './column-pages.js'
import { listRows, scalarRows } from './column-rows.js'

export interface ParquetColumn {
  name: string
  /** `list`: numbers, one list a row. `other`: nested in another way; it cannot be read. */
  kind: 'number' | 'scalar' | 'list' | 'other'
}

export interface ParquetFile extends AsyncDisposable {
  columns: ParquetColumn[]
  rowCount: number
  /**
   * The rows of some columns, in order, some hundreds at a time; memory does not grow with the file. Numbers of 64 bits
   * are numbers, instants are Dates, timestamps without a zone texts without one. Throws PARQUET_INVALID.
   */
  rows(names: string[]): AsyncGenerator<Map<string, unknown[]>>
}

const rowsPerBatch = 512
const numeric = new Set<string | undefined>(['FLOAT', 'DOUBLE', 'INT32', 'INT64'])

/** Open a Parquet file. Throws PARQUET_INVALID. */
export async function openParquet(path: string): Promise<ParquetFile> {
  const file = await open(path)
  try {
    const metadata = await readMetadata(file)
    const tree = parquetSchema(metadata)
    return {
      columns: tree.children.map((child) => ({ name: child.element.name, kind: kindOf(child) })),
      rowCount: Number(metadata.num_rows),
      rows: (names) => rowsOf(path, file, metadata, tree, names),
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw unreadable('PARQUET_INVALID', path, reasonOf(error), error)
  }
}

async function readMetadata(file: FileHandle): Promise<FileMetaData> {
  const { size } = await file.stat()
  return parquetMetadataAsync(
    {
      byteLength: size,
      async slice(from, to = size) {
        const bytes = new Uint8Array(to - from)
        await file.read(bytes, 0, bytes.length, from)
        return bytes.buffer
      },
    },
    { geoparquet: false },
  )
}

function kindOf(column: SchemaTree): ParquetColumn['kind'] {
  const path: SchemaTree[] = [column]
  for (let node = column; node.children.length > 0;) {
    if (node.children.length > 1) return 'other'
    node = node.children[0] as SchemaTree
    path.push(node)
  }
  const leaf = (path.at(-1) as SchemaTree).element
  const isNumber = isPlainNumber(leaf)
  const repeated = path.filter(({ element }) => element.repetition_type === 'REPEATED').length
  if (repeated === 0) return path.length > 1 ? 'other' : isNumber ? 'number' : 'scalar'
  return repeated === 1 && isNumber ? 'list' : 'other'
}

function isPlainNumber({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (logical?.type === 'FLOAT16') return true
  if (!numeric.has(type)) return false
  const integer = logical === undefined || logical.type === 'INTEGER'
  return integer && (converted === undefined || /^U?INT_/.test(converted))
}

async function* rowsOf(
  path: string,
  file: FileHandle,
  metadata: FileMetaData,
  tree: SchemaTree,
  names: string[],
): AsyncGenerator<Map<string, unknown[]>> {
  try {
    for (const { columns, num_rows: count } of metadata.row_groups) {
      const cursors = names.map((name) => {
        const chunk = columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === name)?.meta_data
        if (!chunk) throw new RangeError(`a row group has no column ${name}`)
        const schemaPath = getTreePath(tree, chunk.path_in_schema)
        const pages = columnPages(file, chunk, schemaPath)
        const isList = getMaxRepetitionLevel(schemaPath) > 0
        const rows = isList ? listRows(pages, schemaPath) : scalarRows(pages, schemaPath)
        return { name, cursor: new RowCursor(rows), toCell: isList ? null : cellOf(schemaPath.at(-1)?.element) }
      })
      for (let left = Number(count); left > 0; left -= rowsPerBatch) {
        const batch = new Map<string, unknown[]>()
        for (const { name, cursor, toCell } of cursors) {
          const cells = await cursor.take(Math.min(left, rowsPerBatch))
          batch.set(name, toCell ? cells.map(toCell) : cells)
        }
        yield batch
      }
    }
  } catch (error) {
    throw unreadable('PARQUET_INVALID', path, reasonOf(error), error)
  }
}

/** Takes exact numbers of rows from pages of any. */
class RowCursor {
  readonly #pages: AsyncIterator<unknown[]>
  #page: unknown[] = []
  #at = 0

  constructor(pages: AsyncIterator<unknown[]>) {
    this.#pages = pages
  }

  async take(count: number): Promise<unknown[]> {
    const taken: unknown[] = []
    while (taken.length < count) {
      if (this.#at === this.#page.length) {
        const { value, done } = await this.#pages.next()
        if (done) throw new RangeError('a column has fewer rows than its row group')
        this.#page = value
        this.#at = 0
      }
      const part = this.#page.slice(this.#at, this.#at + count - taken.length)
      this.#at += part.length
      taken.push(...part)
    }
    return taken
  }
}

function cellOf(element: SchemaElement | undefined): (value: unknown) => unknown {
  const logical = element?.logical_type
  const isLocal = logical?.type === 'TIMESTAMP' && !logical.isAdjustedToUTC
  return (value) => {
    if (value === undefined) return null
    if (typeof value === 'bigint') return Number(value)
    if (value instanceof Date && isLocal) return Number.isNaN(value.getTime()) ? null : value.toISOString().slice(0, -1)
    return value
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
