import { laneMask } from './lanes'

// The non-stationary mask: a bin's amplitude against itself, smoothed forward (forwardTracked) and then backward in time.
// Lanes are four places of a chunk; what one lane's filter leaves to the next is added by the caller through `carry`.
// Smoothing is written as state + b (value - state): 1 - b in single precision would be off by 1e-5 of b.

/** 1.5 x 2^23: added to a float of magnitude below 2^22, it leaves the nearest whole number in the lowest bits. */
const MAGIC: f32 = 12582912
const MAGIC_BITS: i32 = 0x4b400000

/** e^x for x in -87..87, within 2e-7 of the value: 2^n times a polynomial (Taylor's, to the 6th power) of the rest. */
function exp(x: v128): v128 {
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(MAGIC))
  const n = f32x4.sub(shifted, f32x4.splat(MAGIC))
  // ln 2 in two parts, of which the first has few digits, so that n x the first is exact.
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)))
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.1219444e-4)))
  const r2 = f32x4.mul(r, r)
  const low = f32x4.add(f32x4.add(r, f32x4.splat(1)), f32x4.mul(r2, f32x4.splat(0.5)))
  const middle = f32x4.add(f32x4.mul(r, f32x4.splat(1.0 / 24)), f32x4.splat(1.0 / 6))
  const high = f32x4.add(f32x4.mul(r, f32x4.splat(1.0 / 720)), f32x4.splat(1.0 / 120))
  const sum = f32x4.add(low, f32x4.mul(f32x4.mul(r, r2), f32x4.add(middle, f32x4.mul(high, r2))))
  return i32x4.add(sum, i32x4.shl(shifted, 23))
}

let newestShare: v128 = f32x4.splat(0)
let steepness: v128 = f32x4.splat(0)
let middle: v128 = f32x4.splat(0)
let units: v128 = f32x4.splat(0)
let closedBelow: v128 = f32x4.splat(0)

/**
 * Of the mask: weight of the newest level, slope, 1 + threshold, and the whole number that stands for an open bin;
 * and the A / S below which the mask is nearer to 0 than to the next number, or 0.
 */
export function useSigmoid(newest: f32, slope: f32, onePlusThreshold: f32, full: f32, below: f32): void {
  newestShare = f32x4.splat(newest)
  steepness = f32x4.splat(slope)
  middle = f32x4.splat(onePlusThreshold)
  units = f32x4.splat(full)
  closedBelow = f32x4.splat(below)
}

/** Spectra of a bin: pairs k and 512 - k lie together. */
function binAt(spectra: usize, k: usize): usize {
  return k <= 256 ? spectra + k * 64 : spectra + (512 - k) * 64 + 32
}

/** Smooth bin k backward; whether any lane's mask is nearer to 1 step than to 0. See `maskBackward`. */
function smoothBin(
  bin: usize,
  offset: usize,
  level: usize,
  carry: usize,
  shares: v128,
  state: usize,
  starting: v128,
): i32 {
  const f = f32x4.add(v128.load(level + offset), f32x4.mul(v128.load(carry + offset), shares))
  const before = v128.load(state + offset)
  const moved = f32x4.add(before, f32x4.mul(f32x4.sub(f, before), newestShare))
  const smooth = v128.bitselect(f, moved, starting)
  v128.store(state + offset, smooth)
  const re = v128.load(bin)
  const im = v128.load(bin, 16)
  const power = f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im))
  const edge = f32x4.mul(smooth, closedBelow)
  // Equal counts: where no mask is as good as closed (edge 0), silence has one too.
  return <i32>v128.any_true(f32x4.ge(power, f32x4.mul(edge, edge)))
}

/** The raw mask of a bin in whole numbers. */
function sigmoid(bin: usize, smooth: v128): v128 {
  const re = v128.load(bin)
  const im = v128.load(bin, 16)
  const amplitude = f32x4.sqrt(f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)))
  const above = f32x4.mul(f32x4.sub(middle, f32x4.div(amplitude, smooth)), steepness)
  const x = f32x4.pmin(f32x4.pmax(above, f32x4.splat(-87)), f32x4.splat(87))
  const mask = f32x4.div(units, f32x4.add(exp(x), f32x4.splat(1)))
  const open = i32x4.sub(f32x4.add(mask, f32x4.splat(MAGIC)), i32x4.splat(MAGIC_BITS))
  // Silence throughout: 0, where the formula has 0 / 0.
  return v128.and(open, f32x4.gt(smooth, f32x4.splat(0)))
}

/**
 * Backward smoothing of four frames and their raw masks: state S = newest x F + (1 - newest) x S, and F itself in the
 * lanes that `start`, where F = level + share x carry; row = 1 / (1 + exp(-slope ((A - S) / S - threshold))) in whole
 * numbers, 0 outside `lanes`. spectra: of `forward`; level, carry, state, row: [513] vectors; list: room for 514 numbers.
 *
 * More than half of all cells are closed: they need no root, no quotient and no exponential. Which they are is as good as
 * random, so a branch for each would be foretold wrongly every other time: the open ones are listed first.
 */
export function maskBackward(
  spectra: usize,
  level: usize,
  carry: usize,
  share: f32,
  state: usize,
  row: usize,
  lanes: i32,
  start: i32,
  list: usize,
): void {
  const valid = laneMask(lanes)
  const starting = laneMask(start)
  const shares = f32x4.splat(share)
  let next = list
  for (let k: usize = 0; k < 257; k++) {
    const open = smoothBin(spectra + k * 64, k * 16, level, carry, shares, state, starting)
    v128.store(row + k * 16, i32x4.splat(0))
    i32.store(next, <i32>k)
    next += open << 2
  }
  for (let k: usize = 257; k < 513; k++) {
    const open = smoothBin(spectra + (512 - k) * 64 + 32, k * 16, level, carry, shares, state, starting)
    v128.store(row + k * 16, i32x4.splat(0))
    i32.store(next, <i32>k)
    next += open << 2
  }
  for (let at = list; at < next; at += 4) {
    const k = <usize>i32.load(at)
    v128.store(row + k * 16, v128.and(sigmoid(binAt(spectra, k), v128.load(state + k * 16)), valid))
  }
}
