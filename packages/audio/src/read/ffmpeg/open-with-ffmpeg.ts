import { resolve } from 'node:path'
import { readFileName } from '../../metadata/file-name-claim.js'
import { emptyMetadata, mergeMetadata } from '../../metadata/recorder-metadata.js'
import { parseRecorderText } from '../../metadata/recorder-text.js'
import type { AudioHeader, AudioReader, AudioWarning } from '../audio-reader.js'
import { checkChannelCount, checkSampleRate } from '../pcm/pcm-format.js'
import { checkChannel, type ReadSource } from '../read-source.js'
import { decodeWithFfmpeg, mostFramesPerByte } from './decode-with-ffmpeg.js'
import { probeAudio } from './probe-audio.js'

/** What ffmpeg is to read. */
export interface FfmpegContent {
  /** The container's short name, as the header is to say it. */
  format: string
  /** ffmpeg's name for it. */
  demuxer: string
  /** Container or coding, for messages. */
  name: string
}

/**
 * Open a file that none of our readers reads, through ffmpeg in a process of its own. Errors: as probeAudio and
 * openAudio.
 */
export async function openWithFfmpeg(source: ReadSource, content: FfmpegContent): Promise<AudioReader> {
  const { format, demuxer, name } = content
  const path = resolve(source.file.path)
  const probed = await probeAudio(path, demuxer, name)
  const { codec, sampleRateHz, channels, bitsPerSample } = probed
  checkSampleRate(sampleRateHz)
  checkChannelCount(channels)
  checkChannel(source.channel, channels)
  const warnings: AudioWarning[] = []
  let { durationS } = probed
  if (durationS !== null && durationS * sampleRateHz > source.file.sizeBytes * mostFramesPerByte) {
    warnings.push({
      code: 'AUDIO_IMPOSSIBLE_LENGTH',
      message: `the header claims ${Math.round(durationS)} s, more than ${source.file.sizeBytes} bytes can hold`,
    })
    durationS = null
  }
  const frames = durationS === null ? null : Math.round(durationS * sampleRateHz)
  const header: AudioHeader = { format, codec, sampleRateHz, channels, bitsPerSample, frames, durationS }
  const metadata = emptyMetadata()
  for (const text of probed.texts.slice(0, 64)) mergeMetadata(metadata, parseRecorderText(text))
  mergeMetadata(metadata, readFileName(source.fileName))
  return {
    header,
    metadata,
    warnings,
    samples: () => decodeWithFfmpeg({ source, path, demuxer, name, header, warnings }),
    close: () => source.file.close(),
    [Symbol.asyncDispose]: async () => source.file.close(),
  }
}
