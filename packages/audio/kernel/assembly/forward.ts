import { laneMask } from './lanes'
import { FirstFromRecording, LastToRow, POINT, radix8 } from './radix8'
import { analysis, middlePass, mirrorRow, points, rotations512, row, rowOf, split1024 } from './tables'

// From samples to spectra. The two bins of a pair, k and 512 - k, come from the same two points.

let spectra: usize = 0
/** What is made of the powers, by kind. */
let powers: usize = 0
let below: usize = 0
let above: usize = 0
let ones: v128 = i32x4.splat(0)
let unsure: v128 = i32x4.splat(0)
/** Sum of a frame's powers over its 514 bins (the middle one twice), of the four frames that were marked last. */
export let energy: v128 = f32x4.splat(0)
let state: usize = 0
let weighted: usize = 0
let newestShare: v128 = f32x4.splat(0)
let weights: v128 = f32x4.splat(0)
let inLanes: v128 = i32x4.splat(0)
let starting: v128 = i32x4.splat(0)

/** What is made of a pair's powers: a type each, see radix8. Rows of [513] vectors. */
type KeepPower = u8
/** Rows of [257] vectors of 16 bits: 1 where a bin is above the threshold; bins k, then 512 - k, of four frames. */
type Classify = u16
/** Levels, smoothed forward in time: rows of [513] vectors. */
type Track = u32

/** One bin of `forwardTracked`. offset: of its vector in a row. */
function track(power: v128, offset: usize): void {
  const amplitude = v128.and(f32x4.sqrt(power), inLanes)
  const before = v128.load(state + offset)
  const moved = f32x4.add(before, f32x4.mul(f32x4.sub(amplitude, before), newestShare))
  const now = v128.bitselect(amplitude, moved, starting)
  v128.store(state + offset, now)
  v128.store(powers + offset, now)
  v128.store(weighted + offset, f32x4.add(v128.load(weighted + offset), f32x4.mul(now, weights)))
}

/** Bins k and 512 - k from the points of these frequencies: twice the transform. */
function splitPair<K>(k: usize, low: usize, high: usize): void {
  const lowRe = v128.load(low)
  const lowIm = v128.load(low, 16)
  const highRe = v128.load(high)
  const highIm = v128.load(high, 16)
  const evenRe = f32x4.add(lowRe, highRe)
  const evenIm = f32x4.sub(lowIm, highIm)
  const oddRe = f32x4.add(lowIm, highIm)
  const oddIm = f32x4.sub(highRe, lowRe)
  const c = v128.load32_splat(split1024 + k * 8)
  const s = v128.load32_splat(split1024 + k * 8, 4)
  const turnedRe = f32x4.add(f32x4.mul(oddRe, c), f32x4.mul(oddIm, s))
  const turnedIm = f32x4.sub(f32x4.mul(oddIm, c), f32x4.mul(oddRe, s))
  const re = f32x4.add(evenRe, turnedRe)
  const im = f32x4.add(evenIm, turnedIm)
  const mirrorRe = f32x4.sub(evenRe, turnedRe)
  const mirrorIm = f32x4.sub(turnedIm, evenIm)
  const to = spectra + k * 64
  v128.store(to, re)
  v128.store(to, im, 16)
  v128.store(to, mirrorRe, 32)
  v128.store(to, mirrorIm, 48)
  const power = f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im))
  const mirrorPower = f32x4.add(f32x4.mul(mirrorRe, mirrorRe), f32x4.mul(mirrorIm, mirrorIm))
  if (sizeof<K>() == 1) {
    v128.store(powers + k * 16, power)
    v128.store(powers + (512 - k) * 16, mirrorPower)
  } else if (sizeof<K>() == 4) {
    track(power, k * 16)
    // Its own mirror would be counted twice.
    if (k != 256) track(mirrorPower, (512 - k) * 16)
  } else {
    const mirror: usize = (512 - k) * 4
    const open = f32x4.gt(power, v128.load32_splat(above + k * 4))
    const mirrorOpen = f32x4.gt(mirrorPower, v128.load32_splat(above + mirror))
    v128.store(powers + k * 16, v128.and(i16x8.narrow_i32x4_s(open, mirrorOpen), ones))
    const near = v128.xor(f32x4.gt(power, v128.load32_splat(below + k * 4)), open)
    const mirrorNear = v128.xor(f32x4.gt(mirrorPower, v128.load32_splat(below + mirror)), mirrorOpen)
    unsure = v128.or(unsure, v128.or(near, mirrorNear))
    energy = f32x4.add(energy, f32x4.add(power, mirrorPower))
  }
}

