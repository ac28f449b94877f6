import { AudioError } from '../../audio-error.js'
import type { ByteFile } from '../byte-file.js'
import type { RiffChunk } from '../wav/riff-chunks.js'

const maxChunks = 4096

/**
 * List the chunks of AIFF or AIFF-C: id, size (big-endian), content padded to even (Apple, Audio Interchange File
 * Format 1.3, "File structure"). offset: where "FORM" stands. Errors: AUDIO_TRUNCATED_HEADER.
 */
export function listAiffChunks(file: ByteFile, offset: number): RiffChunk[] {
  if (file.sizeBytes < offset + 20) {
    throw new AudioError(
      'AUDIO_TRUNCATED_HEADER',
      `the file ends after ${file.sizeBytes} bytes, inside its AIFF header`,
    )
  }
  const chunks: RiffChunk[] = []
  let position = offset + 12
  while (position + 8 <= file.sizeBytes && chunks.length < maxChunks) {
    const head = file.read(position, 8)
    const claimedBytes = head.readUInt32BE(4)
    chunks.push({ id: head.toString('latin1', 0, 4), position: position + 8, claimedBytes })
    position += 8 + claimedBytes + (claimedBytes % 2)
  }
  return chunks
}
