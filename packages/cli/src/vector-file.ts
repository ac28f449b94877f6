import { CoroError } from '@coro/shared/errors'

/**
 * A vector from a file: a JSON array of numbers, NumPy's `.npy` (float32 or float64, one row), or raw little-endian
 * float32. Told apart by content. Throws VECTOR_INVALID.
 */
export function readVectorFile(path: string, bytes: Buffer): Float32Array {
  const vector =
    bytes.subarray(0, 6).toString('latin1') === '\x93NUMPY'
      ? fromNpy(path, bytes)
      : /^\s*\[/.test(bytes.subarray(0, 64).toString('latin1'))
        ? (fromJson(path, bytes) ?? fromRaw(path, bytes))
        : fromRaw(path, bytes)
  if (vector.length === 0 || vector.some((x) => !Number.isFinite(x))) {
    throw invalid(path, 'it is empty or holds a number that is not finite')
  }
  return vector
}

/** null where it only looked like JSON: raw floats may begin with any byte. */
function fromJson(path: string, bytes: Buffer): Float32Array | null {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
  if (Array.isArray(value) && value.every((x) => typeof x === 'number')) return Float32Array.from(value)
  throw invalid(path, 'its JSON is not an array of numbers')
}

/** Source: NumPy's format description, numpy/lib/format.py. */
function fromNpy(path: string, bytes: Buffer): Float32Array {
  if (bytes.length < 12) throw invalid(path, 'it ends in its header')
  const wide = (bytes[6] ?? 1) >= 2
  const headerAt = wide ? 12 : 10
  const headerLength = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8)
  const header = bytes.subarray(headerAt, headerAt + headerLength).toString('latin1')
  const [, type = ''] = /'descr':\s*'([^']+)'/.exec(header) ?? []
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '').split(',').filter((part) => part.trim() !== '')
  const sizes = shape.map(Number)
  const n = sizes.reduce((product, size) => product * size, 1)
  if (sizes.filter((size) => size !== 1).length > 1)
    throw invalid(path, `it has the shape (${shape.join(',')}), not one row`)
  const data = bytes.subarray(headerAt + headerLength)
  const width = type === '<f4' ? 4 : type === '<f8' ? 8 : 0
  if (width === 0) throw invalid(path, `its type is ${type || 'unknown'}; float32 or float64 is read`)
  if (data.length < n * width) throw invalid(path, 'it ends before its numbers do')
  return Float32Array.from({ length: n }, (_, i) => (width === 4 ? data.readFloatLE(i * 4) : data.readDoubleLE(i * 8)))
}

function fromRaw(path: string, bytes: Buffer): Float32Array {
  if (bytes.length % 4 !== 0) throw invalid(path, 'it is no JSON array, no .npy, and no whole number of float32')
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4))
}

const invalid = (path: string, reason: string) =>
  new CoroError('VECTOR_INVALID', `${path} is no vector: ${reason}.`, { disposition: 'reject' })
