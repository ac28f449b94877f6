// One channel of a frame (RFC 9639, section 9.2).
import { exhausted, readBits, readSigned, readUnary } from './bits'
import { restoreFixed } from './fixed'
import { coefficients, restoreLinear32, restoreLinear64 } from './linear'
import { readResidual } from './residual'

/**
 * Decode `count` samples of `bits` bits to `to`, int32 or (33 bits) int64; T says which. scratch: room for the residual,
 * int32 [count]; = `to` where T is int32. False where the subframe breaks the format's rules or the input ends.
 */
export function decodeSubframe<T>(to: usize, scratch: usize, count: u32, bits: u32): bool {
  const head = <u32>readBits(8)
  if (head >> 7 != 0) return false
  let wasted: u32 = 0
  if ((head & 1) != 0) wasted = readUnary() + 1
  if (wasted >= bits) return false
  const kept = bits - wasted
  const kind = (head >> 1) & 63
  let good = false
  if (kind == 0) good = readConstant<T>(to, count, kept)
  else if (kind == 1) good = readVerbatim<T>(to, count, kept)
  else if (kind >= 8 && kind <= 12) good = decodeFixed<T>(to, scratch, count, kept, kind - 8)
  else if (kind >= 32) good = decodeLinear<T>(to, scratch, count, kept, kind - 31)
  if (good && wasted > 0) {
    for (let n: usize = 0; n < count; n++) {
      const at = to + n * sizeof<T>()
      store<T>(at, load<T>(at) << (<T>wasted))
    }
  }
  return good
}

function readConstant<T>(to: usize, count: u32, bits: u32): bool {
  const value = <T>readSigned(bits)
  for (let n: usize = 0; n < count; n++) store<T>(to + n * sizeof<T>(), value)
  return !exhausted()
}

function readVerbatim<T>(to: usize, count: u32, bits: u32): bool {
  for (let n: usize = 0; n < count && !exhausted(); n++) store<T>(to + n * sizeof<T>(), <T>readSigned(bits))
  return !exhausted()
}

function decodeFixed<T>(to: usize, scratch: usize, count: u32, bits: u32, order: u32): bool {
  if (order > count || !readVerbatim<T>(to, order, bits) || !readResidual(scratch, count, order)) return false
  restoreFixed<T>(scratch, to, count, order)
  return true
}

function decodeLinear<T>(to: usize, scratch: usize, count: u32, bits: u32, order: u32): bool {
  if (order > count || !readVerbatim<T>(to, order, bits)) return false
  const precision = <u32>readBits(4) + 1
  const shift = <i32>readSigned(5)
  // 16 is reserved; a negative shift is forbidden.
  if (precision == 16 || shift < 0) return false
  memory.fill(coefficients, 0, 36 * 4)
  let sizes: i64 = 0
  for (let n: usize = 0; n < order; n++) {
    const value = <i32>readSigned(precision)
    store<i32>(coefficients + n * 4, value)
    sizes += abs(value)
  }
  if (!readResidual(scratch, count, order)) return false
  // The largest sum that samples of so many bits can give.
  const fits = sizes << (bits - 1) < (<i64>1) << 31
  if (sizeof<T>() == 4 && fits) restoreLinear32(to, count, order, shift)
  else restoreLinear64<T>(scratch, to, count, order, shift)
  return true
}
