/**
 * Weigh the samples around four places at once, which need the same coefficients because they lie whole cycles of `up`
 * outputs apart: for output i in 0..count, to[lane x count + i] = sum over taps of row (i mod up) times the samples from
 * history[lane x distance + floor(i x down / up)] on. width: taps of a row, a multiple of 8; distance: in samples.
 * Float32 throughout.
 */
export function resample(
  history: usize,
  distance: usize,
  taps: usize,
  width: usize,
  up: i32,
  down: i32,
  to: usize,
  count: i32,
): void {
  const wholeStep = down / up
  const restStep = down % up
  const rowEnd = taps + <usize>up * width * 4
  const lane1 = distance * 4
  const lane2 = distance * 8
  const lane3 = distance * 12
  let fraction = 0
  let row = taps
  for (let i = 0; i < count; i++) {
    let a0 = f32x4.splat(0)
    let b0 = f32x4.splat(0)
    let a1 = f32x4.splat(0)
    let b1 = f32x4.splat(0)
    let a2 = f32x4.splat(0)
    let b2 = f32x4.splat(0)
    let a3 = f32x4.splat(0)
    let b3 = f32x4.splat(0)
    let at = history
    const next = row + width * 4
    for (let tap = row; tap < next; tap += 32) {
      const low = v128.load(tap)
      const high = v128.load(tap, 16)
      a0 = f32x4.add(a0, f32x4.mul(low, v128.load(at)))
      b0 = f32x4.add(b0, f32x4.mul(high, v128.load(at, 16)))
      a1 = f32x4.add(a1, f32x4.mul(low, v128.load(at + lane1)))
      b1 = f32x4.add(b1, f32x4.mul(high, v128.load(at + lane1, 16)))
      a2 = f32x4.add(a2, f32x4.mul(low, v128.load(at + lane2)))
      b2 = f32x4.add(b2, f32x4.mul(high, v128.load(at + lane2, 16)))
      a3 = f32x4.add(a3, f32x4.mul(low, v128.load(at + lane3)))
      b3 = f32x4.add(b3, f32x4.mul(high, v128.load(at + lane3, 16)))
      at += 32
    }
    a0 = f32x4.add(a0, b0)
    a1 = f32x4.add(a1, b1)
    a2 = f32x4.add(a2, b2)
    a3 = f32x4.add(a3, b3)
    // Sums of each vector's four parts, side by side.
    const low01 = f32x4.add(i32x4.shuffle(a0, a1, 0, 4, 1, 5), i32x4.shuffle(a0, a1, 2, 6, 3, 7))
    const low23 = f32x4.add(i32x4.shuffle(a2, a3, 0, 4, 1, 5), i32x4.shuffle(a2, a3, 2, 6, 3, 7))
    const sums = f32x4.add(i64x2.shuffle(low01, low23, 0, 2), i64x2.shuffle(low01, low23, 1, 3))
    const out = to + i * 4
    const laneBytes = <usize>count * 4
    v128.store_lane<u32>(out, sums, 0)
    v128.store_lane<u32>(out + laneBytes, sums, 1)
    v128.store_lane<u32>(out + 2 * laneBytes, sums, 2)
    v128.store_lane<u32>(out + 3 * laneBytes, sums, 3)
    row = next == rowEnd ? taps : next
    history += wholeStep * 4
    fraction += restStep
    if (fraction >= up) {
      fraction -= up
      history += 4
    }
  }
}
