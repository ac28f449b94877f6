import { laneMask } from './lanes'

// Masks of four frames at once, as whole numbers, so that running sums stay exact.

/**
 * row[k] = 1 where power[k] > pass[k], else 0, in the lanes that `lanes` names (bits). power, row: [513] vectors; pass,
 * loud: [513] float32. Returns the lanes (bits) in which any bin is above `loud`.
 */
export function classify(power: usize, pass: usize, loud: usize, row: usize, lanes: i32): i32 {
  const ones = v128.and(laneMask(lanes), i32x4.splat(1))
  let any = i32x4.splat(0)
  for (let k: usize = 0; k < 513; k++) {
    const level = v128.load(power + k * 16)
    v128.store(row + k * 16, v128.and(f32x4.gt(level, v128.load32_splat(pass + k * 4)), ones))
    any = v128.or(any, f32x4.gt(level, v128.load32_splat(loud + k * 4)))
  }
  return i32x4.bitmask(any) & lanes
}

/** pass[k] = -1 where power[k] > loud[k] in one of `lanes`. */
export function openLoud(power: usize, pass: usize, loud: usize, lanes: i32): void {
  const valid = laneMask(lanes)
  for (let k: usize = 0; k < 513; k++) {
    const above = f32x4.gt(v128.load(power + k * 16), v128.load32_splat(loud + k * 4))
    if (v128.any_true(v128.and(above, valid))) f32.store(pass + k * 4, -1)
  }
}

/**
 * Take a row of [513] vectors in; afterwards sums [513] belong to the row timeReach calls ago, smoothed by triangles of
 * reaches freqReach and timeReach. recent, recentBoxes: [513] vectors each, of the row timeReach + 1 calls ago, which
 * are replaced; boxes, sums: [513]; once: room for 513 + freqReach.
 */
export function smooth(
  row: usize,
  recent: usize,
  recentBoxes: usize,
  boxes: usize,
  sums: usize,
  once: usize,
  freqReach: usize,
): void {
  const reach = freqReach * 16
  const end: usize = 513 * 16
  let run = i32x4.splat(0)
  for (let k: usize = 0; k < reach; k += 16) {
    run = i32x4.add(run, v128.load(row + k))
    v128.store(once + k, run)
  }
  for (let k = reach; k < end; k += 16) {
    run = i32x4.add(run, v128.load(row + k))
    v128.store(once + k, run)
    run = i32x4.sub(run, v128.load(row + k - reach))
  }
  for (let k = end; k < end + reach; k += 16) {
    v128.store(once + k, run)
    run = i32x4.sub(run, v128.load(row + k - reach))
  }
  run = i32x4.splat(0)
  for (let k: usize = 0; k < reach; k += 16) run = i32x4.add(run, v128.load(once + k))
  for (let k: usize = 0; k < end; k += 16) {
    run = i32x4.add(run, v128.load(once + k + reach))
    const box = i32x4.sub(i32x4.add(v128.load(boxes + k), run), v128.load(recent + k))
    v128.store(recent + k, run)
    v128.store(boxes + k, box)
    v128.store(sums + k, i32x4.sub(i32x4.add(v128.load(sums + k), box), v128.load(recentBoxes + k)))
    v128.store(recentBoxes + k, box)
    run = i32x4.sub(run, v128.load(once + k))
  }
}

/** The two halves of a vector, swapped. */
function swapped(values: v128): v128 {
  return i64x2.shuffle(values, values, 1, 0)
}

/**
 * `smooth` for marks of `forwardMarked`: [257] vectors of 16 bits, bins k and 512 - k, with room for freqReach (up to 256)
 * more behind them; sums may reach 2^16 - 1. Behind bin 256 each half goes on with the other one, so both are smoothed
 * in one run. recent, recentBoxes, boxes, sums: [257]; once: room for 257 + freqReach.
 */
export function smoothMarks(
  marks: usize,
  recent: usize,
  recentBoxes: usize,
  boxes: usize,
  sums: usize,
  once: usize,
  freqReach: usize,
): void {
  const reach = freqReach * 16
  const end: usize = 257 * 16
  for (let k: usize = 16; k <= reach; k += 16) {
    v128.store(marks + 4096 + k, swapped(v128.load(marks + 4096 - k)))
  }
  let run = i16x8.splat(0)
  for (let k: usize = 0; k < reach; k += 16) {
    run = i16x8.add(run, v128.load(marks + k))
    v128.store(once + k, run)
  }
  for (let k = reach; k < end + reach; k += 16) {
    run = i16x8.add(run, v128.load(marks + k))
    v128.store(once + k, run)
    run = i16x8.sub(run, v128.load(marks + k - reach))
  }
  run = i16x8.splat(0)
  for (let k: usize = 0; k < reach; k += 16) run = i16x8.add(run, v128.load(once + k))
  for (let k: usize = 0; k < end; k += 16) {
    run = i16x8.add(run, v128.load(once + k + reach))
    const box = i16x8.sub(i16x8.add(v128.load(boxes + k), run), v128.load(recent + k))
    v128.store(recent + k, run)
    v128.store(boxes + k, box)
    v128.store(sums + k, i16x8.sub(i16x8.add(v128.load(sums + k), box), v128.load(recentBoxes + k)))
    v128.store(recentBoxes + k, box)
    run = i16x8.sub(run, v128.load(once + k))
  }
}
