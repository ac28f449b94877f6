import { AudioError } from '../../audio-error.js'
import { wavMetadata } from '../../metadata/wav-metadata.js'
import type { AudioReader, AudioWarning } from '../audio-reader.js'
import type { ByteFile } from '../byte-file.js'
import type { PcmFormat } from '../pcm/pcm-format.js'
import { pcmReader } from '../pcm/pcm-reader.js'
import { checkChannel, type ReadSource } from '../read-source.js'
import { isMost, listRiffChunks, type RiffChunk } from './riff-chunks.js'
import { tellSeconds } from '../tell-amount.js'
import { noData, requireHeader, warnOfChunks, warnOfFormat } from './check-wav-header.js'
import { listW64Chunks } from './w64-chunks.js'
import { parseWavFormat } from './wav-format.js'

/** Open WAV (RIFF, RF64, BW64, RIFX) or Wave64 at `offset`. Errors as openAudio. */
export function openWav(source: ReadSource, container: 'wav' | 'w64', offset: number): AudioReader {
  const { file } = source
  const chunks = container === 'wav' ? listRiffChunks(file, offset) : listW64Chunks(file, offset)
  const fmt = chunks.find((chunk) => chunk.id === 'fmt ')
  const data = chunks.find((chunk) => chunk.id === 'data')
  requireHeader(file, fmt, data, chunks)
  const endian = file.read(offset, 4).toString('latin1') === 'RIFX' ? 'be' : 'le'
  const format = parseWavFormat(file.read(fmt.position, Math.min(fmt.claimedBytes, 64)), endian)
  if (data === undefined) throw noData(file, chunks)
  checkChannel(source.channel, format.channels)
  const warnings: AudioWarning[] = []
  warnOfFormat(file, fmt, format, endian, warnings)
  warnOfChunks(chunks, data, format, warnings)
  const frames = availableFrames(file, data, data === chunks.at(-1), format, warnings)
  const metadata = wavMetadata(file, chunks, source.fileName, endian)
  return pcmReader(source, { container, format, position: data.position, frames, metadata, warnings })
}

/** Whole frames that are really there; what the header got wrong becomes a warning. */
function availableFrames(
  file: ByteFile,
  data: RiffChunk,
  isLast: boolean,
  format: PcmFormat,
  warnings: AudioWarning[],
): number {
  const frameBytes = format.bytesPerSample * format.channels
  const present = Math.max(0, file.sizeBytes - data.position)
  let bytes = data.claimedBytes
  /** `768000 bytes (12.0 s)` */
  const told = (n: number): string => {
    const seconds = tellSeconds(n / frameBytes, format.sampleRateHz)
    return `${n} bytes${seconds === '' ? '' : ` (${seconds})`}`
  }
  if (data.headerBytes !== undefined) {
    const why =
      (bytes - data.headerBytes) % 2 ** 32 === 0
        ? `what is left of ${told(bytes)} in 32 bits`
        : `${told(bytes)} are there`
    warnings.push({
      code: 'AUDIO_LONGER_THAN_CLAIMED',
      message: `the data chunk claims ${told(data.headerBytes)}, ${why}; all are used`,
    })
  }
  // A writer that streams, or lost its battery, leaves 0 or about 2^32 here. Size 0 with chunks behind is truly empty.
  if (isLast && present > 0 && (bytes === 0 || isMost(bytes))) {
    warnings.push({
      code: 'AUDIO_SIZE_UNKNOWN',
      message: `the data chunk claims ${bytes} bytes; the ${told(present)} to the end of the file are used`,
    })
    bytes = present
  } else if (bytes === file.sizeBytes) {
    // Frontier Labs' firmware before 3.0 (known problem FL005).
    warnings.push({
      code: 'AUDIO_WRONG_SIZE',
      message: `the data chunk claims ${bytes} bytes, which is the size of the file; the ${present} that are there are complete`,
    })
    bytes = present
  } else if (bytes > present) {
    warnings.push({
      code: 'AUDIO_TRUNCATED',
      message: `the data chunk claims ${told(bytes)}; the file ends after ${told(present)} of them, which are used`,
    })
    bytes = present
  }
  const frames = Math.floor(bytes / frameBytes)
  if (frames === 0) {
    throw new AudioError('AUDIO_NO_SAMPLES', 'the WAV header is right but no sample follows: nothing was recorded')
  }
  return frames
}
