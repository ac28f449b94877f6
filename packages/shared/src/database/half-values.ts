/**
 * The float32 of every IEEE 754 binary16, by its 16 bits; infinite ones and NaN included. A table, since whoever reads
 * embeddings in bulk converts 1,280 of them a row: 256 KiB, made in a millisecond.
 */
export const halfValues = Float32Array.from({ length: 65_536 }, (_, half) => {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 31
  const mantissa = half & 0x3ff
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : Number.NaN
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25)
})
