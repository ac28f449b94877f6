import type { ByteFile } from '../byte-file.js'
import { type OggPage, parseOggPage } from './ogg-pages.js'

/** Two of the longest pages. */
const tailBytes = 1 << 17
const maxTries = 64

/**
 * The last page that states a position, of any stream or of one: the sound's length, found without decoding, and whether
 * the stream has its end. Null where none stands in the file's last 128 KiB.
 */
export function lastOggPage(file: ByteFile, serial: number | null): OggPage | null {
  const tail = file.read(Math.max(0, file.sizeBytes - tailBytes), tailBytes)
  for (let at = tail.lastIndexOf('OggS', undefined, 'latin1'), tries = 0; at >= 0 && tries < maxTries; tries += 1) {
    const page = parseOggPage(tail.subarray(at))?.page
    if (page !== undefined && (serial === null || page.serial === serial) && page.granule !== null) return page
    if (at === 0) break
    at = tail.lastIndexOf('OggS', at - 1, 'latin1')
  }
  return null
}
