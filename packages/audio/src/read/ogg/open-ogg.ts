import { AudioError } from '../../audio-error.js'
import { flacMetadataOf } from '../../metadata/flac-metadata-of.js'
import type { AudioHeader, AudioReader, AudioWarning } from '../audio-reader.js'
import type { ByteFile } from '../byte-file.js'
import { checkChannel, type ReadSource } from '../read-source.js'
import { decodeOggSamples, type OggStream } from './decode-ogg-samples.js'
import { oggPackets } from './ogg-packets.js'
import { lastOggPage } from './last-ogg-page.js'
import { oggPages } from './ogg-pages.js'
import { parseOpusHead } from './opus-stream.js'
import type { OggStreamInfo } from './packet-decoder.js'
import { parseVorbisHead } from './vorbis-stream.js'

/** The longest blocks: 120 ms of Opus, or 8192 of Vorbis, in two bytes. */
const mostFramesPerByte = 4096

/** Open Ogg with Vorbis or Opus at `offset`. Errors as openAudio. */
export function openOgg(source: ReadSource, offset: number): AudioReader {
  const { file } = source
  const { serial, info } = findStream(file, offset)
  const warnings: AudioWarning[] = []
  checkChannel(source.channel, info.channels)
  const headers = headerPackets(file, offset, serial, info.headerPackets)
  const end = lastOggPage(file, serial)?.granule ?? null
  let frames = end === null ? null : Math.max(0, end - info.preSkip)
  if (frames !== null && frames > file.sizeBytes * mostFramesPerByte) {
    warnings.push({
      code: 'AUDIO_IMPOSSIBLE_LENGTH',
      message: `the last page claims ${Math.round(frames / info.sampleRateHz)} s, more than ${file.sizeBytes} bytes can hold`,
    })
    frames = null
  }
  const header: AudioHeader = {
    format: 'ogg',
    codec: info.codec,
    sampleRateHz: info.sampleRateHz,
    channels: info.channels,
    bitsPerSample: 16,
    frames: frames === 0 ? null : frames,
    durationS: frames === null || frames === 0 ? null : frames / info.sampleRateHz,
  }
  const comments = headers[1]?.subarray(info.commentOffset)
  const stream: OggStream = { position: offset, serial, info, headers }
  return {
    header,
    metadata: flacMetadataOf(comments === undefined ? [] : [Buffer.from(comments)], source.fileName),
    warnings,
    samples: () => decodeOggSamples(source, stream, header, warnings),
    close: () => file.close(),
    [Symbol.asyncDispose]: async () => file.close(),
  }
}

/** The first logical stream of sound: its first page holds its first header alone (RFC 3533, section 4). */
function findStream(file: ByteFile, offset: number): { serial: number; info: OggStreamInfo } {
  const names: string[] = []
  for (const page of oggPages(file, offset)) {
    if (!page.first) break
    const bytes = Buffer.from(page.body)
    if (bytes.toString('latin1', 0, 7) === '\x01vorbis') return { serial: page.serial, info: parseVorbisHead(bytes) }
    if (bytes.toString('latin1', 0, 8) === 'OpusHead') return { serial: page.serial, info: parseOpusHead(bytes) }
    names.push(codecName(bytes.toString('latin1', 0, 9)))
  }
  if (names.length === 0) {
    throw new AudioError('AUDIO_BAD_HEADER', 'the Ogg file does not begin with an undamaged page of a stream')
  }
  throw new AudioError('AUDIO_UNSUPPORTED', `Ogg with ${names.slice(0, 3).join(', ')}`)
}

function codecName(mark: string): string {
  if (mark.startsWith('\x7fFLAC')) return 'FLAC'
  if (mark.startsWith('Speex')) return 'Speex'
  if (mark.startsWith('\x80theora')) return 'Theora'
  return 'an unknown coding'
}

function headerPackets(file: ByteFile, offset: number, serial: number, count: number): Uint8Array[] {
  const packets: Uint8Array[] = []
  for (const page of oggPackets(oggPages(file, offset), serial)) {
    if (page.lost) break
    packets.push(...page.packets)
    if (packets.length >= count) return packets.slice(0, count)
  }
  throw new AudioError('AUDIO_TRUNCATED_HEADER', "the Ogg file ends, or is damaged, inside its stream's headers")
}
