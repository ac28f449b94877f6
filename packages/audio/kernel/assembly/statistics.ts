import { exactForward, exactPlace } from './exact-transform'
import { laneMask } from './lanes'

// Noise statistics in double precision: a threshold that is off by 1e-5 dB already flips bins of a long recording.

const SIGNIFICAND: u64 = 0x000fffffffffffff
const ONE: u64 = 0x3ff0000000000000
/** 2^52 as a double: with a whole number in its lowest bits it is 2^52 + that number. */
const MAGIC: u64 = 0x4330000000000000

/** ln of two positive normal doubles, within 1e-12: exponent, and 2 artanh((m - 1) / (m + 1)) of the significand. */
function ln(x: v128): v128 {
  const one = f64x2.splat(1)
  let exponent = f64x2.sub(v128.or(i64x2.shr_u(x, 52), i64x2.splat(MAGIC)), f64x2.splat(4503599627370496.0 + 1023.0))
  let m = v128.or(v128.and(x, i64x2.splat(SIGNIFICAND)), i64x2.splat(ONE))
  const large = f64x2.gt(m, f64x2.splat(1.4142135623730951))
  m = v128.bitselect(f64x2.mul(m, f64x2.splat(0.5)), m, large)
  exponent = f64x2.add(exponent, v128.and(one, large))
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one))
  const q = f64x2.mul(s, s)
  let sum = f64x2.splat(1.0 / 15)
  sum = f64x2.add(f64x2.mul(sum, q), f64x2.splat(1.0 / 13))
  sum = f64x2.add(f64x2.mul(sum, q), f64x2.splat(1.0 / 11))
  sum = f64x2.add(f64x2.mul(sum, q), f64x2.splat(1.0 / 9))
  sum = f64x2.add(f64x2.mul(sum, q), f64x2.splat(1.0 / 7))
  sum = f64x2.add(f64x2.mul(sum, q), f64x2.splat(1.0 / 5))
  sum = f64x2.add(f64x2.mul(sum, q), f64x2.splat(1.0 / 3))
  sum = f64x2.add(f64x2.mul(sum, q), one)
  return f64x2.add(f64x2.mul(exponent, f64x2.splat(0.6931471805599453)), f64x2.mul(f64x2.add(s, s), sum))
}

function squares(a: v128, b: v128): v128 {
  return f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b))
}

/** ln(sqrt(power) / 1024 + 2^-52). */
function level(power: v128): v128 {
  return ln(f64x2.add(f64x2.mul(f64x2.sqrt(power), f64x2.splat(1.0 / 1024)), f64x2.splat(2.220446049250313e-16)))
}

/**
 * Add four frames to the statistics. input: [1024] vectors; floor: [513] doubles, levels are raised to it;
 * statistics: [513] x 64 bytes: two sums, two sums of squares, two minima, two maxima (doubles). lanes: bits.
 */
export function addLevels(input: usize, floor: usize, statistics: usize, lanes: i32): void {
  exactForward(input)
  const valid = laneMask(lanes)
  const evenValid = i32x4.shuffle(valid, valid, 0, 0, 2, 2)
  const oddValid = i32x4.shuffle(valid, valid, 1, 1, 3, 3)
  const most = f64x2.splat(Infinity)
  const least = f64x2.splat(-Infinity)
  for (let k: usize = 0; k < 513; k++) {
    const at = exactPlace(k)
    const mirror = exactPlace((1024 - k) & 1023)
    const re = v128.load(at)
    const im = v128.load(at, 16)
    const mirrorRe = v128.load(mirror)
    const mirrorIm = v128.load(mirror, 16)
    const raised = v128.load64_splat(floor + k * 8)
    const even = f64x2.pmax(level(squares(f64x2.add(re, mirrorRe), f64x2.sub(im, mirrorIm))), raised)
    const odd = f64x2.pmax(level(squares(f64x2.sub(re, mirrorRe), f64x2.add(im, mirrorIm))), raised)
    const to = statistics + k * 64
    const validEven = v128.and(even, evenValid)
    const validOdd = v128.and(odd, oddValid)
    v128.store(to, f64x2.add(v128.load(to), f64x2.add(validEven, validOdd)))
    v128.store(to, f64x2.add(v128.load(to, 16), squares(validEven, validOdd)), 16)
    const lower = f64x2.pmin(v128.bitselect(even, most, evenValid), v128.bitselect(odd, most, oddValid))
    v128.store(to, f64x2.pmin(v128.load(to, 32), lower), 32)
    const upper = f64x2.pmax(v128.bitselect(even, least, evenValid), v128.bitselect(odd, least, oddValid))
    v128.store(to, f64x2.pmax(v128.load(to, 48), upper), 48)
  }
}
