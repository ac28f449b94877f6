import { open } from 'node:fs/promises'
import { extname } from 'node:path'
import { CoroError } from '@coro/shared/errors'
import { unguarded } from '../csv/csv-line.js'
import { streamCsv } from '../csv/stream-csv.js'
import { unreadable } from '../exchange-error.js'
import { openNpy } from '../npy/open-npy.js'
import { openParquet } from '../parquet/open-parquet.js'
import { chooseColumns, chooseFields, type EmbeddingColumns, type Field } from './fields.js'
import { parseEmbedding } from './parse-embedding.js'

/** A row as it stands in a file. */
export interface RawRow {
  /** The first row of data is 1. */
  row: number
  /** Of a CSV: where it ends in the file. */
  line: number | null
  fields: Partial<Record<Field, unknown>>
  /** A text says why there is none. */
  embedding: Float32Array | string
}

/** Embeddings with references to their windows, in a file or two. */
export interface VectorFile {
  /** Null where nothing says it beforehand. */
  rowCount: number | null
  /** From the beginning, each time that it is asked; memory does not grow with the file. */
  rows(): AsyncGenerator<RawRow[]>
}

export interface VectorFileOptions {
  /** Of a .npy file: the CSV of its rows' references. */
  references?: string | undefined
  /** Field (or `embedding`) to column. */
  columns: Partial<Record<string, string>>
}

const rowsPerBatch = 512
/** Columns of numbers are read side by side, a page of each. */
const mostWideBytes = 2 ** 31

/**
 * Open a file of embeddings, told by what it begins with: Parquet, NumPy, else CSV. Throws INPUT_UNREADABLE,
 * COLUMNS_UNKNOWN, PARQUET_INVALID, NPY_INVALID, CSV_INVALID; rows() throws the last three.
 */
export async function openVectors(path: string, options: VectorFileOptions): Promise<VectorFile> {
  const magic = await firstBytes(path)
  const isNpy = magic.toString('latin1', 0, 6) === '\x93NUMPY' || ['.npy', '.npz'].includes(extname(path).toLowerCase())
  if (!isNpy && options.references !== undefined) {
    throw new CoroError('USAGE', '--references go with a .npy file', { disposition: 'reject' })
  }
  if (isNpy) return fromNpy(path, options)
  return magic.toString('latin1', 0, 4) === 'PAR1' ? fromParquet(path, options) : fromCsv(path, options)
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    await using file = await open(path)
    const bytes = Buffer.alloc(8)
    const { bytesRead } = await file.read(bytes, 0, 8, 0)
    return bytes.subarray(0, bytesRead)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CoroError('INPUT_UNREADABLE', `${path} cannot be read: ${reason}`, {
      disposition: 'reject',
      cause: error,
    })
  }
}

async function fromParquet(path: string, { columns: named }: VectorFileOptions): Promise<VectorFile> {
  await using file = await openParquet(path)
  const names = file.columns.map(({ name }) => name)
  const lists = file.columns.filter(({ kind }) => kind === 'list').map(({ name }) => name)
  const chosen = chooseColumns(path, names, lists, named)
  const { embedding } = chosen
  if ('one' in embedding && file.columns.some(({ name, kind }) => name === embedding.one && kind === 'other')) {
    throw unreadable(
      'PARQUET_INVALID',
      path,
      `its column ${embedding.one} is nested in a way that is no list of numbers`,
    )
  }
  if ('many' in embedding && embedding.many.length * Math.min(file.rowCount, 2 ** 17) * 16 > mostWideBytes) {
    throw unreadable(
      'PARQUET_INVALID',
      path,
      `${embedding.many.length} columns of numbers side by side take too much memory: write one column of lists ` +
        `(df['embedding'] = list(matrix)), or smaller row groups`,
    )
  }
  const { rowCount } = file
  return { rowCount, rows: () => parquetRows(path, chosen) }
}

