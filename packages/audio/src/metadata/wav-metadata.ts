import type { ByteFile } from '../read/byte-file.js'
import type { RiffChunk } from '../read/wav/riff-chunks.js'
import { parseBext } from './bext.js'
import { parseIsoClaim } from './civil-time.js'
import { readFileName } from './file-name-claim.js'
import { parseGuano } from './guano.js'
import { id3Texts } from './id3-texts.js'
import { emptyMetadata, mergeMetadata, type RecorderMetadata } from './recorder-metadata.js'
import { parseRecorderText } from './recorder-text.js'
import { parseRiffInfo } from './riff-info.js'
import { parseWamd } from './wamd.js'

/** Recorders write some hundred bytes; what is longer is cut. */
const maxChunkBytes = 1 << 18

/**
 * All that a WAV file's chunks and its name say about recorder and start, most trusted first. endian: of the numbers in
 * its chunks; `be` in RIFX.
 */
export function wavMetadata(
  file: ByteFile,
  chunks: RiffChunk[],
  fileName: string,
  endian: 'le' | 'be' = 'le',
): RecorderMetadata {
  const metadata = emptyMetadata()
  let created: string | undefined
  for (const chunk of ofId(chunks, 'LIST')) {
    const info = parseRiffInfo(content(file, chunk), endian)
    created ??= info.get('ICRD')
    mergeMetadata(metadata, parseRecorderText(info.get('ICMT') ?? ''))
    mergeMetadata(metadata, artist(info.get('IART')))
  }
  // A tag repeats what INFO says, where there is one.
  if (metadata.claims.length === 0)
    for (const chunk of ofId(chunks, 'id3 ', 'ID3 ')) mergeTag(metadata, content(file, chunk))
  for (const chunk of ofId(chunks, 'guan')) {
    mergeMetadata(metadata, parseGuano(content(file, chunk).toString('utf8')))
  }
  for (const chunk of ofId(chunks, 'wamd')) mergeMetadata(metadata, parseWamd(content(file, chunk)))
  for (const chunk of ofId(chunks, 'bext')) mergeMetadata(metadata, parseBext(content(file, chunk)))
  mergeMetadata(metadata, readFileName(fileName))
  if (metadata.claims.length === 0) mergeMetadata(metadata, creation(created))
  return metadata
}

/** Handheld recorders write it, and so do programs when they save: the last resort. */
function creation(text: string | undefined): RecorderMetadata | null {
  const stamp = parseIsoClaim(text ?? '')
  return stamp === null ? null : { claims: [{ source: 'info', ...stamp, confidence: 0.2 }], device: {} }
}

/** AudioMoth names itself as the artist. */
function artist(text: string | undefined): RecorderMetadata | null {
  const serial = /^AudioMoth ([0-9A-F]{16})$/i.exec(text ?? '')
  return serial === null ? null : { claims: [], device: { model: 'AudioMoth', recorderId: serial[1]!.toUpperCase() } }
}

function mergeTag(metadata: RecorderMetadata, tag: Buffer): void {
  for (const { frame, text } of id3Texts(tag)) {
    mergeMetadata(metadata, frame === 'TPE1' ? artist(text) : parseRecorderText(text))
  }
}

function* ofId(chunks: RiffChunk[], ...ids: string[]): Generator<RiffChunk> {
  let seen = 0
  for (const chunk of chunks) {
    if (!ids.includes(chunk.id) || seen >= 8) continue
    seen += 1
    yield chunk
  }
}

function content(file: ByteFile, chunk: RiffChunk): Buffer {
  return file.read(chunk.position, Math.min(chunk.claimedBytes, maxChunkBytes))
}
