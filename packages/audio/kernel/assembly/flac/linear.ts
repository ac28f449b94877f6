// Linear prediction (RFC 9639, section 9.2.6). Coefficient j belongs to the sample j + 1 before.

/** [36] int32, zeros behind the last. */
export const coefficients: usize = memory.data(36 * 4, 16)

function coefficient(n: i32): i32 {
  return load<i32>(coefficients + n * 4)
}

/**
 * In place: the first `order` numbers (int32) are samples, those behind them the residual and then samples. Every sum
 * must fit into 32 bits. Samples 1 to 4 back are multiplied one by one, as each waits for the one before; what samples
 * 5 to 12 back contribute is gathered in vectors, whose lane n holds the sum for the sample n + 5 ahead.
 */
export function restoreLinear32(at: usize, count: usize, order: u32, shift: i32): void {
  if (order <= 4) restoreShort(at, count, order, shift)
  else if (order <= 8) restoreMiddle(at, count, order, shift)
  else if (order <= 12) restoreLong(at, count, order, shift)
  else restoreAny32(at, order, count, order, shift)
}

function restoreShort(at: usize, count: usize, order: u32, shift: i32): void {
  const c1 = coefficient(0)
  const c2 = coefficient(1)
  const c3 = coefficient(2)
  const c4 = coefficient(3)
  let h1 = load<i32>(at + (order - 1) * 4)
  let h2 = order > 1 ? load<i32>(at + (order - 2) * 4) : 0
  let h3 = order > 2 ? load<i32>(at + (order - 3) * 4) : 0
  let h4 = order > 3 ? load<i32>(at + (order - 4) * 4) : 0
  const stop = at + count * 4
  for (let to = at + order * 4; to < stop; to += 4) {
    const sample = load<i32>(to) + ((c1 * h1 + (c2 * h2 + (c3 * h3 + c4 * h4))) >> shift)
    store<i32>(to, sample)
    h4 = h3
    h3 = h2
    h2 = h1
    h1 = sample
  }
}

function restoreMiddle(at: usize, count: usize, order: u32, shift: i32): void {
  const c1 = coefficient(0)
  const c2 = coefficient(1)
  const c3 = coefficient(2)
  const c4 = coefficient(3)
  const far = v128.load(coefficients, 16)
  let ahead = i32x4.splat(0)
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  // Sums of far samples for this sample and the four behind it.
  let f0 = 0
  let f1 = 0
  let f2 = 0
  let f3 = 0
  let f4 = 0
  const first = at + order * 4
  const stop = at + count * 4
  for (let to = at; to < stop; to += 4) {
    let sample = load<i32>(to)
    if (to >= first) sample += (c1 * h1 + (c2 * h2 + (c3 * h3 + (c4 * h4 + f0)))) >> shift
    store<i32>(to, sample)
    ahead = i32x4.add(ahead, i32x4.mul(far, i32x4.splat(sample)))
    f0 = f1
    f1 = f2
    f2 = f3
    f3 = f4
    f4 = i32x4.extract_lane(ahead, 0)
    ahead = i32x4.shuffle(ahead, i32x4.splat(0), 1, 2, 3, 4)
    h4 = h3
    h3 = h2
    h2 = h1
    h1 = sample
  }
}

function restoreLong(at: usize, count: usize, order: u32, shift: i32): void {
  const c1 = coefficient(0)
  const c2 = coefficient(1)
  const c3 = coefficient(2)
  const c4 = coefficient(3)
  const far = v128.load(coefficients, 16)
  const farther = v128.load(coefficients, 32)
  let ahead = i32x4.splat(0)
  let farAhead = i32x4.splat(0)
  let h1 = 0
  let h2 = 0
  let h3 = 0
  let h4 = 0
  let f0 = 0
  let f1 = 0
  let f2 = 0
  let f3 = 0
  let f4 = 0
  const first = at + order * 4
  const stop = at + count * 4
  for (let to = at; to < stop; to += 4) {
    let sample = load<i32>(to)
    if (to >= first) sample += (c1 * h1 + (c2 * h2 + (c3 * h3 + (c4 * h4 + f0)))) >> shift
    store<i32>(to, sample)
    const spread = i32x4.splat(sample)
    ahead = i32x4.add(ahead, i32x4.mul(far, spread))
    farAhead = i32x4.add(farAhead, i32x4.mul(farther, spread))
    f0 = f1
    f1 = f2
    f2 = f3
    f3 = f4
    f4 = i32x4.extract_lane(ahead, 0)
    ahead = i32x4.shuffle(ahead, farAhead, 1, 2, 3, 4)
    farAhead = i32x4.shuffle(farAhead, i32x4.splat(0), 1, 2, 3, 4)
    h4 = h3
    h3 = h2
    h2 = h1
    h1 = sample
  }
}

/** Samples from..count of any order. */
function restoreAny32(at: usize, from: usize, count: usize, order: u32, shift: i32): void {
  for (let n = from; n < count; n++) {
    const to = at + n * 4
    let sum = 0
    for (let j: u32 = 0; j < order; j++) sum += coefficient(j) * load<i32>(to - (j + 1) * 4)
    store<i32>(to, load<i32>(to) + (sum >> shift))
  }
}

/** As restoreLinear32 with sums of 64 bits. The residual stands at `from` (int32), samples (T) at `to`; may be equal. */
export function restoreLinear64<T>(from: usize, to: usize, count: usize, order: u32, shift: i32): void {
  const width = sizeof<T>()
  for (let n: usize = order; n < count; n++) {
    const at = to + n * width
    let sum: i64 = 0
    for (let j: u32 = 0; j < order; j++) sum += <i64>coefficient(j) * <i64>load<T>(at - <usize>(j + 1) * width)
    store<T>(at, <T>(<i64>load<i32>(from + n * 4) + (sum >> shift)))
  }
}