function transform<K>(input: usize): void {
  for (let n: usize = 0; n < 64; n++) {
    radix8<FirstFromRecording>(input + n * POINT, points + n * POINT, analysis + n * 8, rotations512 + n * 56)
  }
  middlePass()
  // Frequencies 64 j mirror each other, so do 32 + 64 j; the others of a row those of the row that mirrors it.
  radix8<LastToRow>(rowOf(0), row, 0, 0)
  splitPair<K>(0, row, row)
  for (let j: usize = 1; j < 5; j++) splitPair<K>(64 * j, row + j * POINT, row + (8 - j) * POINT)
  for (let b: usize = 1; b < 32; b++) {
    radix8<LastToRow>(rowOf(b), row, 0, 0)
    radix8<LastToRow>(rowOf(64 - b), mirrorRow, 0, 0)
    for (let j: usize = 0; j < 4; j++) {
      splitPair<K>(b + 64 * j, row + j * POINT, mirrorRow + (7 - j) * POINT)
      splitPair<K>(64 - b + 64 * j, mirrorRow + j * POINT, row + (7 - j) * POINT)
    }
  }
  radix8<LastToRow>(rowOf(32), row, 0, 0)
  for (let j: usize = 0; j < 4; j++) splitPair<K>(32 + 64 * j, row + j * POINT, row + (7 - j) * POINT)
}

/**
 * Transform four frames. input: [1024] vectors. to: [257] x (X[k], X[512 - k]), 64 bytes, twice the transform;
 * power: [513] vectors, |.|^2 of that.
 */
export function forward(input: usize, to: usize, power: usize): void {
  spectra = to
  powers = power
  transform<KeepPower>(input)
}

/**
 * The same, but instead of powers: marks [257] vectors of 16 bits, 1 where the power of bin k (four frames), and of bin
 * 512 - k (four frames), is above aboveAt [513] float32, else 0, in `lanes` (bits). Returns the lanes that `refineMarks` has
 * to look at: where a power lies between belowAt [513] and aboveAt, or all together are more than `alarm`.
 */
export function forwardMarked(
  input: usize,
  to: usize,
  marks: usize,
  belowAt: usize,
  aboveAt: usize,
  lanes: i32,
  alarm: f32,
): i32 {
  spectra = to
  powers = marks
  below = belowAt
  above = aboveAt
  const valid = laneMask(lanes)
  ones = v128.and(i16x8.narrow_i32x4_s(valid, valid), i16x8.splat(1))
  unsure = i32x4.splat(0)
  energy = f32x4.splat(0)
  transform<Classify>(input)
  return i32x4.bitmask(v128.or(unsure, f32x4.gt(energy, f32x4.splat(alarm)))) & lanes
}

/**
 * The same, but instead of powers: level [513] vectors, amplitudes smoothed forward in time: state = newest x amplitude +
 * (1 - newest) x state in `lanes`, and the amplitude itself in the lanes that `start`; weight x level is added to `sums`.
 * level, stateAt, sums: [513] vectors.
 */
export function forwardTracked(
  input: usize,
  to: usize,
  level: usize,
  stateAt: usize,
  sums: usize,
  newest: f32,
  weight: f32,
  lanes: i32,
  start: i32,
): void {
  spectra = to
  powers = level
  state = stateAt
  weighted = sums
  newestShare = f32x4.splat(newest)
  inLanes = laneMask(lanes)
  weights = v128.and(f32x4.splat(weight), inLanes)
  starting = laneMask(start)
  transform<Track>(input)
}
