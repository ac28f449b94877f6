import { First, FirstFromRecording, Last, Middle, POINT, radix8 } from './radix8'

// Transforms of four real frames of 1024 samples at once. Even samples are the real, odd ones the imaginary parts of
// 512 complex points.

let analysis: usize = 0
let synthesis: usize = 0
let rotations512: usize = 0
let rotations64: usize = 0
let split1024: usize = 0
let points: usize = 0

/**
 * Where the tables are, all float32: windows [1024]; rotations exp(-2 pi i n j / 512) [64][7] and of 64 [8][7];
 * cos and sin of 2 pi k / 1024 [257][2]; and room for 512 points.
 */
export function useTables(a: usize, s: usize, r512: usize, r64: usize, split: usize, room: usize): void {
  analysis = a
  synthesis = s
  rotations512 = r512
  rotations64 = r64
  split1024 = split
  points = room
}

function middlePass(): void {
  for (let n: usize = 0; n < 8; n++) {
    for (let block: usize = 0; block < 8; block++) {
      const at = points + block * 64 * POINT + n * POINT
      radix8<Middle>(at, at, 0, rotations64 + n * 56)
    }
  }
}

/** Place of frequency k behind the last pass: octal digits reversed. */
function place(k: usize): usize {
  return points + (((k & 7) << 6) | (k & 56) | (k >> 6)) * POINT
}

/**
 * Transform four frames. input: [1024] vectors. spectra: [257] x (X[k], X[512 - k]), 64 bytes, twice the transform;
 * power: [513] vectors, |.|^2 of that.
 */
export function forward(input: usize, spectra: usize, power: usize): void {
  for (let n: usize = 0; n < 64; n++) {
    radix8<FirstFromRecording>(input + n * POINT, points + n * POINT, analysis + n * 8, rotations512 + n * 56)
  }
  middlePass()
  for (let n: usize = 0; n < 512; n += 8) radix8<Last>(points + n * POINT, points + n * POINT, 0, 0)
  for (let k: usize = 0; k <= 256; k++) {
    const low = place(k)
    const high = place((512 - k) & 511)
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
    v128.store(power + k * 16, f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)))
    v128.store(power + (512 - k) * 16, f32x4.add(f32x4.mul(mirrorRe, mirrorRe), f32x4.mul(mirrorIm, mirrorIm)))
  }
}

/** sums x scale + floor: the mask of four frames at one frequency. */
function maskAt(sums: usize, floor: usize, k: usize, scale: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums + k * 16)), scale), v128.load32_splat(floor + k * 4))
}

/**
 * Weigh the spectra of `forward` with masks, transform back, window, and add to output [1024] vectors. Real and
 * imaginary parts go in swapped: the forward transform of swapped numbers is the swapped inverse transform.
 * sums: [513] vectors of whole numbers; floor: [513] float32; mask = sums x scale + floor. backward: frames come from
 * the last to the first, so the first hop of the output is new memory, otherwise the last is.
 */
export function inverse(spectra: usize, sums: usize, scale: f32, floor: usize, output: usize, backward: i32): void {
  const scales = f32x4.splat(scale)
  for (let k: usize = 0; k <= 256; k++) {
    const from = spectra + k * 64
    const mask = maskAt(sums, floor, k, scales)
    const mirrorMask = maskAt(sums, floor, 512 - k, scales)
    const re = f32x4.mul(v128.load(from), mask)
    const im = f32x4.mul(v128.load(from, 16), mask)
    const mirrorRe = f32x4.mul(v128.load(from, 32), mirrorMask)
    const mirrorIm = f32x4.mul(v128.load(from, 48), mirrorMask)
    const evenRe = f32x4.add(re, mirrorRe)
    const evenIm = f32x4.sub(im, mirrorIm)
    const turnedRe = f32x4.sub(re, mirrorRe)
    const turnedIm = f32x4.add(im, mirrorIm)
    const c = v128.load32_splat(split1024 + k * 8)
    const s = v128.load32_splat(split1024 + k * 8, 4)
    const oddRe = f32x4.sub(f32x4.mul(turnedRe, c), f32x4.mul(turnedIm, s))
    const oddIm = f32x4.add(f32x4.mul(turnedIm, c), f32x4.mul(turnedRe, s))
    const low = points + k * POINT
    v128.store(low, f32x4.add(evenIm, oddRe))
    v128.store(low, f32x4.sub(evenRe, oddIm), 16)
    const high = points + ((512 - k) & 511) * POINT
    // At k = 0 both are the same point, written first with the right value and then left alone.
    if (k == 0) continue
    v128.store(high, f32x4.sub(oddRe, evenIm))
    v128.store(high, f32x4.add(evenRe, oddIm), 16)
  }
  for (let n: usize = 0; n < 64; n++) {
    radix8<First>(points + n * POINT, points + n * POINT, 0, rotations512 + n * 56)
  }
  middlePass()
  for (let n: usize = 0; n < 512; n += 8) radix8<Last>(points + n * POINT, points + n * POINT, 0, 0)
  // Point n lies at its reversed place; the octal digit that became the lowest one counts hops by halves.
  const fresh: usize = backward ? 0 : 6
  for (let digit: usize = 0; digit < 8; digit++) {
    const isNew = digit == fresh || digit == fresh + 1
    for (let n: usize = 0; n < 64; n++) {
      const from = points + (((n & 7) << 6) | (n & 56) | digit) * POINT
      const sample: usize = 2 * (digit * 64 + n)
      const to = output + sample * 16
      const even = f32x4.mul(v128.load(from, 16), v128.load32_splat(synthesis + sample * 4))
      const odd = f32x4.mul(v128.load(from), v128.load32_splat(synthesis + sample * 4, 4))
      if (isNew) {
        v128.store(to, even)
        v128.store(to, odd, 16)
      } else {
        v128.store(to, f32x4.add(v128.load(to), even))
        v128.store(to, f32x4.add(v128.load(to, 16), odd), 16)
      }
    }
  }
}
