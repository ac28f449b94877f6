import { AudioError } from '../../audio-error.js'
import { flacMetadataOf } from '../../metadata/flac-metadata-of.js'
import type { AudioHeader, AudioReader, AudioWarning } from '../audio-reader.js'
import { checkChannel, type ReadSource } from '../read-source.js'
import { checkSampleRate } from '../pcm/pcm-format.js'
import { decodeFlacSamples } from './decode-flac-samples.js'
import type { FlacDecoder } from './flac-decoder.js'
import type { FlacFrameHeader } from './flac-frame-header.js'
import { flacFrames, frameInputBytes, noSkippedBytes } from './flac-frames.js'
import { type FlacMetadata, readFlacMetadata } from './flac-metadata.js'
import { openFlacDecoder } from './open-flac-decoder.js'

/** Open FLAC whose marker stands at `offset`. Errors as openAudio. */
export function openFlac(source: ReadSource, offset: number): AudioReader {
  const { file } = source
  const found = readFlacMetadata(file, offset)
  const warnings: AudioWarning[] = []
  const decoder = openFlacDecoder(frameInputBytes)
  const first = firstFrameHeader(source, found, decoder)
  const header = flacHeader(file.sizeBytes, found, first, warnings)
  checkSampleRate(header.sampleRateHz)
  checkChannel(source.channel, header.channels)
  return {
    header,
    metadata: flacMetadataOf(found.comments, source.fileName),
    warnings,
    samples: () => decodeFlacSamples(source, found, header, decoder, warnings),
    close: () => file.close(),
    [Symbol.asyncDispose]: async () => file.close(),
  }
}

function firstFrameHeader({ file }: ReadSource, found: FlacMetadata, decoder: FlacDecoder): FlacFrameHeader {
  const range = { file, position: found.audioPosition, bitsPerSample: found.streamInfo?.bitsPerSample ?? null }
  for (const frame of flacFrames(range, decoder, noSkippedBytes())) return frame.header
  const behind = file.sizeBytes - found.audioPosition
  if (behind < 0) {
    throw new AudioError(
      'AUDIO_NO_SAMPLES',
      `a metadata block of the FLAC file claims more than its ${file.sizeBytes} bytes, and no frame was found: it is cut off or damaged`,
    )
  }
  throw new AudioError(
    'AUDIO_NO_SAMPLES',
    behind < 16
      ? `the FLAC file ends after ${file.sizeBytes} bytes, behind its header: nothing was recorded`
      : `no undamaged frame was found in the ${behind} bytes behind the FLAC header`,
  )
}

/** STREAMINFO, corrected by the first frame where the two differ. */
function flacHeader(
  sizeBytes: number,
  found: FlacMetadata,
  first: FlacFrameHeader,
  warnings: AudioWarning[],
): AudioHeader {
  const info = found.streamInfo
  const sampleRateHz = first.sampleRateHz ?? info?.sampleRateHz ?? 0
  const channels = first.channels
  const bitsPerSample = first.bitsPerSample ?? info?.bitsPerSample ?? 0
  if (bitsPerSample < 4) {
    throw new AudioError('AUDIO_BAD_HEADER', 'neither STREAMINFO nor the first frame tell the bits of a sample')
  }
  if (
    info !== null &&
    (info.sampleRateHz !== sampleRateHz || info.channels !== channels || info.bitsPerSample !== bitsPerSample)
  ) {
    warnings.push({
      code: 'AUDIO_HEADER_MISMATCH',
      message: `STREAMINFO claims ${info.sampleRateHz} Hz, ${info.channels} channels, ${info.bitsPerSample} bits; the frames hold ${sampleRateHz} Hz, ${channels}, ${bitsPerSample}`,
    })
  }
  let frames = info === null || info.totalFrames === 0 ? null : info.totalFrames
  // A frame takes at least 10 bytes and holds at most 65535 samples.
  if (frames !== null && frames > (sizeBytes / 10) * 65535) {
    warnings.push({
      code: 'AUDIO_IMPOSSIBLE_LENGTH',
      message: `STREAMINFO claims ${Math.round(frames / sampleRateHz)} s, more than ${sizeBytes} bytes can hold`,
    })
    frames = null
  }
  const durationS = frames === null ? null : frames / sampleRateHz
  return { format: 'flac', codec: 'flac', sampleRateHz, channels, bitsPerSample, frames, durationS }
}
