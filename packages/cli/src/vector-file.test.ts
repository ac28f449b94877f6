import { describe, expect, it } from 'vitest'
import { readVectorFile } from './vector-file.js'

/** An `.npy` file, version 1 or 2, as NumPy writes it. */
function npy(descr: string, shape: string, data: Buffer, version = 1): Buffer {
  const head = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`
  const fixed = version === 1 ? 10 : 12
  const text = `${head.padEnd(Math.ceil((fixed + head.length + 1) / 64) * 64 - fixed - 1)}\n`
  const start = Buffer.alloc(fixed)
  start.write('\x93NUMPY', 'latin1')
  start[6] = version
  if (version === 1) start.writeUInt16LE(text.length, 8)
  else start.writeUInt32LE(text.length, 8)
  return Buffer.concat([start, Buffer.from(text, 'latin1'), data])
}

const f4 = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer)
const f8 = (...values: number[]) => Buffer.from(Float64Array.from(values).buffer)
const read = (bytes: Buffer | string) => readVectorFile('v', Buffer.from(bytes))

describe('readVectorFile', () => {
  it.each([
    ['a JSON array', Buffer.from(' [0.5, -1, 2e-3]\n')],
    ['.npy float32', npy('<f4', '3,', f4(0.5, -1, 2e-3))],
    ['.npy float64', npy('<f8', '3,', f8(0.5, -1, 2e-3))],
    ['.npy of one row', npy('<f4', '1, 3', f4(0.5, -1, 2e-3))],
    ['.npy version 2', npy('<f4', '3,', f4(0.5, -1, 2e-3), 2)],
    ['raw float32', f4(0.5, -1, 2e-3)],
  ])('reads %s', (_, bytes) => {
    expect(read(bytes)).toEqual(Float32Array.of(0.5, -1, 2e-3))
  })

  it('reads raw numbers whose first byte looks like JSON', () => {
    const bytes = f4(1, 2)
    bytes[0] = '['.charCodeAt(0)
    expect(read(bytes)).toHaveLength(2)
  })

  it('reads raw numbers from any offset of a buffer', () => {
    const bytes = Buffer.concat([Buffer.alloc(3), f4(1, 2)]).subarray(3)
    expect(readVectorFile('v', bytes)).toEqual(Float32Array.of(1, 2))
  })

  it.each([
    ['nothing', ''],
    ['an empty array', '[]'],
    ['an array of arrays', '[[1, 2], [3]]   '], // 16 bytes: no raw float32 either
    ['an array of words', '["a", "b"]  '],
    ['a number that is not finite', f4(1, NaN)],
    ['a JSON number beyond float32', '[1e39]'],
    ['bytes that are no whole floats', 'abcde'],
    ['.npy with several rows', npy('<f4', '2, 2', f4(1, 2, 3, 4))],
    ['.npy of integers', npy('<i4', '2,', f4(1, 2))],
    ['.npy in the other byte order', npy('>f4', '2,', f4(1, 2))],
    ['.npy that ends early', npy('<f4', '3,', f4(1, 2))],
    ['.npy that ends in its header', npy('<f4', '3,', f4(1, 2, 3)).subarray(0, 40)],
    ['.npy that is only its name', npy('<f4', '3,', f4()).subarray(0, 6)],
  ])('refuses %s', (_, bytes) => {
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'VECTOR_INVALID', disposition: 'reject' }))
  })
})
