import { CoroError } from '../errors.js'
import { halfValues } from './half-values.js'

export type Element = 'vector' | 'halfvec'

/** Bytes of a stored vector. Source: pgvector 0.8 README, "Storage". */
export const storedBytes = ({ dimension, element }: { dimension: number; element: Element }): number =>
  8 + dimension * (element === 'halfvec' ? 2 : 4)

/**
 * An embedding as a binary parameter: pgvector's wire form, int16 dimension, int16 zero, then float32 (vector) or
 * float16 (halfvec), all big-endian. pg sends a Buffer in binary format, which skips printing and parsing 1,280
 * numbers. Source: pgvector 0.8 vector.c vector_recv, halfvec.c halfvec_recv.
 */
export function toBinary(embedding: Float32Array, element: Element): Buffer {
  const n = embedding.length
  const width = element === 'halfvec' ? 2 : 4
  const bytes = Buffer.allocUnsafe(4 + n * width)
  bytes.writeInt16BE(n, 0)
  bytes.writeInt16BE(0, 2)
  if (element === 'vector') for (let i = 0; i < n; i++) bytes.writeFloatBE(embedding[i] as number, 4 + i * 4)
  else for (let i = 0; i < n; i++) bytes.writeUInt16BE(toHalf(embedding[i] as number), 4 + i * 2)
  return bytes
}

const word = new Float32Array(1)
const bits = new Uint32Array(word.buffer)

/** IEEE 754 binary16 of a float32, rounded to nearest even; beyond 65504 infinity. */
export function toHalf(value: number): number {
  word[0] = value
  const x = bits[0] as number
  const sign = (x >>> 16) & 0x8000
  const magnitude = x & 0x7fffffff
  if (magnitude >= 0x7f800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00)
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude < 0x33000001) return sign // below half of the smallest subnormal
  if (magnitude < 0x38800000) {
    // Subnormal: shift the mantissa (with its hidden bit) to units of 2^-24.
    const shift = 126 - (magnitude >>> 23)
    const mantissa = (magnitude & 0x7fffff) | 0x800000
    const kept = mantissa >>> shift
    const rest = mantissa & ((1 << shift) - 1)
    const half = 1 << (shift - 1)
    return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0))
  }
  const rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)
  return sign | (rounded >>> 13)
}

/** The way back from pgvector's wire form (vector_send, halfvec_send). */
export function fromBinary(bytes: Buffer, element: Element): Float32Array {
  const embedding = new Float32Array(bytes.readInt16BE(0))
  if (element === 'vector') for (let i = 0; i < embedding.length; i++) embedding[i] = bytes.readFloatBE(4 + i * 4)
  else {
    for (let i = 0, at = 4; i < embedding.length; i++, at += 2) {
      embedding[i] = halfValues[((bytes[at] as number) << 8) | (bytes[at + 1] as number)] as number
    }
  }
  return embedding
}

/** Scale to length 1, in place. Throws VECTOR_INVALID for zeros and for numbers that are not finite. */
export function normaliseL2(embedding: Float32Array): Float32Array {
  let sum = 0
  for (const x of embedding) sum += x * x
  if (!Number.isFinite(sum) || sum === 0) {
    throw new CoroError('VECTOR_INVALID', 'The vector is all zeros or holds a number that is not finite.', {
      disposition: 'reject',
    })
  }
  const scale = 1 / Math.sqrt(sum)
  for (let i = 0; i < embedding.length; i++) embedding[i] = (embedding[i] as number) * scale
  return embedding
}
