/**
 * Weigh the samples around eight places at once, which need the same coefficients because they lie whole cycles of `up`
 * outputs apart. A vector holds the same sample of four places, so a coefficient is read once for eight products, and
 * four outputs in a row, which need nearly the same samples, share those.
 *
 * first, second: samples of places 0..3 and 4..7, as `spread` leaves them. groups: [cycle] x 4 outputs: int32 byte
 * offset of their first sample from that of the cycle; taps: [cycle][width][4 outputs] float32, zeros where an output
 * does not need a sample. cycleStep: bytes from one cycle's first sample to the next one's. For output i in 0..count (a
 * multiple of 4 x cycle): vectors i of toFirst and toSecond. Float32 throughout.
 */
export function resample(
  first: usize,
  second: usize,
  groups: usize,
  taps: usize,
  width: usize,
  cycle: usize,
  cycleStep: usize,
  toFirst: usize,
  toSecond: usize,
  count: usize,
): void {
  const apart = second - first
  const tapBytes = width * 16
  for (let done: usize = 0; done < count; done += 4 * cycle) {
    let row = taps
    for (let group: usize = 0; group < cycle; group++) {
      let at = first + <usize>i32.load(groups + group * 4)
      let a0 = f32x4.splat(0)
      let a1 = f32x4.splat(0)
      let a2 = f32x4.splat(0)
      let a3 = f32x4.splat(0)
      let b0 = f32x4.splat(0)
      let b1 = f32x4.splat(0)
      let b2 = f32x4.splat(0)
      let b3 = f32x4.splat(0)
      const end = row + tapBytes
      for (; row < end; row += 16) {
        const a = v128.load(at)
        const b = v128.load(at + apart)
        const t0 = v128.load32_splat(row)
        a0 = f32x4.add(a0, f32x4.mul(a, t0))
        b0 = f32x4.add(b0, f32x4.mul(b, t0))
        const t1 = v128.load32_splat(row, 4)
        a1 = f32x4.add(a1, f32x4.mul(a, t1))
        b1 = f32x4.add(b1, f32x4.mul(b, t1))
        const t2 = v128.load32_splat(row, 8)
        a2 = f32x4.add(a2, f32x4.mul(a, t2))
        b2 = f32x4.add(b2, f32x4.mul(b, t2))
        const t3 = v128.load32_splat(row, 12)
        a3 = f32x4.add(a3, f32x4.mul(a, t3))
        b3 = f32x4.add(b3, f32x4.mul(b, t3))
        at += 16
      }
      v128.store(toFirst, a0)
      v128.store(toFirst, a1, 16)
      v128.store(toFirst, a2, 32)
      v128.store(toFirst, a3, 48)
      v128.store(toSecond, b0)
      v128.store(toSecond, b1, 16)
      v128.store(toSecond, b2, 32)
      v128.store(toSecond, b3, 48)
      toFirst += 64
      toSecond += 64
    }
    first += cycleStep
  }
}
