/**
 * Cosine, sine and logarithm from +, -, *, / alone. Math.cos and Math.log may differ in their last bit between engines
 * and processors; IEEE 754 fixes the four operations, so the built file has the same bytes everywhere.
 */

/** Taylor series of cos x for |x| <= pi/4; error below 1e-17. */
function cosSeries(x: number): number {
  const square = x * x
  let sum = 1
  for (let n = 20; n > 0; n -= 2) sum = 1 - (square / (n * (n - 1))) * sum
  return sum
}

/** Taylor series of sin x for |x| <= pi/4; error below 1e-17. */
function sinSeries(x: number): number {
  const square = x * x
  let sum = 1
  for (let n = 21; n > 1; n -= 2) sum = 1 - (square / (n * (n - 1))) * sum
  return x * sum
}

/**
 * cos(2 pi numerator / denominator), to double precision. Both are whole numbers, so that the reduction to an eighth of a
 * turn is exact.
 */
export function cosOfTurn(numerator: number, denominator: number): number {
  const eighths = (((numerator % denominator) + denominator) % denominator) * 8
  const octant = Math.floor(eighths / denominator)
  // Distance from the nearest multiple of a quarter turn, within an eighth of a turn.
  const quarter = Math.floor((octant + 1) / 2)
  const angle = ((eighths - quarter * 2 * denominator) / (8 * denominator)) * 2 * Math.PI
  switch (quarter % 4) {
    case 0:
      return cosSeries(angle)
    case 1:
      return -sinSeries(angle)
    case 2:
      return -cosSeries(angle)
    default:
      return sinSeries(angle)
  }
}

/** sin(2 pi numerator / denominator), to double precision, of whole numbers. */
export function sinOfTurn(numerator: number, denominator: number): number {
  return cosOfTurn(4 * numerator - denominator, 4 * denominator)
}

/** 2 atanh(ratio) = ln((1 + ratio) / (1 - ratio)) for |ratio| <= 0.18, as its power series. */
function doubleAtanh(ratio: number): number {
  const square = ratio * ratio
  let sum = 0
  for (let n = 31; n > 0; n -= 2) sum = 1 / n + square * sum
  return 2 * ratio * sum
}

/** Natural logarithm of a finite positive number: powers of two are split off, the rest is a series. */
export function naturalLog(value: number): number {
  let mantissa = value
  let exponent = 0
  for (; mantissa > Math.SQRT2; mantissa /= 2) exponent += 1
  for (; mantissa < Math.SQRT1_2; mantissa *= 2) exponent -= 1
  return exponent * Math.LN2 + doubleAtanh((mantissa - 1) / (mantissa + 1))
}
