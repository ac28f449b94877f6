import type { RecorderMetadata } from '../../metadata/recorder-metadata.js'
import type { AudioReader, AudioWarning } from '../audio-reader.js'
import type { ReadSource } from '../read-source.js'
import type { PcmFormat } from './pcm-format.js'
import { readPcmSamples } from './read-pcm-samples.js'

/** Where a container's samples lie, and what it said about them. */
export interface PcmContent {
  /** The container's name: wav, w64, aiff. */
  container: string
  format: PcmFormat
  /** Of the first sample in the file, bytes. */
  position: number
  /** Samples per channel that are there. */
  frames: number
  metadata: RecorderMetadata
  warnings: AudioWarning[]
}

/** The reader of any container of plain samples, once its own chunks have been understood. */
export function pcmReader(source: ReadSource, content: PcmContent): AudioReader {
  const { container, format, position, frames, metadata, warnings } = content
  const { codec, sampleRateHz, channels, bitsPerSample } = format
  return {
    header: {
      format: container,
      codec,
      sampleRateHz,
      channels,
      bitsPerSample,
      frames,
      durationS: frames / sampleRateHz,
    },
    metadata,
    warnings,
    samples: () => readPcmSamples(source, format, position, frames, warnings),
    close: () => source.file.close(),
    [Symbol.asyncDispose]: async () => source.file.close(),
  }
}
