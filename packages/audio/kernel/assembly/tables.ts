import { Middle, MiddleUnrotated, POINT, radix8 } from './radix8'

// What forward and inverse transforms of four real frames of 1024 samples share. Even samples are the real, odd ones the
// imaginary parts of 512 complex points.

export let analysis: usize = 0
export let synthesis: usize = 0
export let rotations512: usize = 0
export let split1024: usize = 0
/** Room for 512 points. */
export let points: usize = 0
/** Room for two rows of 8 points, of which the second mirrors the first. */
export let row: usize = 0
export let mirrorRow: usize = 0
let rotations64: usize = 0

/**
 * Where the tables are, all float32: windows [1024]; rotations exp(-2 pi i n j / 512) [64][7] and of 64 [8][7];
 * cos and sin of 2 pi k / 1024 [257][2]; and room for 528 points.
 */
export function useTables(a: usize, s: usize, r512: usize, r64: usize, split: usize, room: usize): void {
  analysis = a
  synthesis = s
  rotations512 = r512
  rotations64 = r64
  split1024 = split
  points = room
  row = room + 512 * POINT
  mirrorRow = row + 8 * POINT
}

/** The second of three passes, in place. */
export function middlePass(): void {
  for (let block: usize = 0; block < 8; block++) {
    const at = points + block * 64 * POINT
    radix8<MiddleUnrotated>(at, at, 0, 0)
    for (let n: usize = 1; n < 8; n++) radix8<Middle>(at + n * POINT, at + n * POINT, 0, rotations64 + n * 56)
  }
}

/** Where the 8 points in a row lie, behind two passes, whose frequencies (or times) are b + 64 j: octal digits reversed. */
export function rowOf(b: usize): usize {
  return points + (((b & 7) << 6) | (b & 56)) * POINT
}
