/**
 * Scale a vector to length 1, in place, so that inner product and cosine are one. Gives false, and changes nothing, where
 * that is impossible: a value is not finite, or all are zero.
 */
export function scaleToUnitLength(vector: Float32Array): boolean {
  let squares = 0
  for (const value of vector) squares += value * value
  const length = Math.sqrt(squares)
  if (!Number.isFinite(length) || length === 0) return false
  for (let index = 0; index < vector.length; index += 1) vector[index] = vector[index]! / length
  return true
}
