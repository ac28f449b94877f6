import type { ByteFile } from '../read/byte-file.js'
import type { RiffChunk } from '../read/wav/riff-chunks.js'
import { readFileName } from './file-name-claim.js'
import { emptyMetadata, mergeMetadata, type RecorderMetadata } from './recorder-metadata.js'
import { parseRecorderText } from './recorder-text.js'

/** Texts, comments and tags; converters keep a WAV's comment in one of them. */
const textChunks = new Set(['ANNO', 'COMT', 'NAME', 'AUTH', 'ID3 ', 'id3 '])
const maxTexts = 16
const maxChunkBytes = 1 << 16

/** All that an AIFF file's texts and its name say about recorder and start. */
export function aiffMetadata(file: ByteFile, chunks: RiffChunk[], fileName: string): RecorderMetadata {
  const metadata = emptyMetadata()
  for (const chunk of chunks.filter(({ id }) => textChunks.has(id)).slice(0, maxTexts)) {
    const bytes = file.read(chunk.position, Math.min(chunk.claimedBytes, maxChunkBytes))
    mergeMetadata(metadata, parseRecorderText(bytes.toString('utf8').replaceAll('\0', '')))
  }
  mergeMetadata(metadata, readFileName(fileName))
  return metadata
}
