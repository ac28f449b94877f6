import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { numbers, temporaryFolder } from '../temporary-folder.fixture.js'
import { openNpy } from './open-npy.js'

interface Draft {
  descr?: string
  fortran?: boolean
  shape?: number[]
  version?: number
  data: Buffer
}

/** A .npy file as numpy.save writes it: the header is padded to a multiple of 64. */
function npy({ descr = '<f4', fortran = false, shape = [], version = 1, data }: Draft): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`
  const prefix = version === 1 ? 10 : 12
  const padded = `${text.padEnd(Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix - 1)}\n`
  const head = Buffer.alloc(prefix)
  head.write('\x93NUMPY', 'latin1')
  head[6] = version
  if (version === 1) head.writeUInt16LE(padded.length, 8)
  else head.writeUInt32LE(padded.length, 8)
  return Buffer.concat([head, Buffer.from(padded, 'utf8'), data])
}

const rows = 7
const dimension = 5
const matrix = Array.from({ length: rows }, (_, i) => numbers(i + 1, dimension))

/** The matrix's bytes, value by value, in one order or the other. */
function encode(width: 4 | 8, little: boolean, fortran: boolean): Buffer {
  const bytes = Buffer.alloc(rows * dimension * width)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < dimension; j++) {
      const at = (fortran ? j * rows + i : i * dimension + j) * width
      if (width === 4) view.setFloat32(at, matrix[i]![j]!, little)
      else view.setFloat64(at, matrix[i]![j]!, little)
    }
  }
  return bytes
}

async function read(bytes: Buffer, from = 0, count = 100) {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.npy')
  await writeFile(path, bytes)
  await using file = await openNpy(path)
  return { shape: [file.rowCount, file.dimension], rows: await file.rows(from, count) }
}

const shape = [rows, dimension]

describe('openNpy', () => {
  for (const version of [1, 2, 3]) {
    for (const [descr, width, little] of [
      ['<f4', 4, true],
      ['>f4', 4, false],
      ['<f8', 8, true],
      ['>f8', 8, false],
    ] as const) {
      for (const fortran of [false, true]) {
        it(`reads ${descr} of version ${version}${fortran ? ' in Fortran order' : ''}`, async () => {
          const bytes = npy({ descr, fortran, shape, version, data: encode(width, little, fortran) })
          expect(await read(bytes)).toEqual({ shape, rows: matrix })
          expect((await read(bytes, 2, 3)).rows).toEqual(matrix.slice(2, 5))
          expect((await read(bytes, 6, 3)).rows).toEqual(matrix.slice(6))
        })
      }
    }
  }

  it('reads float16: subnormal, infinite and not a number included', async () => {
    const halves = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x7e00, 0x8000, 0x3555]
    const data = Buffer.alloc(16)
    halves.forEach((half, i) => data.writeUInt16LE(half, i * 2))
    const [row] = (await read(npy({ descr: '<f2', shape: [1, 8], data }))).rows
    expect([...row!]).toEqual([1, -2, 2 ** -24, 65504, Infinity, Number.NaN, -0, 0.333251953125])
  })

  it('passes over axes of one', async () => {
    expect((await read(npy({ shape: [rows, 1, dimension], data: encode(4, true, false) }))).shape).toEqual(shape)
  })

  it.each([
    ['a cut file', npy({ shape, data: encode(4, true, false).subarray(0, -1) }), /takes/],
    ['integers', npy({ descr: '<i8', shape, data: encode(8, true, false) }), /float16, float32 and float64/],
    ['objects', npy({ descr: '|O', shape, data: Buffer.alloc(8) }), /type is \|O/],
    ['one axis', npy({ shape: [35], data: encode(4, true, false) }), /a matrix has rows/],
    ['three axes', npy({ shape: [7, 5, 2], data: Buffer.alloc(280) }), /a matrix has rows/],
    ['no rows', npy({ shape: [0, 5], data: Buffer.alloc(0) }), /empty/],
    ['a zip', Buffer.from('PK\x03\x04 and more of it'), /npz/],
    ['something else', Buffer.from('not NumPy, but long enough'), /does not begin/],
    ['an unknown version', npy({ shape, version: 4, data: encode(4, true, false) }), /format is 4/],
    ['nothing', Buffer.alloc(0), /does not begin/],
  ])('refuses %s', async (_name, bytes, reason) => {
    const refusal = read(bytes)
    await expect(refusal).rejects.toMatchObject({ code: 'NPY_INVALID', disposition: 'reject' })
    await expect(read(bytes)).rejects.toThrow(reason)
  })

  it('refuses structured rows by what they are', async () => {
    const bytes = npy({ shape, data: Buffer.alloc(8) })
    const text = bytes.toString('latin1').replace("'<f4'", "[('a', '<f4')]")
    await expect(read(Buffer.from(text, 'latin1'))).rejects.toThrow(/structures/)
  })
})
