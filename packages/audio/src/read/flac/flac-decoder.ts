import type { ChannelChoice } from '../audio-reader.js'
import type { FlacFrameHeader } from './flac-frame-header.js'

/** The longest block of a FLAC frame is 65535 samples; a block of ours holds that many and one. */
export const blockCapacity = 65536

/** Decodes FLAC frames, one at a time, out of bytes that the caller puts into `input`. */
export interface FlacDecoder {
  /** Where the stream's bytes go. Another array after `growInput`, and after `decode`: never keep it. */
  readonly input: Uint8Array
  /** Mono samples, [blockCapacity]. To be asked for again after `decode`, as `input`. */
  readonly block: Float32Array
  /** Make `input` at least so long; what it holds stays. */
  growInput(bytes: number): void
  /**
   * Decode the frame whose header stands at `start`, from no more than the bytes before `end`. bits: of a sample, 1..32.
   * Returns the frame's bytes; 0 where it breaks the format's rules, its checksum is wrong, or the bytes are too few.
   */
  decode(start: number, end: number, header: FlacFrameHeader, bits: number): number
  /** Write the frame decoded last to `block` from `offset` on: the mean of its channels or one of them, -1..1. */
  mix(channel: ChannelChoice, offset: number): void
}
