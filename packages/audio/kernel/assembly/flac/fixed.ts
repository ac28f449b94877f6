// The fixed predictors (RFC 9639, section 9.2.5): sums of sums of the residual.

/**
 * Turn the residual into samples. The first `order` (0..4) samples stand at `to`, the residual behind them at `from`
 * (int32); from = to where samples are int32 too. Samples of type T wrap around, so that intermediate sums may.
 */
export function restoreFixed<T>(from: usize, to: usize, count: usize, order: u32): void {
  const width = sizeof<T>()
  // Differences of order 0..3 at the last sample; those from `order` on stay 0 and are not used.
  let d0: T = 0
  let d1: T = 0
  let d2: T = 0
  let d3: T = 0
  for (let n: usize = 0; n < order; n++) {
    const e0 = load<T>(to + n * width)
    const e1: T = e0 - d0
    const e2: T = e1 - d1
    d3 = e2 - d2
    d2 = e2
    d1 = e1
    d0 = e0
  }
  const stop = to + count * width
  let at = to + <usize>order * width
  let next = from + <usize>order * 4
  // A loop for each order: the additions of one sample wait for nothing but the last sample's own.
  if (order == 4) {
    for (; at < stop; at += width, next += 4) {
      d3 += <T>load<i32>(next)
      d2 += d3
      d1 += d2
      d0 += d1
      store<T>(at, d0)
    }
  } else if (order == 3) {
    for (; at < stop; at += width, next += 4) {
      d2 += <T>load<i32>(next)
      d1 += d2
      d0 += d1
      store<T>(at, d0)
    }
  } else if (order == 2) {
    for (; at < stop; at += width, next += 4) {
      d1 += <T>load<i32>(next)
      d0 += d1
      store<T>(at, d0)
    }
  } else if (order == 1) {
    for (; at < stop; at += width, next += 4) {
      d0 += <T>load<i32>(next)
      store<T>(at, d0)
    }
  } else {
    for (; at < stop; at += width, next += 4) store<T>(at, <T>load<i32>(next))
  }
}
