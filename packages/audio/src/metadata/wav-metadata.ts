import type { ByteFile } from '../read/byte-file.js'
import type { RiffChunk } from '../read/wav/riff-chunks.js'
import { parseBext } from './bext.js'
import { readFileName } from './file-name-claim.js'
import { parseGuano } from './guano.js'
import { emptyMetadata, mergeMetadata, type RecorderMetadata } from './recorder-metadata.js'
import { parseRecorderText } from './recorder-text.js'
import { parseRiffInfo } from './riff-info.js'
import { parseWamd } from './wamd.js'

/** Recorders write some hundred bytes; what is longer is cut. */
const maxChunkBytes = 1 << 18

/** All that a WAV file's chunks and its name say about recorder and start, most trusted first. */
export function wavMetadata(file: ByteFile, chunks: RiffChunk[], fileName: string): RecorderMetadata {
  const metadata = emptyMetadata()
  for (const chunk of ofId(chunks, 'LIST')) {
    const info = parseRiffInfo(content(file, chunk))
    mergeMetadata(metadata, parseRecorderText(info.get('ICMT') ?? ''))
    const artist = /^AudioMoth ([0-9A-F]{16})$/i.exec(info.get('IART') ?? '')
    if (artist !== null) {
      mergeMetadata(metadata, { claims: [], device: { model: 'AudioMoth', recorderId: artist[1]!.toUpperCase() } })
    }
  }
  for (const chunk of ofId(chunks, 'guan')) {
    mergeMetadata(metadata, parseGuano(content(file, chunk).toString('utf8')))
  }
  for (const chunk of ofId(chunks, 'wamd')) mergeMetadata(metadata, parseWamd(content(file, chunk)))
  for (const chunk of ofId(chunks, 'bext')) mergeMetadata(metadata, parseBext(content(file, chunk)))
  mergeMetadata(metadata, readFileName(fileName))
  return metadata
}

function* ofId(chunks: RiffChunk[], id: string): Generator<RiffChunk> {
  let seen = 0
  for (const chunk of chunks) {
    if (chunk.id !== id || seen >= 8) continue
    seen += 1
    yield chunk
  }
}

function content(file: ByteFile, chunk: RiffChunk): Buffer {
  return file.read(chunk.position, Math.min(chunk.claimedBytes, maxChunkBytes))
}
