import { AudioError } from '../../audio-error.js'
import type { ByteFile } from '../byte-file.js'
import type { RiffChunk } from './riff-chunks.js'

const maxChunks = 4096
/** The last 12 bytes of the GUIDs of `fmt `, `data`, `fact`; the first four are the characters of the name. */
const guidTail = 'f3acd3118cd100c04f8edb8a'

/**
 * List the chunks of Sony Wave64: a GUID of 16 bytes, a size of 8 that counts these 24, aligned to 8.
 * Source: VCS Aktiengesellschaft, "Sony Wave64 file format". Errors: AUDIO_TRUNCATED_HEADER.
 */
export function listW64Chunks(file: ByteFile, offset: number): RiffChunk[] {
  if (file.sizeBytes < offset + 40) {
    throw new AudioError('AUDIO_TRUNCATED_HEADER', `the file ends after ${file.sizeBytes} bytes, inside its W64 header`)
  }
  const chunks: RiffChunk[] = []
  let position = offset + 40
  while (position + 24 <= file.sizeBytes && chunks.length < maxChunks) {
    const head = file.read(position, 24)
    const size = Number(head.readBigUInt64LE(16))
    const known = head.toString('hex', 4, 16) === guidTail
    const id = known ? head.toString('latin1', 0, 4) : '?'
    chunks.push({ id, position: position + 24, claimedBytes: Math.max(0, size - 24) })
    // A streamed header, as in RIFF; nothing else is so small.
    if (size < 24 || (id === 'data' && size === 24 && !isChunk(file, position + 24))) break
    position += Math.ceil(size / 8) * 8
  }
  return chunks
}

function isChunk(file: ByteFile, position: number): boolean {
  return file.read(position, 16).toString('hex', 4) === guidTail
}
