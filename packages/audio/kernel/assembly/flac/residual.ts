// The coded residual of a subframe (RFC 9639, section 9.2.7).
import { bitsFrom, exhausted, goTo, place, readBits, readSigned, readUnary } from './bits'

/**
 * Read the residual of `count` samples, of which the first `order` have none, to `to` (int32, [count]).
 * False where it breaks the format's rules or the input ends.
 */
export function readResidual(to: usize, count: u32, order: u32): bool {
  const method = <u32>readBits(2)
  if (method > 1) return false
  const parameterBits = 4 + method
  const escape: u32 = (1 << parameterBits) - 1
  const partitionOrder = <u32>readBits(4)
  const each = count >> partitionOrder
  if (each << partitionOrder != count || each < order) return false
  let from = to + order * 4
  for (let partition: u32 = 1; partition <= 1 << partitionOrder; partition++) {
    const until = to + partition * each * 4
    const parameter = <u32>readBits(parameterBits)
    if (parameter == escape) readPlain(from, until)
    else readRice(from, until, parameter)
    if (exhausted()) return false
    from = until
  }
  return true
}

/** A partition that is not Rice coded: numbers of a width that stands before them, which may be 0. */
function readPlain(from: usize, until: usize): void {
  const width = <u32>readBits(5)
  if (width == 0) {
    memory.fill(from, 0, until - from)
    return
  }
  for (let to = from; to < until && !exhausted(); to += 4) store<i32>(to, <i32>readSigned(width))
}

/** Four codes out of one load where they fit into its 57 bits, as they nearly always do. */
function readRice(from: usize, until: usize, parameter: u32): void {
  let to = from
  if (parameter <= 11) {
    const behindZeros = 63 - parameter
    const step = parameter + 1
    const scale: u32 = 1 << parameter
    let at = place
    while (to + 16 <= until) {
      let bits = bitsFrom(at)
      // A code: zeros, a one, `parameter` bits. With the zeros shifted away the one stands above the bits.
      const a = <u32>clz(bits)
      const codeA = <u32>(bits >> (behindZeros - a)) + (a - 1) * scale
      bits <<= a + step
      const b = <u32>clz(bits)
      const codeB = <u32>(bits >> (behindZeros - b)) + (b - 1) * scale
      bits <<= b + step
      const c = <u32>clz(bits)
      const codeC = <u32>(bits >> (behindZeros - c)) + (c - 1) * scale
      bits <<= c + step
      const d = <u32>clz(bits)
      const codeD = <u32>(bits >> (behindZeros - d)) + (d - 1) * scale
      const used = a + b + c + d + 4 * step
      if (used > 57) {
        goTo(at)
        readCode(to, parameter)
        readCode(to + 4, parameter)
        readCode(to + 8, parameter)
        readCode(to + 12, parameter)
        at = place
      } else {
        store<i32>(to, signed(codeA))
        store<i32>(to, signed(codeB), 4)
        store<i32>(to, signed(codeC), 8)
        store<i32>(to, signed(codeD), 12)
        at += used
        goTo(at)
      }
      if (exhausted()) return
      to += 16
    }
  }
  for (; to < until && !exhausted(); to += 4) readCode(to, parameter)
}

function readCode(to: usize, parameter: u32): void {
  const high = readUnary()
  // With parameter 0 there are no bits to read: a shift by 64 would be one by 0.
  const low = parameter == 0 ? 0 : <u32>readBits(parameter)
  store<i32>(to, signed((high << parameter) | low))
}

/** 0, 1, 2, 3, 4 stand for 0, -1, 1, -2, 2. */
function signed(code: u32): i32 {
  return (<i32>(code >> 1)) ^ -(<i32>(code & 1))
}
