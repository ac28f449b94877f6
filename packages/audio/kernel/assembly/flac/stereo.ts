// Two channels of which one, or both, hold a difference (RFC 9639, section 4.2). All sums wrap around at 32 bits.

/** left stays, side becomes right = left - side. count: rounded up to whole vectors. */
export function fromLeftSide(left: usize, side: usize, count: usize): void {
  for (let n: usize = 0; n < count * 4; n += 16) {
    v128.store(side + n, i32x4.sub(v128.load(left + n), v128.load(side + n)))
  }
}

/** side becomes left = right + side. */
export function fromSideRight(side: usize, right: usize, count: usize): void {
  for (let n: usize = 0; n < count * 4; n += 16) {
    v128.store(side + n, i32x4.add(v128.load(right + n), v128.load(side + n)))
  }
}

/** mid = (left + right) >> 1, side = left - right; the bit that mid lost is side's last. Side has at most 32 bits. */
export function fromMidSide(mid: usize, side: usize, count: usize): void {
  for (let n: usize = 0; n < count * 4; n += 16) {
    const difference = v128.load(side + n)
    // left = mid + (side + 1 where it is odd) / 2, right = left - side
    const left = i32x4.add(
      v128.load(mid + n),
      i32x4.add(i32x4.shr_s(difference, 1), v128.and(difference, i32x4.splat(1))),
    )
    v128.store(mid + n, left)
    v128.store(side + n, i32x4.sub(left, difference))
  }
}

/** The three forms with a side of 33 bits: int64 at `wide`; its channel at `side` (int32) is filled. */
export function fromWideSide(other: usize, side: usize, wide: usize, count: usize, assignment: u32): void {
  for (let n: usize = 0; n < count; n++) {
    const difference = load<i64>(wide + n * 8)
    const at = other + n * 4
    if (assignment == 8) store<i32>(side + n * 4, <i32>(<i64>load<i32>(at) - difference))
    else if (assignment == 9) store<i32>(side + n * 4, <i32>(<i64>load<i32>(at) + difference))
    else {
      const left = <i64>load<i32>(at) + (difference >> 1) + (difference & 1)
      store<i32>(at, <i32>left)
      store<i32>(side + n * 4, <i32>(left - difference))
    }
  }
}
