import { AudioError } from '../../audio-error.js'
import { aiffMetadata } from '../../metadata/aiff-metadata.js'
import type { AudioReader, AudioWarning } from '../audio-reader.js'
import type { ByteFile } from '../byte-file.js'
import { pcmReader } from '../pcm/pcm-reader.js'
import { tellSamples } from '../tell-amount.js'
import { checkChannel, type ReadSource } from '../read-source.js'
import type { RiffChunk } from '../wav/riff-chunks.js'
import { listAiffChunks } from './aiff-chunks.js'
import { type AiffFormat, parseAiffFormat } from './aiff-format.js'

/** Open AIFF or AIFF-C at `offset`. Errors as openAudio. */
export function openAiff(source: ReadSource, offset: number): AudioReader {
  const { file } = source
  const chunks = listAiffChunks(file, offset)
  const comm = chunks.find((chunk) => chunk.id === 'COMM')
  const sound = chunks.find((chunk) => chunk.id === 'SSND')
  if (comm === undefined) {
    throw new AudioError('AUDIO_BAD_HEADER', 'the AIFF file has no COMM chunk: it is cut off or damaged')
  }
  const compressed = file.read(offset + 8, 4).toString('latin1') === 'AIFC'
  const format = parseAiffFormat(file.read(comm.position, Math.min(comm.claimedBytes, 64)), compressed)
  if (sound === undefined) {
    throw new AudioError('AUDIO_NO_SAMPLES', 'the AIFF file has no SSND chunk: the recording was cut off in its header')
  }
  checkChannel(source.channel, format.channels)
  const warnings: AudioWarning[] = []
  const { position, frames } = soundRange(file, sound, format, warnings)
  const metadata = aiffMetadata(file, chunks, source.fileName)
  return pcmReader(source, { container: 'aiff', format, position, frames, metadata, warnings })
}

/** SSND begins with the offset of the first sample and a block size, 4 bytes each. */
function soundRange(
  file: ByteFile,
  sound: RiffChunk,
  format: AiffFormat,
  warnings: AudioWarning[],
): { position: number; frames: number } {
  const head = file.read(sound.position, 8)
  const skip = head.length === 8 ? head.readUInt32BE(0) : 0
  const position = sound.position + 8 + (skip <= sound.claimedBytes ? skip : 0)
  const frameBytes = format.bytesPerSample * format.channels
  const present = Math.floor(Math.max(0, file.sizeBytes - position) / frameBytes)
  const inChunk = Math.floor(Math.max(0, sound.position + sound.claimedBytes - position) / frameBytes)
  // A writer that streams, or lost its battery, leaves 0 here, and in COMM too or what it planned.
  const unknown = present > 0 && sound.claimedBytes <= 8
  const claimed = unknown ? format.claimedFrames || present : Math.min(format.claimedFrames, inChunk)
  if (unknown) {
    warnings.push({
      code: 'AUDIO_SIZE_UNKNOWN',
      message: `the SSND chunk claims no bytes; the ${Math.min(claimed, present)} frames behind it are used`,
    })
  } else if (format.claimedFrames > Math.min(inChunk, present)) {
    warnings.push({
      code: 'AUDIO_TRUNCATED',
      message: `the header claims ${tellSamples(format.claimedFrames, format.sampleRateHz)}; the file ends after ${tellSamples(Math.min(inChunk, present), format.sampleRateHz)}, which are used`,
    })
  }
  const frames = Math.min(claimed, present)
  if (frames === 0) {
    throw new AudioError('AUDIO_NO_SAMPLES', 'the AIFF header is right but no sample follows: nothing was recorded')
  }
  return { position, frames }
}
