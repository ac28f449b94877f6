// Reading bits, the first highest. Places are bit addresses: 8 x the byte's address + the bit within it.

/** The next bit to be read. */
export let place: u32 = 0
/** The first bit behind what may be read. Reads may pass it, by less than 128 bytes: whoever reads asks `exhausted`. */
let end: u32 = 0

export function readFrom(firstPlace: u32, endPlace: u32): void {
  place = firstPlace
  end = endPlace
}

export function goTo(nextPlace: u32): void {
  place = nextPlace
}

/** Whether more was read than is there. */
export function exhausted(): bool {
  return place > end
}

/** At least 57 bits from a place, the first of them highest, zeros behind them. */
export function bitsFrom(at: u32): u64 {
  const bytes = v128.load64_zero(at >> 3)
  const turned = i8x16.shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0)
  return (<u64>i64x2.extract_lane(turned, 0)) << (at & 7)
}

/** count: 1..57. */
export function readBits(count: u32): u64 {
  const value = bitsFrom(place) >> (64 - count)
  place += count
  return value
}

/** A number in two's complement. count: 1..57. */
export function readSigned(count: u32): i64 {
  const value = (<i64>bitsFrom(place)) >> (64 - count)
  place += count
  return value
}

/** The number of zeros before the next one, which is read too. Stops where the input is exhausted. */
export function readUnary(): u32 {
  let zeros: u32 = 0
  let bits = bitsFrom(place)
  while (bits == 0 && !exhausted()) {
    zeros += 57
    place += 57
    bits = bitsFrom(place)
  }
  const last = <u32>clz(bits)
  place += last + 1
  return zeros + last
}
