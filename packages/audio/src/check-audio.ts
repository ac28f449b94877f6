import { basename } from 'node:path'
import { AudioError } from './audio-error.js'
import { readFileName } from './metadata/file-name-claim.js'
import { findTimeConflicts } from './metadata/find-conflicts.js'
import type { RecorderMetadata } from './metadata/recorder-metadata.js'
import { resolveStart, type ResolvedStart } from './metadata/resolve-start.js'
import type { AudioHeader, AudioWarning, ChannelChoice } from './read/audio-reader.js'
import { openAudio } from './read/open-audio.js'
import { pumpSamples } from './read/pump-samples.js'

/** What Coro would do with a file: use it, use it and say what is odd, or refuse it. */
export interface CheckedAudio {
  verdict: 'ok' | 'warn' | 'reject'
  /** Of the refusal, or of the first warning. */
  code: string | null
  message: string | null
  warnings: AudioWarning[]
  /** Told by the first bytes; null where they do not tell it. */
  format: string | null
  /** Null where it could not be read. */
  header: AudioHeader | null
  /** Of what can be decoded. */
  durationS: number | null
  start: ResolvedStart
  /** Of a file that could not be opened, what its name says. */
  metadata: RecorderMetadata
}

export interface CheckOptions {
  /** IANA name of the zone for times without an offset. */
  timeZone?: string
  /** Default: 'mix'. */
  channel?: ChannelChoice
  signal?: AbortSignal
}

/**
 * Take a file through the gate against damage, header and sound, and through nothing else. Never rejects for what is
 * wrong with the file. Errors: AUDIO_ABORTED; AUDIO_IO where it cannot be opened is a refusal too.
 */
export async function checkAudio(path: string, options: CheckOptions = {}): Promise<CheckedAudio> {
  const zone = options.timeZone === undefined ? {} : { timeZone: options.timeZone }
  let header: AudioHeader | null = null
  let metadata = readFileName(basename(path))
  try {
    await using reader = await openAudio(path, options.channel === undefined ? {} : { channel: options.channel })
    header = reader.header
    metadata = reader.metadata
    const frames = await pumpSamples(reader, () => undefined, { signal: options.signal })
    const { warnings } = reader
    return {
      verdict: warnings.length === 0 ? 'ok' : 'warn',
      code: warnings[0]?.code ?? null,
      message: warnings.length === 0 ? null : warnings.map((warning) => warning.message).join('; '),
      warnings,
      format: header.format,
      header,
      durationS: frames / header.sampleRateHz,
      start: resolveStart(metadata.claims, zone),
      metadata: inZone(metadata, options.timeZone),
    }
  } catch (error) {
    if (!(error instanceof AudioError) || error.code === 'AUDIO_ABORTED') throw error
    return {
      verdict: 'reject',
      code: error.code,
      message: error.message,
      warnings: [],
      format: header?.format ?? error.format ?? null,
      header,
      durationS: null,
      start: resolveStart(metadata.claims, zone),
      metadata: inZone(metadata, options.timeZone),
    }
  }
}

/** Conflicts of times again, now that the zone of the place is known. */
function inZone(metadata: RecorderMetadata, timeZone: string | undefined): RecorderMetadata {
  const others = (metadata.conflicts ?? []).filter(({ kind }) => kind !== 'time')
  return { ...metadata, conflicts: [...others, ...findTimeConflicts(metadata.claims, timeZone)] }
}
