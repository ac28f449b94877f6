import type { Database } from '@coro/shared/database/open'
import { openDatabase } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomNumbers } from './database.fixture.js'
import { fromBinary, normaliseL2, toBinary, toHalf } from './vectors.js'

let database: Database
beforeAll(async () => {
  database = await openDatabase('pglite:memory')
})
afterAll(() => database[Symbol.asyncDispose]())

const ulp = 2 ** -10

/** Where binary16 is delicate: signs, ties between neighbours, subnormals, both ends of the range. */
const delicate = [
  0,
  -0,
  1,
  -1,
  1 + ulp / 2, // a tie: to even, down
  1 + (3 * ulp) / 2, // a tie: to even, up
  1 + ulp / 2 + 2 ** -20,
  2 - ulp / 4, // rounds up into the next power of two
  2 ** -14, // the smallest normal
  2 ** -14 - 2 ** -25, // rounds up to it
  2 ** -24, // the smallest subnormal
  2 ** -25, // a tie with zero: to even, zero
  -(2 ** -25),
  2 ** -25 + 2 ** -40,
  3 * 2 ** -25, // a tie between subnormals: to even
  5 * 2 ** -25,
  2 ** -26,
  1e-40,
  65504,
  -65504,
  65519, // below half way to what would be 65536
]

describe('toBinary', () => {
  it.each(['vector', 'halfvec'] as const)('means the same to pgvector as its text: %s', async (element) => {
    const values = Float32Array.from([
      ...delicate,
      ...randomNumbers(1, 500),
      ...randomNumbers(2, 500).map((x) => x / 4e4),
    ])
    const text = `[${[...values].map((x) => (Object.is(x, -0) ? '-0' : String(x))).join(',')}]`
    const { rows } = await database.pool.query<{ same: boolean; binary: string; text: string }>(
      `select $1::${element} = $2::text::${element} as same, $1::${element}::text as binary,
              $2::text::${element}::text as text`,
      [toBinary(values, element), text],
    )
    expect(rows[0]?.binary).toBe(rows[0]?.text)
    expect(rows[0]?.same).toBe(true)
  })

  it('comes back from the database number for number', async () => {
    const values = randomNumbers(3, 1280)
    const { rows } = await database.pool.query<{ e: number[] }>('select $1::vector(1280) as e', [
      toBinary(values, 'vector'),
    ])
    expect(Float32Array.from(rows[0]?.e ?? [])).toEqual(values)
  })

  it.each(['vector', 'halfvec'] as const)('is read back as it was written: %s', (element) => {
    const values = Float32Array.from([...delicate, ...randomNumbers(6, 200)])
    const once = fromBinary(toBinary(values, element), element)
    expect(fromBinary(toBinary(once, element), element)).toEqual(once)
    for (const [i, value] of once.entries())
      expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(Math.abs(values[i]!) * 2 ** -11 + 2 ** -25)
  })

  it('is refused where the dimension differs', async () => {
    const bytes = toBinary(randomNumbers(4, 7), 'halfvec')
    await expect(database.pool.query('select $1::halfvec(8) as e', [bytes])).rejects.toMatchObject({ code: '22000' })
  })
})

describe('toHalf', () => {
  it('rounds beyond the largest number to infinity, and keeps NaN one', () => {
    expect(toHalf(65504)).toBe(0x7bff)
    expect(toHalf(65520)).toBe(0x7c00)
    expect(toHalf(-1e9)).toBe(0xfc00)
    expect(toHalf(Infinity)).toBe(0x7c00)
    expect(toHalf(NaN) & 0x7fff).toBeGreaterThan(0x7c00)
  })

  it('gives every binary16 back that it is given', () => {
    const wrong: number[] = []
    for (let bits = 0; bits < 0x7c00; bits++) {
      const exponent = bits >> 10
      const mantissa = bits & 0x3ff
      const value = exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25)
      if (toHalf(value) !== bits || toHalf(-value) !== (bits | 0x8000)) wrong.push(bits)
    }
    expect(wrong).toEqual([])
  })
})

describe('normaliseL2', () => {
  it('scales to length 1 in place, whatever the length was', () => {
    for (const scale of [1e-18, 1, 1e18]) {
      const vector = randomNumbers(5, 1280).map((x) => x * scale)
      expect(normaliseL2(vector)).toBe(vector)
      expect(Math.hypot(...vector)).toBeCloseTo(1, 6)
    }
  })

  it.each([
    ['zeros', [0, -0, 0]],
    ['NaN', [1, NaN]],
    ['infinity', [1, -Infinity]],
    ['nothing', []],
  ])('refuses %s', (_, values) => {
    expect(() => normaliseL2(Float32Array.from(values))).toThrow(
      expect.objectContaining({ code: 'VECTOR_INVALID', disposition: 'reject' }),
    )
  })
})