async function* parquetRows(
  path: string,
  { fields, embedding }: ReturnType<typeof chooseColumns>,
): AsyncGenerator<RawRow[]> {
  await using file = await openParquet(path)
  const ofFields = Object.entries(fields) as [Field, string][]
  const wanted = [...new Set([...ofFields.map(([, column]) => column), ...namesOf(embedding)])]
  let row = 0
  for await (const batch of file.rows(wanted)) {
    const count = batch.get(wanted[0] as string)?.length ?? 0
    yield Array.from({ length: count }, (_, i) => ({
      row: ++row,
      line: null,
      fields: Object.fromEntries(ofFields.map(([field, column]) => [field, batch.get(column)?.[i]])),
      embedding: embeddingOf(embedding, (column) => batch.get(column)?.[i]),
    }))
  }
}

async function fromCsv(path: string, { columns: named }: VectorFileOptions): Promise<VectorFile> {
  const header = await csvHeader(path)
  const chosen = chooseColumns(path, header, [], named)
  return {
    rowCount: null,
    rows: async function* () {
      for await (const records of csvBatches(path)) {
        yield records.map(({ row, line, cells }) => ({
          row,
          line,
          fields: csvFields(chosen.fields, cells),
          embedding: embeddingOf(chosen.embedding, (column) => cells.get(column)),
        }))
      }
    },
  }
}

async function fromNpy(path: string, { references, columns: named }: VectorFileOptions): Promise<VectorFile> {
  if (references === undefined) {
    throw new CoroError(
      'USAGE',
      `${path} holds numbers alone: --references names the CSV (key, start_s, ...) with a line for each of its rows`,
      { disposition: 'reject' },
    )
  }
  await using matrix = await openNpy(path)
  const chosen = chooseFields(references, await csvHeader(references), named)
  const { rowCount } = matrix
  const mismatch = (lines: string) =>
    new CoroError('REFERENCES_MISMATCH', `${path} has ${rowCount} rows, ${references} has ${lines}.`, {
      disposition: 'reject',
    })
  return {
    rowCount,
    rows: async function* () {
      await using matrix = await openNpy(path)
      let done = 0
      for await (const records of csvBatches(references)) {
        const vectors = await matrix.rows(done, records.length)
        if (vectors.length < records.length) throw mismatch('more')
        done += records.length
        yield records.map(({ row, line, cells }, i) => ({
          row,
          line,
          fields: csvFields(chosen, cells),
          embedding: vectors[i] as Float32Array,
        }))
      }
      if (done < rowCount) throw mismatch(String(done))
    },
  }
}

const namesOf = (embedding: EmbeddingColumns) => ('one' in embedding ? [embedding.one] : embedding.many)

function embeddingOf(embedding: EmbeddingColumns, cell: (column: string) => unknown): Float32Array | string {
  if ('one' in embedding) return parseEmbedding(cell(embedding.one))
  const numbers = new Float32Array(embedding.many.length)
  for (const [i, column] of embedding.many.entries()) {
    const value = cell(column)
    if (value === null || value === undefined || value === '') return `column ${column} is empty`
    numbers[i] = Number(value)
  }
  return numbers
}

async function csvHeader(path: string): Promise<string[]> {
  for await (const { values } of streamCsv(path)) return values
  throw unreadable('CSV_INVALID', path, 'it is empty')
}

interface CsvRow {
  row: number
  line: number
  cells: Map<string, string>
}

async function* csvBatches(path: string): AsyncGenerator<CsvRow[]> {
  let header: string[] | null = null
  let batch: CsvRow[] = []
  let row = 0
  for await (const { line, values } of streamCsv(path)) {
    if (header === null) {
      header = values
      continue
    }
    batch.push({ row: ++row, line, cells: new Map(header.map((name, i) => [name, values[i] ?? ''])) })
    if (batch.length < rowsPerBatch) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** An empty cell says nothing. */
function csvFields(
  chosen: Partial<Record<Field, string>>,
  cells: Map<string, string>,
): Partial<Record<Field, unknown>> {
  return Object.fromEntries(
    Object.entries(chosen).flatMap(([field, column]) => {
      const cell = cells.get(column) ?? ''
      return cell === '' ? [] : [[field, unguarded(cell)]]
    }),
  )
}
