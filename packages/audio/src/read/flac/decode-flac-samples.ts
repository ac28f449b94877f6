import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { AudioError } from '../../audio-error.js'
import type { AudioHeader, AudioWarning, ChannelChoice } from '../audio-reader.js'
import type { ReadSource } from '../read-source.js'
import type { FlacFrameHeader } from './flac-frame-header.js'
import { flacFrames } from './flac-frames.js'
import type { FlacMetadata } from './flac-metadata.js'

const batchSamples = 32768
/** A block of FLAC holds at most 65535 samples; with a batch before it the buffer must hold both. */
const blockCapacity = 65536
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
  warnings: AudioWarning[],
): AsyncGenerator<Float32Array> {
  const decoder = new FLACDecoder()
  await decoder.ready
  // Frames may leave their rate or depth to STREAMINFO (Frontier Labs' do); without one the decoder drops them all.
  await decoder.decodeFrames([streamInfoHead(header)])
  const mono = new Float32Array(blockCapacity)
  const skipped = { bytes: 0 }
  const state = { done: 0, firstNumber: null as number | null, silenced: 0, failed: 0 }
  let batch: Uint8Array[] = []
  let batchFrames = 0

  async function* decodeBatch(): AsyncGenerator<Float32Array> {
    if (batch.length === 0) return
    const decoded = await decoder.decodeFrames(batch)
    const wanted = batchFrames
    batch = []
    batchFrames = 0
    const got = Math.min(decoded.samplesDecoded, wanted)
    if (decoded.errors.length > 0 || got < wanted) state.failed += wanted - got
    for (let at = 0; at < wanted; at += blockCapacity) {
      const count = Math.min(blockCapacity, wanted - at)
      mixDown(
        decoded.channelData,
        at,
        Math.max(0, Math.min(count, got - at)),
        header.bitsPerSample,
        source.channel,
        mono,
      )
      mono.fill(0, Math.max(0, got - at), count)
      state.done += count
      yield mono.subarray(0, count)
    }
  }

  try {
    for (const frame of flacFrames(source.file, found.audioPosition, found.streamInfo, skipped)) {
      if (!sameFormat(frame.header, header)) {
        warnings.push({
          code: 'AUDIO_FORMAT_CHANGED',
          message: `rate, channels or bits change after ${state.done + batchFrames} samples; what comes before is used`,
        })
        break
      }
      const hole = holeBefore(frame.header, found, header, state, batchFrames)
      if (hole > 0) {
        yield* decodeBatch()
        state.silenced += hole
        state.done += hole
        for (let left = hole; left > 0; left -= blockCapacity)
          yield mono.subarray(0, Math.min(left, blockCapacity)).fill(0)
      }
      // The frame's bytes are overwritten by the next one's.
      batch.push(frame.bytes.slice())
      batchFrames += frame.header.blockFrames
      if (batchFrames >= batchSamples) yield* decodeBatch()
    }
    yield* decodeBatch()
  } finally {
    decoder.free()
  }
  reportEnd(state, skipped.bytes, header, warnings)
}

/** "fLaC" and a STREAMINFO that says what the frames hold, whatever the file's own claims (RFC 9639, section 8.2). */
function streamInfoHead(header: AudioHeader): Uint8Array {
  const head = Buffer.alloc(42)
  head.write('fLaC', 0, 'latin1')
  head.writeUInt32BE(0x80000022, 4)
  head.writeUInt16BE(16, 8)
  head.writeUInt16BE(65535, 10)
  const rateAndShape = header.sampleRateHz * 4096 + (header.channels - 1) * 512 + (header.bitsPerSample - 1) * 16
  head.writeUInt32BE(rateAndShape, 18)
  return new Uint8Array(head)
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

/** The decoder divides by 2^(bits-1) - 1; multiplying and rounding gives the integers back, exactly to 24 bits. */
function mixDown(
  channelData: Float32Array[],
  at: number,
  count: number,
  bitsPerSample: number,
  channel: ChannelChoice,
  target: Float32Array,
): void {
  const full = 2 ** (bitsPerSample - 1)
  const chosen = channel === 'mix' ? channelData : channelData.slice(channel, channel + 1)
  const scale = 1 / (full * chosen.length)
  if (chosen.length === 1) {
    const only = chosen[0]!
    for (let index = 0; index < count; index += 1) target[index] = Math.round(only[at + index]! * (full - 1)) * scale
    return
  }
  for (let index = 0; index < count; index += 1) {
    let sum = 0
    for (const data of chosen) sum += Math.round(data[at + index]! * (full - 1))
    target[index] = sum * scale
  }
}

function reportEnd(
  state: { done: number; silenced: number; failed: number },
  skippedBytes: number,
  header: AudioHeader,
  warnings: AudioWarning[],
): void {
  if (state.done - state.silenced - state.failed <= 0) {
    throw new AudioError('AUDIO_NO_SAMPLES', 'no FLAC frame could be decoded: copy the file again from the recorder')
  }
  if (state.silenced + state.failed > mostLost * state.done) {
    throw new AudioError(
      'AUDIO_DAMAGED',
      `${state.silenced + state.failed} of ${state.done} FLAC samples could not be decoded: copy the file again`,
    )
  }
  if (state.silenced + state.failed > 0 || skippedBytes > 0) {
    warnings.push({
      code: 'AUDIO_CORRUPT_FRAMES',
      message: `${skippedBytes} bytes could not be decoded; ${state.silenced + state.failed} samples became silence`,
    })
  }
  if (header.frames !== null && state.done < header.frames) {
    warnings.push({
      code: 'AUDIO_TRUNCATED',
      message: `STREAMINFO claims ${header.frames} samples, ${state.done} are there and are used`,
    })
  }
  if (header.frames !== null && state.done > header.frames) {
    warnings.push({
      code: 'AUDIO_LONGER_THAN_CLAIMED',
      message: `STREAMINFO claims ${header.frames} samples, ${state.done} are there and are used`,
    })
  }
}
