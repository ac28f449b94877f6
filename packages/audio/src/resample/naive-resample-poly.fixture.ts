/**
 * scipy.signal.resample_poly(x, up, down) with its defaults, written from its definition in float64: stretch by zeros,
 * filter with firwin(20 max(up, down) + 1, 1 / max(up, down), window=('kaiser', 5.0)) x up, keep every down-th sample.
 */
export function naiveResamplePoly(input: ArrayLike<number>, toHz: number, fromHz: number): Float64Array {
  let divisor = fromHz
  for (let rest = toHz; rest !== 0;) [divisor, rest] = [rest, divisor % rest]
  const up = toHz / divisor
  const down = fromHz / divisor
  const slower = Math.max(up, down)
  const half = 10 * slower
  const peak = besselI0(5)
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, n) => {
    const x = (Math.PI * (n - half)) / slower
    const sinc = n === half ? 1 : Math.sin(x) / x
    return sinc * (besselI0(5 * Math.sqrt(1 - ((n - half) / half) ** 2)) / peak)
  })
  const sum = taps.reduce((total, value) => total + value, 0)
  return Float64Array.from({ length: Math.ceil((input.length * up) / down) }, (_, m) => {
    const first = Math.max(0, Math.ceil((m * down - half) / up))
    const last = Math.min(input.length - 1, Math.floor((m * down + half) / up))
    let value = 0
    for (let i = first; i <= last; i += 1) value += input[i]! * taps[half + m * down - i * up]!
    return (value * up) / sum
  })
}

/** Modified Bessel function of the first kind, order 0, as the mean of exp(x cos t) over a half turn. */
function besselI0(x: number): number {
  let sum = 0
  for (let n = 0; n < 32; n += 1) sum += Math.exp(x * Math.cos((Math.PI * (n + 0.5)) / 32))
  return sum / 32
}
