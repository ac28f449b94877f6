// One pass of a complex transform of 512 points, of four signals at once: a point is two vectors (real, imaginary),
// a vector holds the same point of four signals. Three passes of radix 8, decimation in frequency: what goes in
// in order comes out with its index's three octal digits reversed.

/** What a pass reads and writes: each a number type, because AssemblyScript prunes branches on sizeof at compile time. */
/** Reads the recording, weighs it with the analysis window; points 64 apart. */
export type FirstFromRecording = u8
/** In place; points 64 apart. */
export type First = u16
/** In place; points 8 apart. */
export type Middle = u32
/** In place; neighbours, nothing to rotate. */
export type Last = u64

const SQRT_HALF: f32 = 0.70710678118654752

/** Bytes of a point. */
export const POINT: usize = 32

/** (re + i im) of a table at `at`, as splats, times the point; stored. */
function storeRotated(re: v128, im: v128, to: usize, at: usize): void {
  const c = v128.load32_splat(at)
  const s = v128.load32_splat(at, 4)
  v128.store(to, f32x4.sub(f32x4.mul(re, c), f32x4.mul(im, s)))
  v128.store(to, f32x4.add(f32x4.mul(re, s), f32x4.mul(im, c)), 16)
}

/**
 * A butterfly of 8 points. from, to: the first point; window: of its two samples; rotations: of outputs 1..7, complex.
 */
