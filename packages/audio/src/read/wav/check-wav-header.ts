import { AudioError } from '../../audio-error.js'
import type { AudioWarning } from '../audio-reader.js'
import type { ByteFile } from '../byte-file.js'
import type { PcmFormat } from '../pcm/pcm-format.js'
import { tellSamples } from '../tell-amount.js'
import type { RiffChunk } from './riff-chunks.js'

/** Throws where there is no whole fmt chunk, saying whether the file ends before, or what stands there is no chunk. */
export function requireHeader(
  file: ByteFile,
  fmt: RiffChunk | undefined,
  data: RiffChunk | undefined,
  chunks: RiffChunk[],
): asserts fmt is RiffChunk {
  const { sizeBytes } = file
  if (fmt !== undefined && fmt.position + Math.min(16, fmt.claimedBytes) <= sizeBytes) return
  if (fmt !== undefined || (data === undefined && sizeBytes < 64)) {
    throw new AudioError('AUDIO_TRUNCATED_HEADER', `the file ends after ${sizeBytes} bytes, inside its WAV header`)
  }
  const [first] = chunks
  const where = first === undefined ? '' : ` (a chunk "${printable(first.id)}" at byte ${first.position - 8})`
  throw new AudioError(
    'AUDIO_BAD_HEADER',
    `the WAV file has no fmt chunk, which tells rate and channels${where}: its header is damaged`,
  )
}

/** The error for a file without samples: cut off before them, or damaged. */
export function noData(file: ByteFile, chunks: RiffChunk[]): AudioError {
  const last = chunks.at(-1)
  const { sizeBytes } = file
  if (last !== undefined && last.position + last.claimedBytes > sizeBytes && sizeBytes - last.position > 512) {
    return new AudioError(
      'AUDIO_BAD_HEADER',
      `the chunk "${printable(last.id)}" at byte ${last.position - 8} claims ${last.claimedBytes} bytes and the file has ` +
        `${sizeBytes}: no data chunk was found behind it, the header is damaged`,
    )
  }
  return new AudioError(
    'AUDIO_NO_SAMPLES',
    `the WAV file has no data chunk: it ends after ${sizeBytes} bytes, before the first sample`,
  )
}

const printable = (id: string): string => id.replaceAll(/[^ -~]/g, '?')

/** What a fmt chunk says twice, and differently: one of both is damaged, and pitch and length may be wrong. */
export function warnOfFormat(
  file: ByteFile,
  fmt: RiffChunk,
  { sampleRateHz, channels, bytesPerSample }: PcmFormat,
  endian: 'le' | 'be',
  warnings: AudioWarning[],
): void {
  const bytes = file.read(fmt.position, 16)
  const bytesPerS = endian === 'le' ? bytes.readUInt32LE(8) : bytes.readUInt32BE(8)
  const expected = sampleRateHz * channels * bytesPerSample
  // Writers leave it 0, or count a little less or more; half or twice of it is another rate.
  if (bytesPerS === 0 || Math.abs(bytesPerS - expected) < expected / 4) return
  warnings.push({
    code: 'AUDIO_HEADER_MISMATCH',
    message:
      `the fmt chunk claims ${sampleRateHz} Hz, ${channels} ${channels === 1 ? 'channel' : 'channels'}, ${bytesPerSample * 8} bits, and ${bytesPerS} bytes a ` +
      `second, where these take ${expected}: the first are used; pitch and length may be wrong`,
  })
}

/** Sound that is left aside, and a header of which only a part was believed. */
export function warnOfChunks(chunks: RiffChunk[], data: RiffChunk, format: PcmFormat, warnings: AudioWarning[]): void {
  const broken = chunks[chunks.indexOf(data) - 1]
  if (broken?.overclaimedBytes !== undefined) {
    warnings.push({
      code: 'AUDIO_IMPOSSIBLE_LENGTH',
      message:
        `the chunk "${printable(broken.id)}" at byte ${broken.position - 8} claims ${broken.overclaimedBytes} bytes, more than the ` +
        `file has; the data chunk at byte ${data.position - 8} was found behind it`,
    })
  }
  for (const { id, position, claimedBytes } of chunks) {
    if (id !== 'data' || position === data.position) continue
    const frames = Math.floor(claimedBytes / (format.bytesPerSample * format.channels))
    warnings.push({
      code: 'AUDIO_MORE_DATA',
      message: `a second data chunk at byte ${position - 8} (${tellSamples(frames, format.sampleRateHz)}) is not used`,
    })
  }
}
