import { int16Converter } from '../kernel/int16-converter.js'

/**
 * Round samples to 16 bits: x * 32768 to the nearest whole number, limited to -32768..32767.
 * Writes to target[offset...] and returns the largest magnitude written, 0..32768.
 */
export function quantizeInt16(block: Float32Array, target: Int16Array, offset: number): number {
  const converter = int16Converter()
  if (converter !== null) return converter.encode(block, target, offset)
  let peak = 0
  for (let index = 0; index < block.length; index += 1) {
    let scaled = block[index]! * 32768
    if (scaled > 32767) scaled = 32767
    else if (scaled < -32768) scaled = -32768
    // Math.round in two instructions: `| 0` cuts off, which rounds down where the number is above 0.
    const value = ((scaled + 32768.5) | 0) - 32768
    target[offset + index] = value
    const magnitude = value < 0 ? -value : value
    if (magnitude > peak) peak = magnitude
  }
  return peak
}
