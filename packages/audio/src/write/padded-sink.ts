import { leadingPad } from '../window/plan-segments.js'
import type { WavWriter } from './wav-writer.js'

/** Where prepared audio goes: a WAV file that holds at least one window. */
export interface PaddedSink {
  write: (block: Float32Array) => void
  /** Finish the file; returns the recording's own samples, without the padding. */
  finish: () => number
}

/** Hold the first window back: what ends before it is full is written centre-padded to one window. */
export function createPaddedSink(writer: WavWriter, window: number): PaddedSink {
  let held: Float32Array | null = new Float32Array(window)
  let received = 0
  return {
    write(block) {
      const room = held === null ? 0 : Math.min(block.length, window - received)
      if (held !== null) held.set(block.subarray(0, room), received)
      received += block.length
      if (held !== null && received >= window) {
        writer.write(held)
        held = null
      }
      if (held === null && room < block.length) writer.write(block.subarray(room))
    },
    finish() {
      if (held !== null) {
        const lead = leadingPad(received, window)
        writer.writeSilence(lead)
        writer.write(held.subarray(0, received))
        writer.writeSilence(window - lead - received)
      }
      writer.finish()
      return received
    },
  }
}
