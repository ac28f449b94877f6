import { AudioError } from '../audio-error.js'
import { openAiff } from './aiff/open-aiff.js'
import { findTimeConflicts } from '../metadata/find-conflicts.js'
import type { AudioReader, ChannelChoice } from './audio-reader.js'
import { type ByteFile, openByteFile } from './byte-file.js'
import { otherContentError } from './name-other-content.js'
import { isRealStream, sniffBehindDamage } from './sniff-behind-damage.js'
import type { ReadSource } from './read-source.js'
import { type ForeignFormat, type KnownFormat, type SniffedFormat, sniffFormat } from './sniff-format.js'
import { openWav } from './wav/open-wav.js'

export interface OpenAudioOptions {
  /** Default: 'mix', the mean of all channels. */
  channel?: ChannelChoice
  /** The name that carries a date, when the path is a temporary one. Default: the path's last part. */
  fileName?: string
}

/**
 * Open a recording, whatever its name says: WAV (RIFF, RF64, BW64, RIFX), Wave64, AIFF, FLAC, MP3, Ogg Vorbis
 * and Opus are read in process and in bounded memory, other known formats through ffmpeg where it is installed.
 * Errors: AUDIO_IO, AUDIO_EMPTY, AUDIO_NOT_AUDIO, AUDIO_UNSUPPORTED, AUDIO_TRUNCATED_HEADER, AUDIO_BAD_HEADER,
 * AUDIO_NO_CHANNEL; while reading also AUDIO_NO_SAMPLES, AUDIO_DAMAGED, AUDIO_NON_FINITE.
 */
export async function openAudio(path: string, options: OpenAudioOptions = {}): Promise<AudioReader> {
  const reader = await openByContent(path, options)
  const { metadata, warnings } = reader
  const conflicts = findTimeConflicts(metadata.claims)
  if (conflicts.length > 0) metadata.conflicts = [...(metadata.conflicts ?? []), ...conflicts]
  if (metadata.device.triggered === true && leavesPeriodsOut(metadata.device.model, options.fileName ?? path)) {
    warnings.push({
      code: 'AUDIO_TRIGGERED',
      message:
        "recorded on a trigger: quiet periods are left out, so times within the file are uncertain; expand it with AudioMoth's configuration app to have them back",
    })
  }
  const { timeExpansion } = metadata.device
  if (timeExpansion !== undefined) {
    warnings.push({
      code: 'AUDIO_TIME_EXPANDED',
      message: `slowed down ${timeExpansion} times by the recorder: times and frequencies are those of the file, not of the sound`,
    })
  }
  return reader
}

/** AudioMoths leave quiet periods out of a triggered file; others begin one for each call, whose times are right. */
function leavesPeriodsOut(model: string | undefined, fileName: string): boolean {
  return model === 'AudioMoth' || /\d{8}_\d{6}T\.\w+$/.test(fileName)
}

async function openByContent(path: string, options: OpenAudioOptions): Promise<AudioReader> {
  const file = openByteFile(path)
  try {
    const source = { file, fileName: options.fileName ?? path, channel: options.channel ?? 'mix' }
    const { name, offset } = sniffBehindTags(file)
    if (name === null || isTakenForAudio(file, name, offset)) throw otherContentError(file)
    return await openSniffed(source, name, offset)
  } catch (error) {
    file.close()
    throw error
  }
}

async function openSniffed(
  source: ReadSource,
  name: KnownFormat | ForeignFormat,
  offset: number,
): Promise<AudioReader> {
  try {
    if (typeof name !== 'string') return await openForeign(source, name)
    return await openKnown(source, name, offset).catch(async (error: unknown) => {
      // A container of ours with a coding that is not.
      if (!(error instanceof AudioError) || error.code !== 'AUDIO_UNSUPPORTED') throw error
      const { openWithFfmpeg } = await import('./ffmpeg/open-with-ffmpeg.js')
      return await openWithFfmpeg(source, { format: name, demuxer: name, name: error.message })
    })
  } catch (error) {
    if (error instanceof AudioError) error.format ??= typeof name === 'string' ? name : name.format
    throw error
  }
}

/** Formats that a few bits announce. */
function isTakenForAudio(file: ByteFile, name: KnownFormat | ForeignFormat, offset: number): boolean {
  const format = typeof name === 'string' ? name : name.format
  return (format === 'mpeg' || format === 'aac') && !isRealStream(file, offset, format)
}

/** Decoders are loaded when a file needs them: a process that reads WAV alone stays small. */
async function openKnown(source: ReadSource, name: KnownFormat, offset: number): Promise<AudioReader> {
  switch (name) {
    case 'wav':
    case 'w64':
      return openWav(source, name, offset)
    case 'aiff':
      return openAiff(source, offset)
    case 'mp3':
      return (await import('./mp3/open-mp3.js')).openMp3(source, offset)
    case 'ogg':
      return (await import('./ogg/open-ogg.js')).openOgg(source, offset)
    case 'flac':
      return (await import('./flac/open-flac.js')).openFlac(source, offset)
  }
}

async function openForeign(source: ReadSource, foreign: ForeignFormat): Promise<AudioReader> {
  const { format, unsupported, demuxer } = foreign
  if (demuxer !== null) {
    const { openWithFfmpeg } = await import('./ffmpeg/open-with-ffmpeg.js')
    return await openWithFfmpeg(source, { format, demuxer, name: unsupported })
  }
  throw new AudioError(
    'AUDIO_UNSUPPORTED',
    `${unsupported} is not read: convert it to WAV or FLAC${format === 'wac' ? " with the program of the recorder's maker" : ''}`,
  )
}

function sniffBehindTags(file: ByteFile): SniffedFormat {
  let offset = 0
  // Few files carry more than one ID3v2 tag in front; a bound keeps a crafted chain of tags from costing time.
  for (let tags = 0; tags < 8; tags += 1) {
    const sniffed = sniffFormat(file.read(offset, 128))
    if (sniffed.name !== null) return { name: sniffed.name, offset }
    if (sniffed.offset === 0) return sniffBehindDamage(file, offset)
    // A tag that claims more than is there.
    if (offset + sniffed.offset >= file.sizeBytes) return sniffBehindDamage(file, offset + 10)
    offset += sniffed.offset
  }
  return { name: null, offset }
}
