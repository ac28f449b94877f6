import { halfValues } from '@coro/shared/database/half-values'
import type { NpyHeader } from './read-npy-header.js'

/** Numbers of a `.npy` file as float32. bytes: whole numbers. */
export function decodeFloats(bytes: Buffer, { bytesPerNumber, littleEndian }: NpyHeader): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out = new Float32Array(bytes.length / bytesPerNumber)
  for (let i = 0; i < out.length; i++) {
    const at = i * bytesPerNumber
    if (bytesPerNumber === 4) out[i] = view.getFloat32(at, littleEndian)
    else if (bytesPerNumber === 8) out[i] = view.getFloat64(at, littleEndian)
    else out[i] = (halfValues[view.getUint16(at, littleEndian)] as number)
  }
  return out
}
