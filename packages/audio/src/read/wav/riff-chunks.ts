import { AudioError } from '../../audio-error.js'
import type { ByteFile } from '../byte-file.js'

/** A chunk of a RIFF file: where its content begins, and how much the header claims. */
export interface RiffChunk {
  id: string
  /** Byte position of the content. */
  position: number
  /** Bytes claimed; may reach beyond the file. */
  claimedBytes: number
  /** What the header really says, where claimedBytes was found to be more than that. */
  headerBytes?: number
  /** What the header really says, where that reaches beyond the file and the samples were found behind all the same. */
  overclaimedBytes?: number
}

/** No recorder writes more; a crafted file may hold millions of empty chunks. */
const maxChunks = 4096

/**
 * List the chunks of RIFF, RF64, BW64 or RIFX (whose numbers are big-endian). Chunks are padded to even positions, but
 * odd unpadded ones exist (AudioMoth's `guan` chunk): the reading at which a plausible chunk begins wins. A `data` chunk
 * of size 0xFFFFFFFF takes its size from `ds64` (EBU Tech 3306); one that is empty or reaches beyond the file, and has no
 * plausible chunk behind it, ends the list. offset: where "RIFF" stands. Errors: AUDIO_TRUNCATED_HEADER.
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
    const headerBytes = claimedBytes
    if (id === 'data') claimedBytes = unwrapped(file, position + 8, claimedBytes, endian)
    if (id === 'data') claimedBytes = unfinished(file, position + 8, claimedBytes, endian)
    const corrected = claimedBytes === headerBytes ? {} : { headerBytes }
    chunks.push({ id, position: position + 8, claimedBytes, ...corrected })
    if (id === 'ds64') readWideSizes(file.read(position + 8, Math.min(claimedBytes, 4096)), wide)
    // A streamed header: the writer never came back to fill in the size.
    if (id === 'data' && claimedBytes === 0 && !isPlausibleChunk(file, position + 8, endian)) break
    let end = position + 8 + claimedBytes
    if (id !== 'data' && end > file.sizeBytes && !chunks.some((chunk) => chunk.id === 'data')) {
      const found = findData(file, position + 8, endian)
      if (found !== null) {
        chunks[chunks.length - 1] = {
          id,
          position: position + 8,
          claimedBytes: found - position - 8,
          overclaimedBytes: claimedBytes,
        }
        end = found
      }
    }
    // The most that 32 bits hold, and more behind it that is no chunk: samples beyond 4 GiB.
    if (id === 'data' && isMost(claimedBytes) && end < file.sizeBytes && !isTrailingChunk(file, end, endian)) break
    position = end
    if (end % 2 !== offset % 2 && (beginsChunk(file, end + 1, endian) || !beginsChunk(file, end, endian)))
      position = end + 1
  }
  return chunks
}

/** So far behind a chunk whose size is damaged its samples are looked for. */
const searchedBytes = 1 << 16

/** Where a data chunk begins whose size is that of the rest of the file, or fits into it; null where none does. */
function findData(file: ByteFile, from: number, endian: 'le' | 'be'): number | null {
  const bytes = file.read(from, searchedBytes)
  for (let at = bytes.indexOf('data', 0, 'latin1'); at >= 0; at = bytes.indexOf('data', at + 1, 'latin1')) {
    const head = bytes.subarray(at, at + 8)
    if (head.length < 8) return null
    const claimed = sizeAt(head, endian)
    if (claimed > 0 && from + at + 8 + claimed <= file.sizeBytes) return from + at
  }
  return null
}

/** Chunks that stand behind the samples in recorders' files. */
const trailingChunks = new Set(['LIST', 'guan', 'wamd', 'bext', 'iXML', 'id3 ', 'ID3 ', 'cue ', '_PMX', 'JUNK', 'FLLR'])

/**
 * A recorder that writes beyond 4 GiB into a plain WAV file counts in 32 bits and begins again at 0: the size that ends at
 * the end of the file, or at a chunk that stands behind samples, is believed instead.
 */
function unwrapped(file: ByteFile, position: number, claimedBytes: number, endian: 'le' | 'be'): number {
  const turn = 2 ** 32
  if (isMost(claimedBytes)) return claimedBytes
  for (let bytes = claimedBytes + turn; position + bytes <= file.sizeBytes; bytes += turn) {
    if (file.sizeBytes - position - bytes <= 1 || isTrailingChunk(file, position + bytes, endian)) return bytes
  }
  return claimedBytes
}

/** What follows samples and is shorter than this is a tag or a rest, whatever it holds. */
const leastSound = 4096

/**
 * A recorder that loses its power leaves the size that it wrote last: 44 bytes of a header that was never finished
 * (Frontier Labs, known problem FL011), or what there was when it last looked. All that follows is sound, unless it
 * begins like a chunk or a tag, or with zeros, which fill up a file that was reserved.
 */
function unfinished(file: ByteFile, position: number, claimedBytes: number, endian: 'le' | 'be'): number {
  const end = position + claimedBytes
  if (claimedBytes === 0 || isMost(claimedBytes) || file.sizeBytes - end < leastSound) return claimedBytes
  for (const at of [end, end + 1]) {
    const id = file.read(at, 4).toString('latin1')
    if (trailingChunks.has(id) || isPlausibleChunk(file, at, endian)) return claimedBytes
    if (/^(?:TAG|ID3|APET|LYRI)/.test(id)) return claimedBytes
  }
  const isPadding = file.read(end, leastSound).every((byte) => byte === 0)
  return isPadding ? claimedBytes : file.sizeBytes - position
}

/** What a writer that streams leaves in a size: about the most that 32 bits hold. */
export const isMost = (claimedBytes: number): boolean => claimedBytes >= 0xffffff00 && claimedBytes <= 0xffffffff

/** Whether a chunk that stands behind samples begins at `end` or, padded, one byte later. */
function isTrailingChunk(file: ByteFile, end: number, endian: 'le' | 'be'): boolean {
  return [end, end + 1].some(
    (at) => trailingChunks.has(file.read(at, 4).toString('latin1')) && isPlausibleChunk(file, at, endian),
  )
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

/** Whether a chunk begins here: of samples, which may reach beyond a file that was cut off, or any that fits. */
function beginsChunk(file: ByteFile, position: number, endian: 'le' | 'be'): boolean {
  return file.read(position, 4).toString('latin1') === 'data' || isPlausibleChunk(file, position, endian)
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
