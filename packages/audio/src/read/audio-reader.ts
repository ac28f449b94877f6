import type { RecorderMetadata } from '../metadata/recorder-metadata.js'

/** What a file's header says about its sound. */
export interface AudioHeader {
  /** `wav` (RIFF, RF64, BW64, RIFX), `w64`, `aiff`, `flac`, `mp3`, `ogg`; through ffmpeg `mp4`, `asf`, `caf`, ... */
  format: string
  /** ffmpeg's names: pcm_s16le, pcm_alaw, flac, mp3, vorbis, opus, ... */
  codec: string
  sampleRateHz: number
  channels: number
  /** Lossy codings have none: 16. */
  bitsPerSample: number
  /** Samples per channel: those that are there (PCM) or are claimed (the others); null when the file does not say. */
  frames: number | null
  /** frames / sampleRateHz. */
  durationS: number | null
}

/**
 * Something a reader put up with. Codes: AUDIO_TRUNCATED (less data than claimed: what is there is used),
 * AUDIO_SIZE_UNKNOWN (the header gives no size), AUDIO_IMPOSSIBLE_LENGTH (a claimed length that the file cannot hold),
 * AUDIO_CORRUPT_FRAMES (undecodable parts, replaced by silence of the same length), AUDIO_FORMAT_CHANGED (rate,
 * channels or depth change within the file: read up to there), AUDIO_LONGER_THAN_CLAIMED, AUDIO_WRONG_SIZE (the size
 * counts the header in: nothing is missing), AUDIO_NON_FINITE (NaN or infinity replaced by 0), AUDIO_OVER_RANGE (floats
 * beyond +-1, limited), AUDIO_HEADER_MISMATCH (stream header and frames differ: the frames are believed);
 * AUDIO_TRIGGERED (quiet periods are left out), AUDIO_TIME_EXPANDED (slower than it sounded);
 * and of the whole, once it is read: AUDIO_SILENT, AUDIO_CONSTANT, AUDIO_CLIPPED.
 */
export interface AudioWarning {
  code: string
  message: string
}

/** Which sound of a multi-channel file is read: the mean of all channels, or one (0 = the first). */
export type ChannelChoice = 'mix' | number

/** An open recording. Disposable; `samples` may be iterated once. */
export interface AudioReader extends AsyncDisposable {
  readonly header: AudioHeader
  readonly metadata: RecorderMetadata
  /** Grows while `samples` is read. */
  readonly warnings: AudioWarning[]
  /** Mono blocks of at most 65536 samples, finite, -1..1. A block is valid until the next one: copy what you keep. */
  samples(): AsyncIterable<Float32Array>
  close(): void
}
