/**
 * Round samples to 16 bits: x * 32768 to the nearest whole number, limited to -32768..32767.
 * Writes to target[offset...] and returns the largest magnitude written, 0..32768.
 */
export function quantizeInt16(block: Float32Array, target: Int16Array, offset: number): number {
  let peak = 0
  for (let index = 0; index < block.length; index += 1) {
    const scaled = Math.round(block[index]! * 32768)
    const value = scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled
    target[offset + index] = value
    const magnitude = value < 0 ? -value : value
    if (magnitude > peak) peak = magnitude
  }
  return peak
}
