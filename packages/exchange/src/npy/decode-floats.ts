import type { NpyHeader } from './read-npy-header.js'

/** Numbers of a `.npy` file as float32. bytes: whole numbers. */
export function decodeFloats(bytes: Buffer, { bytesPerNumber, littleEndian }: NpyHeader): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out = new Float32Array(bytes.length / bytesPerNumber)
  for (let i = 0; i < out.length; i++) {
    const at = i * bytesPerNumber
    if (bytesPerNumber === 4) out[i] = view.getFloat32(at, littleEndian)
    else if (bytesPerNumber === 8) out[i] = view.getFloat64(at, littleEndian)
    else out[i] = fromHalf(view.getUint16(at, littleEndian))
  }
  return out
}

/** The float32 of an IEEE 754 binary16, infinite ones and NaN included. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 31
  const mantissa = half & 0x3ff
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : Number.NaN
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
}
