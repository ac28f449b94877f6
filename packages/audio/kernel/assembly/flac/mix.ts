// Whole numbers of one or more channels to mono float32.

/**
 * to[n] = scale x the sum of `channels` channels (int32, `distance` bytes apart), limited to -1..1, as damaged frames
 * with a right checksum may leave the range. exact: sums fit into 32 bits, and scale is a power of two. count is rounded
 * up to whole vectors.
 */
export function mix(
  from: usize,
  distance: usize,
  channels: u32,
  to: usize,
  count: usize,
  scale: f64,
  exact: bool,
): void {
  if (exact) mixExact(from, distance, channels, to, count, <f32>scale)
  else mixAny(from, distance, channels, to, count, scale)
}

function mixExact(from: usize, distance: usize, channels: u32, to: usize, count: usize, scale: f32): void {
  const scales = f32x4.splat(scale)
  for (let n: usize = 0; n < count * 4; n += 16) {
    let sum = v128.load(from + n)
    for (let channel: u32 = 1; channel < channels; channel++) {
      sum = i32x4.add(sum, v128.load(from + <usize>channel * distance + n))
    }
    const value = f32x4.mul(f32x4.convert_i32x4_s(sum), scales)
    v128.store(to + n, f32x4.pmax(f32x4.splat(-1), f32x4.pmin(f32x4.splat(1), value)))
  }
}

function mixAny(from: usize, distance: usize, channels: u32, to: usize, count: usize, scale: f64): void {
  for (let n: usize = 0; n < count; n++) {
    let sum: i64 = 0
    for (let channel: u32 = 0; channel < channels; channel++)
      sum += <i64>load<i32>(from + <usize>channel * distance + n * 4)
    store<f32>(to + n * 4, <f32>max<f64>(-1, min<f64>(1, <f64>sum * scale)))
  }
}
