// FLAC frames to samples, a module of its own. Memory is laid out by the caller; behind the input 128 bytes more must
// belong to it, as bits are read in groups.
import { exhausted, place, readFrom } from './bits'
import { checksum } from './checksum'
import { fromLeftSide, fromMidSide, fromSideRight, fromWideSide } from './stereo'
import { decodeSubframe } from './subframe'
export { mix } from './mix'

/**
 * Decode the frame at `from`, of which no more than the bytes before `end` are there, behind its header of
 * `headerBytes`. count: samples per channel; assignment: the header's four bits of channels; bits: of a sample.
 * Channels (int32) go to `to`, `distance` bytes apart (room for `count` rounded up to 4); wide: room for int64 [count],
 * used only for a side channel of 33 bits. Returns the frame's bytes, or 0 where it breaks the format's rules, or its
 * checksum is wrong, or more than what is there would be needed.
 */
export function decodeFrame(
  from: usize,
  end: usize,
  headerBytes: usize,
  count: u32,
  assignment: u32,
  bits: u32,
  to: usize,
  distance: usize,
  wide: usize,
): usize {
  readFrom((<u32>(from + headerBytes)) << 3, (<u32>end) << 3)
  const channels: u32 = assignment < 8 ? assignment + 1 : 2
  // Which channel holds the difference: the second, with side and right the first; none elsewhere.
  const side: u32 = assignment == 9 ? 0 : assignment > 7 ? 1 : channels
  for (let channel: u32 = 0; channel < channels; channel++) {
    const at = to + <usize>channel * distance
    if (channel == side && bits == 32) {
      if (!decodeSubframe<i64>(wide, at, count, 33)) return 0
    } else if (!decodeSubframe<i32>(at, at, count, channel == side ? bits + 1 : bits)) return 0
  }
  const next = <usize>((place + 7) >> 3) + 2
  if (exhausted() || next > end || checksum(from, next) != 0) return 0
  const second = to + distance
  if (side < channels && bits == 32)
    fromWideSide(side == 0 ? second : to, side == 0 ? to : second, wide, count, assignment)
  else if (assignment == 8) fromLeftSide(to, second, count)
  else if (assignment == 9) fromSideRight(to, second, count)
  else if (assignment == 10) fromMidSide(to, second, count)
  return next - from
}
