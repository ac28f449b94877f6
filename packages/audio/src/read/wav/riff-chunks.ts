import { AudioError } from '../../audio-error.js'
import type { ByteFile } from '../byte-file.js'

/** A chunk of a RIFF file: where its content begins, and how much the header claims. */
export interface RiffChunk {
  id: string
  /** Byte position of the content. */
  position: number
  /** Bytes claimed; may reach beyond the file. */
  claimedBytes: number
}

/** No recorder writes more; a crafted file may hold millions of empty chunks. */
const maxChunks = 4096

/**
 * List the chunks of RIFF, RF64, BW64 or RIFX (whose numbers are big-endian). Chunks are padded to even positions, but odd unpadded ones exist (AudioMoth's
 * `guan` chunk): the reading at which a plausible chunk begins wins. A `data` chunk of size 0xFFFFFFFF takes its size
 * from `ds64` (EBU Tech 3306); one that is empty or reaches beyond the file, and has no plausible chunk behind it, ends
 * the list. offset: where "RIFF" stands. Errors: AUDIO_TRUNCATED_HEADER.
 */
export function listRiffChunks(file: ByteFile, offset: number): RiffChunk[] {
  if (file.sizeBytes < offset + 12) {
    throw new AudioError(
      'AUDIO_TRUNCATED_HEADER',
      `the file ends after ${file.sizeBytes} bytes, inside its RIFF header`,
    )
  }
  const endian = file.read(offset, 4).toString('latin1') === 'RIFX' ? 'be' : 'le'
  const chunks: RiffChunk[] = []
  const wide = new Map<string, number>()
  let position = offset + 12
  while (position + 8 <= file.sizeBytes && chunks.length < maxChunks) {
    const head = file.read(position, 8)
    const id = head.toString('latin1', 0, 4)
    let claimedBytes = sizeAt(head, endian)
    if (claimedBytes === 0xffffffff && wide.has(id)) claimedBytes = wide.get(id)!
    chunks.push({ id, position: position + 8, claimedBytes })
    if (id === 'ds64') readWideSizes(file.read(position + 8, Math.min(claimedBytes, 4096)), wide)
    // A streamed header: the writer never came back to fill in the size.
    if (id === 'data' && claimedBytes === 0 && !isPlausibleChunk(file, position + 8, endian)) break
    const end = position + 8 + claimedBytes
    position = end
    if (end % 2 !== offset % 2 && (isPlausibleChunk(file, end + 1, endian) || !isPlausibleChunk(file, end, endian)))
      position = end + 1
  }
  return chunks
}

/** Sizes of `ds64`: riff 8 bytes, data 8, samples 8, table length 4, then rows of id 4 and size 8. */
function readWideSizes(bytes: Buffer, wide: Map<string, number>): void {
  if (bytes.length < 24) return
  wide.set('data', Number(bytes.readBigUInt64LE(8)))
  if (bytes.length < 28) return
  const rows = Math.min(bytes.readUInt32LE(24), Math.floor((bytes.length - 28) / 12))
  for (let row = 0; row < rows; row += 1) {
    const at = 28 + row * 12
    wide.set(bytes.toString('latin1', at, at + 4), Number(bytes.readBigUInt64LE(at + 4)))
  }
}

/** Whether four printable characters and a size that fits stand here. */
function isPlausibleChunk(file: ByteFile, position: number, endian: 'le' | 'be'): boolean {
  if (position + 8 > file.sizeBytes) return false
  const head = file.read(position, 8)
  for (let index = 0; index < 4; index += 1) if (head[index]! < 0x20 || head[index]! > 0x7e) return false
  return position + 8 + sizeAt(head, endian) <= file.sizeBytes
}

function sizeAt(head: Buffer, endian: 'le' | 'be'): number {
  return endian === 'le' ? head.readUInt32LE(4) : head.readUInt32BE(4)
}
