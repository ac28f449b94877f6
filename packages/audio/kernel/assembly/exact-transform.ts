// The transform in double precision, for what has to be exact: the noise statistics, and marks near their threshold.

/** cos(2 pi n / 1024) [1024], double precision; and room for 1024 points. */
export let cosines: usize = 0
let points: usize = 0

/** Two vectors (real, imaginary) of two signals each. */
const POINT: usize = 32

export function useExactTables(cosinesAt: usize, pointsAt: usize): void {
  cosines = cosinesAt
  points = pointsAt
}

/** cos of 2 pi turn / 1024; of a turn of 768 more: its sine. */
function cosine(turn: usize): v128 {
  return v128.load64_splat(cosines + (turn & 1023) * 8)
}

/** (re + i im) exp(-2 pi i turn / 1024), stored. */
function storeTurned(re: v128, im: v128, turn: usize, to: usize): void {
  const c = cosine(turn)
  const s = cosine(turn + 768)
  v128.store(to, f64x2.add(f64x2.mul(re, c), f64x2.mul(im, s)))
  v128.store(to, f64x2.sub(f64x2.mul(im, c), f64x2.mul(re, s)), 16)
}

/** A butterfly of four points that lie `apart` bytes from each other; turn: of its first one. */
function radix4(at: usize, apart: usize, turn: usize): void {
  const ar = v128.load(at)
  const ai = v128.load(at, 16)
  const br = v128.load(at + apart)
  const bi = v128.load(at + apart, 16)
  const cr = v128.load(at + 2 * apart)
  const ci = v128.load(at + 2 * apart, 16)
  const dr = v128.load(at + 3 * apart)
  const di = v128.load(at + 3 * apart, 16)
  const sumR = f64x2.add(ar, cr)
  const sumI = f64x2.add(ai, ci)
  const differenceR = f64x2.sub(ar, cr)
  const differenceI = f64x2.sub(ai, ci)
  const otherSumR = f64x2.add(br, dr)
  const otherSumI = f64x2.add(bi, di)
  const otherDifferenceR = f64x2.sub(br, dr)
  const otherDifferenceI = f64x2.sub(bi, di)
  v128.store(at, f64x2.add(sumR, otherSumR))
  v128.store(at, f64x2.add(sumI, otherSumI), 16)
  // Times -i: (im, -re).
  const firstR = f64x2.add(differenceR, otherDifferenceI)
  const firstI = f64x2.sub(differenceI, otherDifferenceR)
  storeTurned(firstR, firstI, turn, at + apart)
  storeTurned(f64x2.sub(sumR, otherSumR), f64x2.sub(sumI, otherSumI), 2 * turn, at + 2 * apart)
  const thirdR = f64x2.sub(differenceR, otherDifferenceI)
  const thirdI = f64x2.add(differenceI, otherDifferenceR)
  storeTurned(thirdR, thirdI, 3 * turn, at + 3 * apart)
}

/**
 * Transform four real frames, under the periodic Hann window, as two complex signals: frames 0 and 2 are their real, 1 and
 * 3 their imaginary parts. input: [1024] vectors. Five passes of radix 4, decimation in frequency.
 */
export function exactForward(input: usize): void {
  for (let n: usize = 0; n < 1024; n++) {
    const samples = v128.load(input + n * 16)
    const window = f64x2.sub(f64x2.splat(0.5), f64x2.mul(f64x2.splat(0.5), cosine(n)))
    const even = i32x4.shuffle(samples, samples, 0, 2, 0, 2)
    const odd = i32x4.shuffle(samples, samples, 1, 3, 1, 3)
    v128.store(points + n * POINT, f64x2.mul(f64x2.promote_low_f32x4(even), window))
    v128.store(points + n * POINT, f64x2.mul(f64x2.promote_low_f32x4(odd), window), 16)
  }
  for (let size: usize = 1024; size > 1; size >>= 2) {
    const quarter = size >> 2
    const turns = 1024 / size
    for (let n: usize = 0; n < quarter; n++) {
      for (let block: usize = 0; block < 1024; block += size) {
        radix4(points + (block + n) * POINT, quarter * POINT, n * turns)
      }
    }
  }
}

/** Where `exactForward` left frequency k: base-4 digits reversed. */
export function exactPlace(k: usize): usize {
  const reversed = ((k & 3) << 8) | ((k & 12) << 4) | (k & 48) | ((k >> 4) & 12) | ((k >> 8) & 3)
  return points + reversed * POINT
}
