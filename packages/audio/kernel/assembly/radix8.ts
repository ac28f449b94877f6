// One pass of a complex transform of 512 points, of four signals at once: a point is two vectors (real, imaginary),
// a vector holds the same point of four signals. Three passes of radix 8, decimation in frequency: what goes in
// in order comes out with its index's three octal digits reversed. What comes before the first pass and behind the last
// one is done in the same go where it can be, since reading and writing 16 KB costs as much as a third of a pass.

/**
 * What a pass reads and writes: each a number type, because AssemblyScript prunes branches on sizeof, isSigned and isFloat
 * at compile time.
 */
/** Reads the recording, weighs it with the analysis window; points 64 apart, in and out. */
export type FirstFromRecording = u8
/** Reads 8 points in a row, writes points 64 apart. */
export type FirstFromRow = u16
/** In place; points 8 apart. */
export type Middle = u32
/** The same where there is nothing to rotate. */
export type MiddleUnrotated = f32
/** Reads and writes 8 points in a row; nothing to rotate. */
export type LastToRow = u64
/** Reads 8 points in a row, weighs them with the synthesis window, adds to the recording; its last quarter is new. */
export type LastForward = i8
/** The same, with the recording's first quarter new. */
export type LastBackward = i16

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

/** Samples 2 m (the imaginary part: in and out are swapped) and 2 m + 1, weighed, as they are. */
function putSamples(re: v128, im: v128, to: usize, window: usize): void {
  v128.store(to, f32x4.mul(im, v128.load32_splat(window)))
  v128.store(to, f32x4.mul(re, v128.load32_splat(window, 4)), 16)
}

/** The same, added to what is there. */
function addSamples(re: v128, im: v128, to: usize, window: usize): void {
  v128.store(to, f32x4.add(v128.load(to), f32x4.mul(im, v128.load32_splat(window))))
  v128.store(to, f32x4.add(v128.load(to, 16), f32x4.mul(re, v128.load32_splat(window, 4))), 16)
}

/**
 * A butterfly of 8 points. from, to: the first point (or sample); window: of its two samples; rotations: of outputs 1..7,
 * complex. What a kind does not need is 0.
 */
export function radix8<K>(from: usize, to: usize, window: usize, rotations: usize): void {
  const isMiddle = isFloat<K>() || (sizeof<K>() == 4 && !isSigned<K>())
  const fromRecording = sizeof<K>() == 1 && !isSigned<K>()
  const toRecording = isSigned<K>() && !isFloat<K>()
  const step: usize = isMiddle ? 256 : fromRecording ? 2048 : 32
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
  if (fromRecording) {
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
  if (toRecording) {
    // Point m of a row lies 64 points, 2048 bytes of samples, behind the one before; two of them are a hop.
    if (sizeof<K>() == 2) {
      putSamples(f32x4.add(er0, er1), f32x4.add(ei0, ei1), to, window)
      putSamples(f32x4.add(or0, r1), f32x4.add(oi0, i1), to + 2048, window + 512)
    } else {
      addSamples(f32x4.add(er0, er1), f32x4.add(ei0, ei1), to, window)
      addSamples(f32x4.add(or0, r1), f32x4.add(oi0, i1), to + 2048, window + 512)
    }
    addSamples(f32x4.add(er2, ei3), f32x4.sub(ei2, er3), to + 4096, window + 1024)
    addSamples(f32x4.add(or2, i3), f32x4.sub(oi2, r3), to + 6144, window + 1536)
    addSamples(f32x4.sub(er0, er1), f32x4.sub(ei0, ei1), to + 8192, window + 2048)
    addSamples(f32x4.sub(or0, r1), f32x4.sub(oi0, i1), to + 10240, window + 2560)
    if (sizeof<K>() == 2) {
      addSamples(f32x4.sub(er2, ei3), f32x4.add(ei2, er3), to + 12288, window + 3072)
      addSamples(f32x4.sub(or2, i3), f32x4.add(oi2, r3), to + 14336, window + 3584)
    } else {
      putSamples(f32x4.sub(er2, ei3), f32x4.add(ei2, er3), to + 12288, window + 3072)
      putSamples(f32x4.sub(or2, i3), f32x4.add(oi2, r3), to + 14336, window + 3584)
    }
    return
  }
  v128.store(to, f32x4.add(er0, er1))
  v128.store(to, f32x4.add(ei0, ei1), 16)
  if (isFloat<K>() || sizeof<K>() == 8) {
    const apart: usize = isFloat<K>() ? 256 : 32
    v128.store(to + apart, f32x4.add(or0, r1))
    v128.store(to + apart, f32x4.add(oi0, i1), 16)
    v128.store(to + 2 * apart, f32x4.add(er2, ei3))
    v128.store(to + 2 * apart, f32x4.sub(ei2, er3), 16)
    v128.store(to + 3 * apart, f32x4.add(or2, i3))
    v128.store(to + 3 * apart, f32x4.sub(oi2, r3), 16)
    v128.store(to + 4 * apart, f32x4.sub(er0, er1))
    v128.store(to + 4 * apart, f32x4.sub(ei0, ei1), 16)
    v128.store(to + 5 * apart, f32x4.sub(or0, r1))
    v128.store(to + 5 * apart, f32x4.sub(oi0, i1), 16)
    v128.store(to + 6 * apart, f32x4.sub(er2, ei3))
    v128.store(to + 6 * apart, f32x4.add(ei2, er3), 16)
    v128.store(to + 7 * apart, f32x4.sub(or2, i3))
    v128.store(to + 7 * apart, f32x4.add(oi2, r3), 16)
  } else {
    const apart: usize = isMiddle ? 256 : 2048
    storeRotated(f32x4.add(or0, r1), f32x4.add(oi0, i1), to + apart, rotations)
    storeRotated(f32x4.add(er2, ei3), f32x4.sub(ei2, er3), to + 2 * apart, rotations + 8)
    storeRotated(f32x4.add(or2, i3), f32x4.sub(oi2, r3), to + 3 * apart, rotations + 16)
    storeRotated(f32x4.sub(er0, er1), f32x4.sub(ei0, ei1), to + 4 * apart, rotations + 24)
    storeRotated(f32x4.sub(or0, r1), f32x4.sub(oi0, i1), to + 5 * apart, rotations + 32)
    storeRotated(f32x4.sub(er2, ei3), f32x4.add(ei2, er3), to + 6 * apart, rotations + 40)
    storeRotated(f32x4.sub(or2, i3), f32x4.add(oi2, r3), to + 7 * apart, rotations + 48)
  }
}
