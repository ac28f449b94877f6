/** 16-bit numbers to float32 -1..1. count: a multiple of 8. */
export function fromInt16(from: usize, to: usize, count: usize): void {
  const scale = f32x4.splat(1.0 / 32768)
  for (let n: usize = 0; n < count; n += 8) {
    const values = v128.load(from + n * 2)
    v128.store(to + n * 4, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(values)), scale))
    v128.store(to + n * 4, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(values)), scale), 16)
  }
}

function rounded(from: usize): v128 {
  const scaled = f32x4.mul(v128.load(from), f32x4.splat(32768))
  return i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.add(scaled, f32x4.splat(0.5))))
}

/** float32 to 16 bits: x 32768 to the nearest, limited. count: a multiple of 8. Returns the largest magnitude. */
export function toInt16(from: usize, to: usize, count: usize): i32 {
  let most = i16x8.splat(0)
  let least = i16x8.splat(0)
  for (let n: usize = 0; n < count; n += 8) {
    const values = i16x8.narrow_i32x4_s(rounded(from + n * 4), rounded(from + n * 4 + 16))
    most = i16x8.max_s(most, values)
    least = i16x8.min_s(least, values)
    v128.store(to + n * 2, values)
  }
  // Halves of a vector against each other, three times; the lowest may be -32768, whose magnitude has 17 bits.
  most = i16x8.max_s(most, i64x2.shuffle(most, most, 1, 0))
  most = i16x8.max_s(most, i32x4.shuffle(most, most, 1, 0, 3, 2))
  most = i16x8.max_s(most, i16x8.shuffle(most, most, 1, 0, 3, 2, 5, 4, 7, 6))
  least = i16x8.min_s(least, i64x2.shuffle(least, least, 1, 0))
  least = i16x8.min_s(least, i32x4.shuffle(least, least, 1, 0, 3, 2))
  least = i16x8.min_s(least, i16x8.shuffle(least, least, 1, 0, 3, 2, 5, 4, 7, 6))
  return max(<i32>i16x8.extract_lane_s(most, 0), -(<i32>i16x8.extract_lane_s(least, 0)))
}

/** The least (to[0..3], by lane) and the largest (to[4..7]) of float32 samples, none of which is NaN. count: a multiple of 4. */
export function extremes(from: usize, to: usize, count: usize): void {
  let least = f32x4.splat(Infinity)
  let most = f32x4.splat(-Infinity)
  for (const end = from + count * 4; from < end; from += 16) {
    const values = v128.load(from)
    least = f32x4.pmin(least, values)
    most = f32x4.pmax(most, values)
  }
  v128.store(to, least)
  v128.store(to, most, 16)
}
