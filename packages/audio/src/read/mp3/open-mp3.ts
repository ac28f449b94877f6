import { AudioError } from '../../audio-error.js'
import { readFileName } from '../../metadata/file-name-claim.js'
import { emptyMetadata, mergeMetadata, type RecorderMetadata } from '../../metadata/recorder-metadata.js'
import { parseRecorderText } from '../../metadata/recorder-text.js'
import type { AudioHeader, AudioReader, AudioWarning } from '../audio-reader.js'
import { checkChannel, type ReadSource } from '../read-source.js'
import { decodeMpegSamples, type MpegStream } from './decode-mpeg-samples.js'
import { mpegFrames } from './mpeg-frames.js'
import { parseXingHeader } from './xing-header.js'

/** Samples by which every layer III decoder lags behind, beside the encoder's own delay (LAME's "Mp3 Info Tag"). */
const decoderDelay = 529
const maxTagBytes = 1 << 18

/** Open MP3 behind the tags that end at `offset`. Errors as openAudio. */
export function openMp3(source: ReadSource, offset: number): AudioReader {
  const warnings: AudioWarning[] = []
  const stream = findStream(source, offset)
  const { first } = stream
  const frames = stream.claimedFrames
  checkChannel(source.channel, first.channels)
  const header: AudioHeader = {
    format: 'mp3',
    codec: 'mp3',
    sampleRateHz: first.sampleRateHz,
    channels: first.channels,
    bitsPerSample: 16,
    frames,
    durationS: frames === null ? null : frames / first.sampleRateHz,
  }
  return {
    header,
    metadata: mp3Metadata(source, offset),
    warnings,
    samples: () => decodeMpegSamples(source, stream, header, warnings),
    close: () => source.file.close(),
    [Symbol.asyncDispose]: async () => source.file.close(),
  }
}

function findStream({ file }: ReadSource, offset: number): MpegStream {
  for (const { header, bytes } of mpegFrames(file, offset)) {
    if (header.layer !== 3) {
      throw new AudioError('AUDIO_UNSUPPORTED', `MPEG audio of layer ${header.layer}`)
    }
    const xing = parseXingHeader(bytes, header)
    // Fewer bytes than a frame's header for each claimed frame cannot be.
    const streamFrames = xing?.streamFrames ?? null
    const credible = streamFrames !== null && streamFrames > 0 && streamFrames * 24 <= file.sizeBytes + 4096
    const added = xing?.delay ?? { front: 0, behind: 0 }
    const total = credible ? streamFrames * header.blockFrames - added.front - added.behind : null
    return {
      position: offset,
      first: header,
      hasXing: xing !== null,
      skipFrames: xing?.delay == null ? 0 : xing.delay.front + decoderDelay,
      claimedFrames: total !== null && total > 0 ? total : null,
    }
  }
  throw new AudioError('AUDIO_NO_SAMPLES', 'the MP3 file holds no undamaged frame: copy it again from the recorder')
}

/** Tags that a converter filled from a WAV's comment; ID3 in UTF-16 reads the same without its zeros. */
function mp3Metadata({ file, fileName }: ReadSource, offset: number): RecorderMetadata {
  const metadata = emptyMetadata()
  const tags = file.read(0, Math.min(offset, maxTagBytes)).toString('latin1').replaceAll('\0', '')
  mergeMetadata(metadata, parseRecorderText(tags))
  mergeMetadata(metadata, readFileName(fileName))
  return metadata
}
