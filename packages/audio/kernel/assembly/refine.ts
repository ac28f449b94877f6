import { cosines } from './exact-transform'
import { energy } from './forward'
import { laneMask } from './lanes'

// A mark is a hard decision: a power that single precision puts on the wrong side of its threshold turns a whole cell, and
// three cells in a million are 85 dB. What lies too near to tell is computed again in double precision.

/** A point of the sum below: sample n under the periodic Hann window. */
function weighed(at: usize, n: usize): f64 {
  return <f64>f32.load(at + n * 16) * (0.5 - 0.5 * f64.load(cosines + n * 8))
}

/** |2 X[k]|^2 of a frame in one lane. at: its first sample, in vectors. */
function exactPower(at: usize, k: usize): f64 {
  let re: f64 = 0
  let im: f64 = 0
  let otherRe: f64 = 0
  let otherIm: f64 = 0
  let turn: usize = 0
  for (let n: usize = 0; n < 1024; n += 2) {
    const x = weighed(at, n)
    re += x * f64.load(cosines + turn * 8)
    // A quarter turn further: minus the sine.
    im += x * f64.load(cosines + ((turn + 256) & 1023) * 8)
    turn = (turn + k) & 1023
    const y = weighed(at, n + 1)
    otherRe += y * f64.load(cosines + turn * 8)
    otherIm += y * f64.load(cosines + ((turn + 256) & 1023) * 8)
    turn = (turn + k) & 1023
  }
  re += otherRe
  im += otherIm
  return 4 * (re * re + im * im)
}

/** Decide a bin's marks in the lanes whose bit is set. at: of the first lane's mark. */
function decide(input: usize, k: usize, at: usize, threshold: f64, unsure: i32): void {
  for (let lane: usize = 0; lane < 4; lane++) {
    if (((unsure >> (<i32>lane)) & 1) == 0) continue
    i32.store16(at + lane * 2, <i32>(exactPower(input + lane * 4, k) > threshold))
  }
}

/** One bin: its marks anew between `below` and `above`, exactly where its distance from the threshold is within error. */
function refineBin(
  input: usize,
  k: usize,
  re: v128,
  im: v128,
  at: usize,
  exact: usize,
  errors: v128,
  valid: v128,
): v128 {
  const power = f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im))
  const threshold = f64.load(exact + k * 8)
  const single = f32x4.splat(<f32>threshold)
  const open = f32x4.gt(power, single)
  i64.store(
    at,
    i64x2.extract_lane(
      v128.and(i16x8.narrow_i32x4_s(open, open), i16x8.narrow_i32x4_s(v128.and(valid, i32x4.splat(1)), i32x4.splat(0))),
      0,
    ),
  )
  // |P - T^2| = |X - T| |X + T|, which is about 2 T |X - T|.
  const within = f32x4.mul(errors, f32x4.splat(<f32>(2 * sqrt(max<f64>(threshold, 0)))))
  const near = v128.and(f32x4.le(f32x4.abs(f32x4.sub(power, single)), within), valid)
  // Bins that lie below the error of single precision stay as they are: no sound of theirs would be heard.
  const worth = v128.and(near, f32x4.lt(within, f32x4.splat(<f32>(threshold * 0.02))))
  if (v128.any_true(worth)) decide(input, k, at, threshold, i32x4.bitmask(worth))
  return power
}

/**
 * Look at what `forwardMarked` was unsure of. input, spectra, marks, lanes: of that call; exact: [513] thresholds, double
 * precision; error: largest error of |X|, over the frame's root mean power. Returns the lanes (bits) in which any bin is
 * above loud [513] float32.
 */
export function refineMarks(
  input: usize,
  spectra: usize,
  marks: usize,
  exact: usize,
  loud: usize,
  error: f32,
  lanes: i32,
): i32 {
  const valid = laneMask(lanes)
  const errors = f32x4.mul(f32x4.sqrt(f32x4.mul(energy, f32x4.splat(1.0 / 514))), f32x4.splat(error))
  let heard = i32x4.splat(0)
  for (let k: usize = 0; k < 257; k++) {
    const from = spectra + k * 64
    const at = marks + k * 16
    const mirror: usize = 512 - k
    const power = refineBin(input, k, v128.load(from), v128.load(from, 16), at, exact, errors, valid)
    const mirrorPower = refineBin(input, mirror, v128.load(from, 32), v128.load(from, 48), at + 8, exact, errors, valid)
    heard = v128.or(heard, f32x4.gt(power, v128.load32_splat(loud + k * 4)))
    heard = v128.or(heard, f32x4.gt(mirrorPower, v128.load32_splat(loud + mirror * 4)))
  }
  return i32x4.bitmask(heard) & lanes
}
