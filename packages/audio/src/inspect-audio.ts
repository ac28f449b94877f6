import type { RecorderMetadata } from './metadata/recorder-metadata.js'
import type { AudioHeader, AudioWarning } from './read/audio-reader.js'
import { openAudio } from './read/open-audio.js'

export interface InspectedAudio {
  header: AudioHeader
  metadata: RecorderMetadata
  warnings: AudioWarning[]
}

/**
 * The cheap checks alone: size, format, header, claimed length against the file's size, recorder metadata. Nothing is
 * decoded. fileName: the recording's own name. Errors: as openAudio.
 */
export async function inspectAudio(path: string, fileName: string): Promise<InspectedAudio> {
  await using reader = await openAudio(path, { fileName })
  return { header: reader.header, metadata: reader.metadata, warnings: reader.warnings }
}
