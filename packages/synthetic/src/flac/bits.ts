/** Writes bits, most significant first, into bytes that grow as needed. */
export interface BitWriter {
  /** Append the low `bits` bits of value; bits 0..32. */
  put(value: number, bits: number): void
  /** Append that many zeros and a one. */
  putUnary(zeros: number): void
  /** Fill the last byte with zeros. */
  align(): void
  /** The whole bytes so far; a view that the next write may change. */
  bytes(): Uint8Array
}

export function createBitWriter(initialBytes: number): BitWriter {
  let buffer = new Uint8Array(initialBytes)
  let length = 0
  let held = 0
  let heldBits = 0

  function putSmall(value: number, bits: number): void {
    held = (held << bits) | (value & ((1 << bits) - 1))
    heldBits += bits
    if (length + 4 > buffer.length) {
      const larger = new Uint8Array(buffer.length * 2 + 8)
      larger.set(buffer)
      buffer = larger
    }
    while (heldBits >= 8) {
      heldBits -= 8
      buffer[length++] = held >>> heldBits
    }
    held &= (1 << heldBits) - 1
  }

  function put(value: number, bits: number): void {
    if (bits > 16) putSmall(value >>> 16, bits - 16)
    putSmall(value & 0xffff, Math.min(bits, 16))
  }

  return {
    put,
    putUnary(zeros) {
      let left = zeros
      for (; left >= 16; left -= 16) putSmall(0, 16)
      putSmall(1, left + 1)
    },
    align() {
      if (heldBits > 0) putSmall(0, 8 - heldBits)
    },
    bytes: () => buffer.subarray(0, length),
  }
}