export function radix8<K>(from: usize, to: usize, window: usize, rotations: usize): void {
  const step: usize = sizeof<K>() == 8 ? 32 : sizeof<K>() == 4 ? 256 : 2048
  let r0 = v128.load(from)
  let i0 = v128.load(from, 16)
  let r1 = v128.load(from, 1 * step)
  let i1 = v128.load(from, 1 * step + 16)
  let r2 = v128.load(from, 2 * step)
  let i2 = v128.load(from, 2 * step + 16)
  let r3 = v128.load(from, 3 * step)
  let i3 = v128.load(from, 3 * step + 16)
  let r4 = v128.load(from, 4 * step)
  let i4 = v128.load(from, 4 * step + 16)
  let r5 = v128.load(from, 5 * step)
  let i5 = v128.load(from, 5 * step + 16)
  let r6 = v128.load(from, 6 * step)
  let i6 = v128.load(from, 6 * step + 16)
  let r7 = v128.load(from, 7 * step)
  let i7 = v128.load(from, 7 * step + 16)
  if (sizeof<K>() == 1) {
    r0 = f32x4.mul(r0, v128.load32_splat(window))
    i0 = f32x4.mul(i0, v128.load32_splat(window, 4))
    r1 = f32x4.mul(r1, v128.load32_splat(window, 512))
    i1 = f32x4.mul(i1, v128.load32_splat(window, 516))
    r2 = f32x4.mul(r2, v128.load32_splat(window, 1024))
    i2 = f32x4.mul(i2, v128.load32_splat(window, 1028))
    r3 = f32x4.mul(r3, v128.load32_splat(window, 1536))
    i3 = f32x4.mul(i3, v128.load32_splat(window, 1540))
    r4 = f32x4.mul(r4, v128.load32_splat(window, 2048))
    i4 = f32x4.mul(i4, v128.load32_splat(window, 2052))
    r5 = f32x4.mul(r5, v128.load32_splat(window, 2560))
    i5 = f32x4.mul(i5, v128.load32_splat(window, 2564))
    r6 = f32x4.mul(r6, v128.load32_splat(window, 3072))
    i6 = f32x4.mul(i6, v128.load32_splat(window, 3076))
    r7 = f32x4.mul(r7, v128.load32_splat(window, 3584))
    i7 = f32x4.mul(i7, v128.load32_splat(window, 3588))
  }
  // Even outputs: a transform of 4 over the sums.
  let a = f32x4.add(r0, r4)
  let b = f32x4.add(r2, r6)
  let c = f32x4.add(r1, r5)
  let d = f32x4.add(r3, r7)
  const er0 = f32x4.add(a, b)
  const er2 = f32x4.sub(a, b)
  const er1 = f32x4.add(c, d)
  const er3 = f32x4.sub(c, d)
  a = f32x4.add(i0, i4)
  b = f32x4.add(i2, i6)
  c = f32x4.add(i1, i5)
  d = f32x4.add(i3, i7)
  const ei0 = f32x4.add(a, b)
  const ei2 = f32x4.sub(a, b)
  const ei1 = f32x4.add(c, d)
  const ei3 = f32x4.sub(c, d)
  // Odd outputs: the differences, rotated by multiples of an eighth turn, and a transform of 4 over them.
  r0 = f32x4.sub(r0, r4)
  i0 = f32x4.sub(i0, i4)
  r1 = f32x4.sub(r1, r5)
  i1 = f32x4.sub(i1, i5)
  r2 = f32x4.sub(r2, r6)
  i2 = f32x4.sub(i2, i6)
  r3 = f32x4.sub(r3, r7)
  i3 = f32x4.sub(i3, i7)
  const half = f32x4.splat(SQRT_HALF)
  a = f32x4.mul(f32x4.add(r1, i1), half)
  b = f32x4.mul(f32x4.sub(i1, r1), half)
  c = f32x4.mul(f32x4.sub(i3, r3), half)
  d = f32x4.mul(f32x4.add(r3, i3), half)
  // Point 1 is (a, b), point 3 is (c, -d), point 2 turned by a quarter is (i2, -r2).
  r1 = f32x4.add(a, c)
  i1 = f32x4.sub(b, d)
  r3 = f32x4.sub(a, c)
  i3 = f32x4.add(b, d)
  const or0 = f32x4.add(r0, i2)
  const oi0 = f32x4.sub(i0, r2)
  const or2 = f32x4.sub(r0, i2)
  const oi2 = f32x4.add(i0, r2)
  v128.store(to, f32x4.add(er0, er1))
  v128.store(to, f32x4.add(ei0, ei1), 16)
  if (sizeof<K>() == 8) {
    v128.store(to, f32x4.add(or0, r1), 32)
    v128.store(to, f32x4.add(oi0, i1), 48)
    v128.store(to, f32x4.add(er2, ei3), 64)
    v128.store(to, f32x4.sub(ei2, er3), 80)
    v128.store(to, f32x4.add(or2, i3), 96)
    v128.store(to, f32x4.sub(oi2, r3), 112)
    v128.store(to, f32x4.sub(er0, er1), 128)
    v128.store(to, f32x4.sub(ei0, ei1), 144)
    v128.store(to, f32x4.sub(or0, r1), 160)
    v128.store(to, f32x4.sub(oi0, i1), 176)
    v128.store(to, f32x4.sub(er2, ei3), 192)
    v128.store(to, f32x4.add(ei2, er3), 208)
    v128.store(to, f32x4.sub(or2, i3), 224)
    v128.store(to, f32x4.add(oi2, r3), 240)
  } else {
    storeRotated(f32x4.add(or0, r1), f32x4.add(oi0, i1), to + step, rotations)
    storeRotated(f32x4.add(er2, ei3), f32x4.sub(ei2, er3), to + 2 * step, rotations + 8)
    storeRotated(f32x4.add(or2, i3), f32x4.sub(oi2, r3), to + 3 * step, rotations + 16)
    storeRotated(f32x4.sub(er0, er1), f32x4.sub(ei0, ei1), to + 4 * step, rotations + 24)
    storeRotated(f32x4.sub(or0, r1), f32x4.sub(oi0, i1), to + 5 * step, rotations + 32)
    storeRotated(f32x4.sub(er2, ei3), f32x4.add(ei2, er3), to + 6 * step, rotations + 40)
    storeRotated(f32x4.sub(or2, i3), f32x4.add(oi2, r3), to + 7 * step, rotations + 48)
  }
}
