/** What the header of a NumPy file says of its array. */
export interface NpyHeader {
  /** IEEE 754 floats of 2, 4 or 8 bytes. */
  bytesPerNumber: 2 | 4 | 8
  littleEndian: boolean
  /** Columns follow each other instead of rows. */
  fortranOrder: boolean
  shape: number[]
  /** Where the numbers begin in the file. */
  dataOffset: number
}

/** Enough to read any header of a plain array; longer ones describe structures. */
export const npyHeaderBytes = 65_536

/**
 * Read the header of a `.npy` file of format 1.0, 2.0 or 3.0 from its first bytes. Throws a RangeError that says what
 * is wrong. Source: numpy/lib/format.py, "Format Version 1.0" to "3.0".
 */
export function readNpyHeader(bytes: Buffer): NpyHeader {
  if (bytes.subarray(0, 2).toString('latin1') === 'PK') throw new RangeError('it is a zip (.npz): unpack it first')
  if (bytes.subarray(0, 6).toString('latin1') !== '\x93NUMPY')
    throw new RangeError('it does not begin as a .npy file does')
  if (bytes.length < 12) throw new RangeError('it ends in its header')
  const version = bytes[6] as number
  if (version < 1 || version > 3)
    throw new RangeError(`its format is ${version}.${bytes[7]}; 1.0, 2.0 and 3.0 are read`)
  const headerAt = version === 1 ? 10 : 12
  const dataOffset = headerAt + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8))
  if (dataOffset > bytes.length) throw new RangeError('it ends in its header, or that is of no plain array')
  const text = bytes.subarray(headerAt, dataOffset).toString(version === 3 ? 'utf8' : 'latin1')
  const descr = /'descr':\s*('([^']*)'|[[(])/.exec(text)
  const type = descr?.[2]
  if (type === undefined)
    throw new RangeError(descr ? 'its rows are structures; save the embeddings alone' : 'its header names no type')
  const [, order, size] = /^([<>=|]?)f([248])$/.exec(type) ?? []
  if (size === undefined) throw new RangeError(`its type is ${type}; float16, float32 and float64 are read`)
  const shape = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1]
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1]
  if (shape === undefined || fortran === undefined) throw new RangeError('its header names no shape or order')
  const sizes = shape
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number)
  if (sizes.some((n) => !Number.isSafeInteger(n) || n < 0)) throw new RangeError(`its shape is (${shape})`)
  return {
    bytesPerNumber: Number(size) as 2 | 4 | 8,
    // '=' never stands in a file that NumPy wrote; '|' is for single bytes.
    littleEndian: order !== '>',
    fortranOrder: fortran === 'True',
    shape: sizes,
    dataOffset,
  }
}
