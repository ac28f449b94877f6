import { FirstFromRow, LastBackward, LastForward, POINT, radix8 } from './radix8'
import { middlePass, mirrorRow, points, rotations512, row, rowOf, split1024, synthesis } from './tables'

// From spectra, weighed with masks, back to samples. Real and imaginary parts go in swapped: the forward transform of
// swapped numbers is the swapped inverse transform.

let spectra: usize = 0
let sums: usize = 0
let floor: usize = 0
let scales: v128 = f32x4.splat(0)

/** What masks are made of: a type each, see radix8. [513] vectors of 32 bits. */
type WideSums = u32
/** [257] vectors of 16 bits, without sign: bins k, then 512 - k, of four frames. */
type NarrowSums = u16

/** sums x scale + floor of four frames at bin k. */
function mask(values: v128, k: usize): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(values), scales), v128.load32_splat(floor + k * 4))
}

/** The points of frequencies k and 512 - k from the weighed bins. */
function joinPair<K>(k: usize, low: usize, high: usize): void {
  let values: v128
  let mirrorValues: v128
  if (sizeof<K>() == 2) {
    const both = v128.load(sums + k * 16)
    values = i32x4.extend_low_i16x8_u(both)
    mirrorValues = i32x4.extend_high_i16x8_u(both)
  } else {
    values = v128.load(sums + k * 16)
    mirrorValues = v128.load(sums + (512 - k) * 16)
  }
  const weight = mask(values, k)
  const mirrorWeight = mask(mirrorValues, 512 - k)
  const from = spectra + k * 64
  const re = f32x4.mul(v128.load(from), weight)
  const im = f32x4.mul(v128.load(from, 16), weight)
  const mirrorRe = f32x4.mul(v128.load(from, 32), mirrorWeight)
  const mirrorIm = f32x4.mul(v128.load(from, 48), mirrorWeight)
  const evenRe = f32x4.add(re, mirrorRe)
  const evenIm = f32x4.sub(im, mirrorIm)
  const turnedRe = f32x4.sub(re, mirrorRe)
  const turnedIm = f32x4.add(im, mirrorIm)
  const c = v128.load32_splat(split1024 + k * 8)
  const s = v128.load32_splat(split1024 + k * 8, 4)
  const oddRe = f32x4.sub(f32x4.mul(turnedRe, c), f32x4.mul(turnedIm, s))
  const oddIm = f32x4.add(f32x4.mul(turnedIm, c), f32x4.mul(turnedRe, s))
  // Where both are the same point, the one written last is right.
  v128.store(high, f32x4.sub(oddRe, evenIm))
  v128.store(high, f32x4.add(evenRe, oddIm), 16)
  v128.store(low, f32x4.add(evenIm, oddRe))
  v128.store(low, f32x4.sub(evenRe, oddIm), 16)
}

/** First pass over the points n + 64 j that are in a row. */
function firstPass(from: usize, n: usize): void {
  radix8<FirstFromRow>(from, points + n * POINT, 0, rotations512 + n * 56)
}

function transform<K>(output: usize, backward: i32): void {
  joinPair<K>(0, row, row)
  for (let j: usize = 1; j < 5; j++) joinPair<K>(64 * j, row + j * POINT, row + (8 - j) * POINT)
  firstPass(row, 0)
  for (let n: usize = 1; n < 32; n++) {
    for (let j: usize = 0; j < 4; j++) {
      joinPair<K>(n + 64 * j, row + j * POINT, mirrorRow + (7 - j) * POINT)
      joinPair<K>(64 - n + 64 * j, mirrorRow + j * POINT, row + (7 - j) * POINT)
    }
    firstPass(row, n)
    firstPass(mirrorRow, 64 - n)
  }
  for (let j: usize = 0; j < 4; j++) joinPair<K>(32 + 64 * j, row + j * POINT, row + (7 - j) * POINT)
  firstPass(row, 32)
  middlePass()
  if (backward) {
    for (let b: usize = 0; b < 64; b++) radix8<LastBackward>(rowOf(b), output + b * POINT, synthesis + b * 8, 0)
  } else {
    for (let b: usize = 0; b < 64; b++) radix8<LastForward>(rowOf(b), output + b * POINT, synthesis + b * 8, 0)
  }
}

/**
 * Weigh the spectra of `forward` with masks, transform back, window, and add to output [1024] vectors.
 * sumsAt: [513] vectors of whole numbers; floorAt: [513] float32; mask = sums x scale + floor. backward: frames come from
 * the last to the first, so the first hop of the output is new memory, otherwise the last is.
 */
export function inverse(from: usize, sumsAt: usize, scale: f32, floorAt: usize, output: usize, backward: i32): void {
  spectra = from
  sums = sumsAt
  floor = floorAt
  scales = f32x4.splat(scale)
  transform<WideSums>(output, backward)
}

/** The same, forward, with sums as `smoothMarks` leaves them. */
export function inverseMarked(from: usize, sumsAt: usize, scale: f32, floorAt: usize, output: usize): void {
  spectra = from
  sums = sumsAt
  floor = floorAt
  scales = f32x4.splat(scale)
  transform<NarrowSums>(output, 0)
}
