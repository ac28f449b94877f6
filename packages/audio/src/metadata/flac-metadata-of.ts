import { readFileName } from './file-name-claim.js'
import { mergeMetadata, type RecorderMetadata } from './recorder-metadata.js'
import { parseVorbisComments, vorbisMetadata } from './vorbis-comments.js'

/** All that a FLAC file's comments and its name say. comments: contents of VORBIS_COMMENT blocks. */
export function flacMetadataOf(comments: Buffer[], fileName: string): RecorderMetadata {
  const fields = new Map<string, string[]>()
  for (const block of comments.slice(0, 8)) {
    for (const [name, values] of parseVorbisComments(block)) fields.set(name, [...(fields.get(name) ?? []), ...values])
  }
  const metadata = vorbisMetadata(fields)
  mergeMetadata(metadata, readFileName(fileName))
  return metadata
}
