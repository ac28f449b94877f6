import { endianness } from 'node:os'

const isLittle = endianness() === 'LE'

/** float32 as bytes, little-endian, in one stretch of memory: a copy where the machine is. */
export function toLittleEndian(rows: Float32Array[]): Buffer {
  const bytes = Buffer.concat(
    rows.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  )
  return isLittle ? bytes : bytes.swap32()
}

/** The way back; bytes: whole numbers. */
export function fromLittleEndian(bytes: Uint8Array): Float32Array {
  const copy = Buffer.from(new Uint8Array(bytes).buffer)
  if (!isLittle) copy.swap32()
  return new Float32Array(copy.buffer)
}
