import { AudioError } from '../../audio-error.js'
import type { AudioHeader, AudioWarning } from '../audio-reader.js'
import type { ReadSource } from '../read-source.js'
import { blockCapacity, type FlacDecoder } from './flac-decoder.js'
import type { FlacFrameHeader } from './flac-frame-header.js'
import { tellSamples, tellSeconds } from '../tell-amount.js'
import { flacFrames, noSkippedBytes, type SkippedBytes } from './flac-frames.js'
import type { FlacMetadata } from './flac-metadata.js'

/** Blocks are given away from this size on. */
const batchSamples = 32768
/** A hole between frames longer than this is a wrong number in a header rather than lost data. */
const maxHoleS = 600
/** A recording of which more than this is lost would mostly be silence that never was. */
const mostLost = 0.9

/**
 * Decode frame by frame to mono blocks. Frames whose checksums fail are left out and their time is kept by silence.
 * Appends its warnings at the end. Errors: AUDIO_NO_SAMPLES, AUDIO_DAMAGED.
 */
export async function* decodeFlacSamples(
  source: ReadSource,
  found: FlacMetadata,
  header: AudioHeader,
  decoder: FlacDecoder,
  warnings: AudioWarning[],
): AsyncGenerator<Float32Array> {
  const skipped = noSkippedBytes()
  const state = {
    done: 0,
    firstNumber: null as number | null,
    silenced: 0,
    failed: 0,
    firstLost: null as number | null,
  }
  /** Samples in the decoder's block that are not given away yet. */
  let held = 0

  function* giveAway(): Generator<Float32Array> {
    if (held === 0) return
    const count = held
    held = 0
    state.done += count
    yield decoder.block.subarray(0, count)
  }

  // Frames may leave their depth to STREAMINFO (Frontier Labs' leave the rate); where the first frame told it, it counts.
  const range = { file: source.file, position: found.audioPosition, bitsPerSample: header.bitsPerSample }
  for (const frame of flacFrames(range, decoder, skipped)) {
    if (!sameFormat(frame.header, header)) {
      warnings.push({
        code: 'AUDIO_FORMAT_CHANGED',
        message: `rate, channels or bits change after ${tellSamples(state.done + held, header.sampleRateHz)}; what comes before is used`,
      })
      break
    }
    const hole = holeBefore(frame.header, found, header, state, held)
    if (hole > 0 || skipped.bytes > 0 || !frame.decoded) state.firstLost ??= state.done + held
    if (hole > 0) {
      yield* giveAway()
      state.silenced += hole
      state.done += hole
      for (let left = hole; left > 0; left -= blockCapacity) {
        yield decoder.block.subarray(0, Math.min(left, blockCapacity)).fill(0)
      }
    }
    const { blockFrames } = frame.header
    if (held + blockFrames > blockCapacity) yield* giveAway()
    if (frame.decoded) decoder.mix(source.channel, held)
    else {
      decoder.block.fill(0, held, held + blockFrames)
      state.failed += blockFrames
    }
    held += blockFrames
    if (held >= batchSamples) yield* giveAway()
  }
  yield* giveAway()
  const streamBytes = source.file.sizeBytes - found.audioPosition
  reportEnd({ ...state, skipped, streamBytes }, header, warnings)
}

/** Samples missing between what was read and where this frame says it begins. */
function holeBefore(
  frame: FlacFrameHeader,
  found: FlacMetadata,
  header: AudioHeader,
  state: { done: number; firstNumber: number | null },
  pending: number,
): number {
  // Fixed block size: every frame but the last is as long as STREAMINFO says.
  const blockFrames = found.streamInfo?.maxBlockFrames ?? 0
  if (!frame.countsSamples && blockFrames !== found.streamInfo?.minBlockFrames) return 0
  const position = frame.countsSamples ? frame.codedNumber : frame.codedNumber * blockFrames
  // A stream that was cut out of a longer one does not begin at 0, unless its own length says that it should.
  state.firstNumber ??= header.frames !== null && position < header.frames ? 0 : position
  const hole = position - state.firstNumber - state.done - pending
  const longest = Math.min(maxHoleS * header.sampleRateHz, (header.frames ?? Infinity) - state.done - pending)
  return hole > 0 && hole <= longest ? hole : 0
}

function sameFormat(frame: FlacFrameHeader, header: AudioHeader): boolean {
  return (
    frame.channels === header.channels &&
    (frame.sampleRateHz === null || frame.sampleRateHz === header.sampleRateHz) &&
    (frame.bitsPerSample === null || frame.bitsPerSample === header.bitsPerSample)
  )
}

interface FlacEnd {
  done: number
  silenced: number
  failed: number
  /** Samples before the first that were lost; null where none were, or only at the end. */
  firstLost: number | null
  skipped: SkippedBytes
  streamBytes: number
}

function reportEnd(end: FlacEnd, header: AudioHeader, warnings: AudioWarning[]): void {
  const { done, skipped } = end
  const { sampleRateHz } = header
  const lost = end.silenced + end.failed
  if (done - lost <= 0) {
    throw new AudioError('AUDIO_NO_SAMPLES', 'no FLAC frame could be decoded: copy the file again from the recorder')
  }
  const isCut = header.frames === null ? skipped.isCut && skipped.tail > 0 : done < header.frames
  // The frame inside which the file ends is missing, not damaged.
  const damagedBytes = skipped.bytes - (isCut && skipped.isCut ? skipped.tail : 0)
  if (lost > mostLost * done || damagedBytes > mostLost * end.streamBytes) {
    throw new AudioError(
      'AUDIO_DAMAGED',
      `${damagedBytes} of ${end.streamBytes} bytes and ${lost} of ${done} FLAC samples could not be decoded: copy the file again`,
    )
  }
  if (lost > 0 || damagedBytes > 0) {
    warnings.push({
      code: 'AUDIO_CORRUPT_FRAMES',
      message: `${damagedBytes} bytes could not be decoded${placeOf(end, sampleRateHz)}; ${tellSamples(lost, sampleRateHz)} became silence`,
    })
  }
  if (isCut) {
    warnings.push({
      code: 'AUDIO_TRUNCATED',
      message:
        header.frames === null
          ? `the file ends inside a frame: the ${tellSamples(done, sampleRateHz)} before it are used`
          : `STREAMINFO claims ${tellSamples(header.frames, sampleRateHz)}; the file ends after ${tellSamples(done, sampleRateHz)}, which are used`,
    })
  }
  if (header.frames !== null && done > header.frames) {
    warnings.push({
      code: 'AUDIO_LONGER_THAN_CLAIMED',
      message: `STREAMINFO claims ${tellSamples(header.frames, sampleRateHz)}, ${tellSamples(done, sampleRateHz)} are there and are used`,
    })
  }
}

/** `, the first at byte 43210 (3.6 s)`: where a person may look. */
function placeOf({ firstLost, done, skipped }: FlacEnd, sampleRateHz: number): string {
  const seconds = tellSeconds(firstLost ?? done, sampleRateHz)
  return skipped.firstAt === null ? `, the first at ${seconds}` : `, the first at byte ${skipped.firstAt} (${seconds})`
}
