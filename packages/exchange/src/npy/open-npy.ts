import { open, type FileHandle } from 'node:fs/promises'
import { unreadable } from '../exchange-error.js'
import { decodeFloats } from './decode-floats.js'
import { npyHeaderBytes, readNpyHeader, type NpyHeader } from './read-npy-header.js'

/** A matrix of embeddings, one a row. */
export interface NpyMatrix extends AsyncDisposable {
  rowCount: number
  dimension: number
  /** Rows [from, from + count). Throws NPY_INVALID. */
  rows(from: number, count: number): Promise<Float32Array[]>
}

/**
 * Open a `.npy` file of float16, float32 or float64 in either byte order and in C or Fortran order: (rows, dimension),
 * with any number of ones between. Rows are read from the file as they are asked for. Throws NPY_INVALID.
 */
export async function openNpy(path: string): Promise<NpyMatrix> {
  const file = await open(path)
  try {
    const header = readNpyHeader(await readBytes(file, 0, npyHeaderBytes, 'as far as it goes'))
    const [rowCount, dimension] = matrixShape(header.shape)
    const { size } = await file.stat()
    const expected = header.dataOffset + rowCount * dimension * header.bytesPerNumber
    if (size < expected)
      throw new RangeError(`it has ${size} bytes where its shape (${header.shape.join(', ')}) takes ${expected}`)
    return {
      rowCount,
      dimension,
      async rows(from, count) {
        const last = Math.min(rowCount, from + count)
        if (from >= last) return []
        try {
          return await (header.fortranOrder ? byColumns : byRows)(file, header, [rowCount, dimension], from, last)
        } catch (error) {
          throw unreadable('NPY_INVALID', path, error instanceof Error ? error.message : String(error), error)
        }
      },
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw unreadable('NPY_INVALID', path, error instanceof Error ? error.message : String(error), error)
  }
}

function matrixShape(shape: number[]): [number, number] {
  const [rowCount = 0, ...rest] = shape
  const sizes = rest.filter((n) => n !== 1)
  if (shape.length < 2 || sizes.length > 1) {
    throw new RangeError(`its shape is (${shape.join(', ')}); a matrix has rows and a dimension`)
  }
  const dimension = sizes[0] ?? 1
  if (rowCount === 0 || dimension === 0) throw new RangeError(`its shape is (${shape.join(', ')}): it is empty`)
  return [rowCount, dimension]
}

async function byRows(file: FileHandle, header: NpyHeader, [, dimension]: [number, number], from: number, to: number) {
  const rowBytes = dimension * header.bytesPerNumber
  const bytes = await readBytes(file, header.dataOffset + from * rowBytes, (to - from) * rowBytes)
  const numbers = decodeFloats(bytes, header)
  return Array.from({ length: to - from }, (_, i) => numbers.slice(i * dimension, (i + 1) * dimension))
}

/** Of each column the same stretch: as many reads as there are dimensions. */
async function byColumns(
  file: FileHandle,
  header: NpyHeader,
  [rowCount, dimension]: [number, number],
  from: number,
  to: number,
): Promise<Float32Array[]> {
  const rows = Array.from({ length: to - from }, () => new Float32Array(dimension))
  for (let column = 0; column < dimension; column++) {
    const at = header.dataOffset + (column * rowCount + from) * header.bytesPerNumber
    const numbers = decodeFloats(await readBytes(file, at, (to - from) * header.bytesPerNumber), header)
    for (const [i, row] of rows.entries()) row[column] = numbers[i] as number
  }
  return rows
}

async function readBytes(file: FileHandle, at: number, length: number, whole: 'all' | 'as far as it goes' = 'all') {
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  if (done < length && whole === 'all') throw new RangeError(`it ends at byte ${at + done}`)
  return bytes.subarray(0, done)
}
