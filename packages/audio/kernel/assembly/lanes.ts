// A recording in four lanes: vector n of a lane buffer holds the samples n behind four places of the recording.

/** to[n] = (a[n], b[n], c[n], d[n]), n in 0..count (a multiple of 4): float32 from four places. */
export function spread(a: usize, b: usize, c: usize, d: usize, to: usize, count: usize): void {
  for (let n: usize = 0; n < count * 4; n += 16) {
    const va = v128.load(a + n)
    const vb = v128.load(b + n)
    const vc = v128.load(c + n)
    const vd = v128.load(d + n)
    const ab = i32x4.shuffle(va, vb, 0, 4, 1, 5)
    const cd = i32x4.shuffle(vc, vd, 0, 4, 1, 5)
    const abHigh = i32x4.shuffle(va, vb, 2, 6, 3, 7)
    const cdHigh = i32x4.shuffle(vc, vd, 2, 6, 3, 7)
    const at = to + n * 4
    v128.store(at, i64x2.shuffle(ab, cd, 0, 2))
    v128.store(at, i64x2.shuffle(ab, cd, 1, 3), 16)
    v128.store(at, i64x2.shuffle(abHigh, cdHigh, 0, 2), 32)
    v128.store(at, i64x2.shuffle(abHigh, cdHigh, 1, 3), 48)
  }
}

/** The way back: to + lane x distance + n = from[n] of that lane. distance: in bytes. */
export function gather(from: usize, to: usize, distance: usize, count: usize): void {
  for (let n: usize = 0; n < count * 4; n += 16) {
    const at = from + n * 4
    const v0 = v128.load(at)
    const v1 = v128.load(at, 16)
    const v2 = v128.load(at, 32)
    const v3 = v128.load(at, 48)
    const low01 = i32x4.shuffle(v0, v1, 0, 4, 1, 5)
    const low23 = i32x4.shuffle(v2, v3, 0, 4, 1, 5)
    const high01 = i32x4.shuffle(v0, v1, 2, 6, 3, 7)
    const high23 = i32x4.shuffle(v2, v3, 2, 6, 3, 7)
    v128.store(to + n, i64x2.shuffle(low01, low23, 0, 2))
    v128.store(to + n + distance, i64x2.shuffle(low01, low23, 1, 3))
    v128.store(to + n + 2 * distance, i64x2.shuffle(high01, high23, 0, 2))
    v128.store(to + n + 3 * distance, i64x2.shuffle(high01, high23, 1, 3))
  }
}

/** Add vectors: the end of each lane to the beginning of the next. from, to: [count] vectors. */
export function carryOver(from: usize, to: usize, count: usize): void {
  for (let n: usize = 0; n < count * 16; n += 16) {
    const moved = i32x4.shuffle(f32x4.splat(0), v128.load(from + n), 0, 4, 5, 6)
    v128.store(to + n, f32x4.add(v128.load(to + n), moved))
  }
}

/** Lanes whose bit is set, as a mask of whole lanes. */
export function laneMask(bits: i32): v128 {
  return i32x4.ne(v128.and(i32x4.splat(bits), i32x4(1, 2, 4, 8)), i32x4.splat(0))
}
