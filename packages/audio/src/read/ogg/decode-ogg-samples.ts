import { AudioError } from '../../audio-error.js'
import type { AudioHeader, AudioWarning } from '../audio-reader.js'
import { sampleLimiter } from '../limit-samples.js'
import { mixPlanar } from '../mix-planar.js'
import { tellSamples, tellSeconds } from '../tell-amount.js'
import type { ReadSource } from '../read-source.js'
import { oggPackets } from './ogg-packets.js'
import { oggPages } from './ogg-pages.js'
import type { OggStreamInfo, PacketDecoder } from './packet-decoder.js'

export interface OggStream {
  position: number
  serial: number
  info: OggStreamInfo
  headers: Uint8Array[]
}

const blockCapacity = 65536
/** A hole between pages longer than this is a wrong number in a header rather than lost data. */
const maxHoleS = 600

/**
 * Decode one Ogg stream to mono blocks. Lost pages become silence of the length that the positions tell. Appends its
 * warnings at the end. Errors: AUDIO_NO_SAMPLES, AUDIO_DAMAGED.
 */
export async function* decodeOggSamples(
  source: ReadSource,
  stream: OggStream,
  header: AudioHeader,
  warnings: AudioWarning[],
): AsyncGenerator<Float32Array> {
  const { info } = stream
  using decoder = await info.createDecoder(stream.headers)
  const limiter = sampleLimiter(info.sampleRateHz, true)
  const mono = new Float32Array(blockCapacity)
  const skipped = { bytes: 0, tail: 0 }
  const state = {
    decoded: 0,
    silenced: 0,
    firstLost: null as number | null,
    skip: info.preSkip,
    out: 0,
    base: null as number | null,
    ended: false,
    broken: false,
  }
  let headersLeft = info.headerPackets

  /** Mono blocks of what is decoded, or of silence where `channels` is null. */
  function* emit(channels: Float32Array[] | null, length: number): Generator<Float32Array> {
    const from = Math.min(state.skip, length)
    state.skip -= from
    for (let at = from; at < length; at += blockCapacity) {
      const count = Math.min(blockCapacity, length - at)
      const block = mono.subarray(0, count)
      if (channels === null) block.fill(0)
      else mixPlanar(channels, at, count, source.channel, block)
      limiter.limit(block)
      state.out += count
      yield block
    }
  }

  for (const page of oggPackets(oggPages(source.file, stream.position, skipped), stream.serial)) {
    const packets = page.packets.slice(Math.min(headersLeft, page.packets.length))
    headersLeft -= page.packets.length - packets.length
    const channels = await decodePage(decoder, packets)
    if (skipped.bytes > 0 || decoder.failed > 0) state.firstLost ??= state.out
    if (channels === null) {
      state.broken = true
      break
    }
    let length = channels[0]?.length ?? 0
    if (page.granule !== null && packets.length > 0) {
      // A stream that was cut out of a longer one does not begin at 0.
      state.base ??= page.last ? 0 : Math.max(0, page.granule - length)
      const position = state.decoded + state.silenced
      const hole = page.granule - state.base - position - length
      if (page.lost && hole > 0 && hole <= maxHoleS * info.sampleRateHz) {
        state.firstLost ??= state.out
        state.silenced += hole
        yield* emit(null, hole)
      }
      // The last page may end within its last block (RFC 3533, section 6; RFC 7845, section 4.4).
      if (page.last) length = Math.min(length, Math.max(0, page.granule - state.base - position))
    }
    state.decoded += length
    yield* emit(channels, length)
    state.ended = page.last
  }
  limiter.finish(warnings)
  // A page inside which the file ends is missing, not damaged.
  const skippedBytes = skipped.bytes - (state.ended ? 0 : skipped.tail)
  reportEnd({ ...state, failed: decoder.failed, skippedBytes }, header, warnings)
}

/** Null: the decoder gave up and is of no more use. */
async function decodePage(decoder: PacketDecoder, packets: Uint8Array[]): Promise<Float32Array[] | null> {
  try {
    return await decoder.decode(packets)
  } catch (error) {
    if (error instanceof AudioError) throw error
    return null
  }
}

interface OggEnd {
  out: number
  decoded: number
  silenced: number
  firstLost: number | null
  failed: number
  skippedBytes: number
  ended: boolean
  broken: boolean
}

function reportEnd(end: OggEnd, header: AudioHeader, warnings: AudioWarning[]): void {
  if (end.out === 0 || end.decoded === 0) {
    if (end.broken) throw new AudioError('AUDIO_DAMAGED', 'the Ogg data cannot be decoded: copy the file again')
    throw new AudioError('AUDIO_NO_SAMPLES', 'the Ogg file holds no sound that can be decoded')
  }
  if (end.skippedBytes > 0 || end.failed > 0 || end.silenced > 0) {
    warnings.push({
      code: 'AUDIO_CORRUPT_FRAMES',
      message:
        `${end.skippedBytes} bytes and ${end.failed} packets could not be decoded, the first at ` +
        `${tellSeconds(end.firstLost ?? end.out, header.sampleRateHz)}; ${tellSamples(end.silenced, header.sampleRateHz)} became silence`,
    })
  }
  if (end.broken || !end.ended || (header.frames !== null && end.out < header.frames && end.silenced === 0)) {
    warnings.push({
      code: 'AUDIO_TRUNCATED',
      message: `the stream has no end, or claims more than is there: the ${tellSamples(end.out, header.sampleRateHz)} that are there are used`,
    })
  }
}
