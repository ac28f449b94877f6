/** Where the next bit is read: bits are counted from the first byte's highest. Behind `end` there is none. */
export interface BitReader {
  bytes: Uint8Array
  place: number
  end: number
}

/** Thrown inside the portable decoder, and caught there: the frame breaks the format's rules or ends too early. */
export class BrokenFrame extends Error {}

/** count: 0..52. Throws BrokenFrame at the input's end. */
export function readBits(reader: BitReader, count: number): number {
  if (reader.place + count > reader.end) throw new BrokenFrame()
  let value = 0
  for (let left = count; left > 0;) {
    const held = 8 - (reader.place & 7)
    const taken = Math.min(held, left)
    const byte = reader.bytes[reader.place >>> 3]!
    value = value * (1 << taken) + ((byte >> (held - taken)) & ((1 << taken) - 1))
    reader.place += taken
    left -= taken
  }
  return value
}

/** A number in two's complement. count: 0..52. */
export function readSigned(reader: BitReader, count: number): number {
  const value = readBits(reader, count)
  return count > 0 && value >= 2 ** (count - 1) ? value - 2 ** count : value
}

/** The number of zeros before the next one, which is read too. */
export function readUnary(reader: BitReader): number {
  const from = reader.place
  while (reader.place < reader.end) {
    const rest = reader.bytes[reader.place >>> 3]! & (0xff >> (reader.place & 7))
    if (rest !== 0) {
      reader.place = (reader.place & ~7) + Math.clz32(rest) - 24 + 1
      if (reader.place <= reader.end) return reader.place - 1 - from
    }
    reader.place = (reader.place & ~7) + 8
  }
  throw new BrokenFrame()
}
