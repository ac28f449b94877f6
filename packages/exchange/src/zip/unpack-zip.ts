import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { inflateRawSync } from 'node:zlib'

export interface ZipListing {
  comment: string
  entries: { name: string; method: number; compressedBytes: number; offset: number }[]
}

/** The last bytes of a zip, and where in them its end record begins; null where there is none. */
async function readEnd(file: FileHandle): Promise<{ tail: Buffer; end: number } | null> {
  const { size } = await file.stat()
  // The record of the end, a comment of up to 65,535 bytes behind it, and zip64's two records before it.
  const length = Math.min(size, 22 + 65_535 + 76)
  const tail = await readBytes(file, size - length, length)
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  return end < 0 || tail.length < end + 22 ? null : { tail, end }
}

/** The directory of a zip that zipOf wrote, a zip64 or not. Throws a RangeError. */
export async function readListing(file: FileHandle): Promise<ZipListing> {
  const found = await readEnd(file)
  if (!found) throw new RangeError('it is no whole zip')
  const { tail, end } = found
  const isWide = end >= 76 && tail.toString('latin1', end - 76, end - 72) === 'PK\x06\x06'
  const wide = (offset: number) => Number(tail.readBigUInt64LE(end - 76 + offset))
  const count = isWide ? wide(32) : tail.readUInt16LE(end + 10)
  const size = isWide ? wide(40) : tail.readUInt32LE(end + 12)
  const bytes = await readBytes(file, isWide ? wide(48) : tail.readUInt32LE(end + 16), size)
  const entries: ZipListing['entries'] = []
  for (let at = 0, n = 0; n < count; n++) {
    const nameLength = bytes.readUInt16LE(at + 28)
    const extraLength = bytes.readUInt16LE(at + 30)
    const extra = at + 46 + nameLength
    entries.push({
      name: bytes.toString('utf8', at + 46, extra),
      method: bytes.readUInt16LE(at + 10),
      compressedBytes: bytes.readUInt32LE(at + 20),
      // Ours have one extra field at most: the offset beyond 4 GiB.
      offset: extraLength > 0 ? Number(bytes.readBigUInt64LE(extra + 4)) : bytes.readUInt32LE(at + 42),
    })
    at = extra + extraLength + bytes.readUInt16LE(at + 32)
  }
  return { comment: tail.toString('utf8', end + 22), entries }
}

/** The comment of a zip that zipOf wrote: what was left out. */
export async function zipComment(path: string): Promise<string> {
  await using file = await open(path)
  const found = await readEnd(file)
  return found ? found.tail.toString('utf8', found.end + 22) : ''
}

/** Write the files of a zip of ours below a folder, none outside it; resolves to their number and the zip's comment. */
export async function unpackZip(path: string, folder: string): Promise<{ files: number; comment: string }> {
  await using file = await open(path)
  const { comment, entries } = await readListing(file)
  const root = resolve(folder)
  for (const { name, method, compressedBytes, offset } of entries) {
    const target = resolve(join(root, name))
    if (!target.startsWith(root + sep)) throw new RangeError(`${name} lies outside the folder`)
    const local = await readBytes(file, offset, 30)
    const body = await readBytes(file, offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), compressedBytes)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, method === 8 ? inflateRawSync(body) : body)
  }
  return { files: entries.length, comment }
}

async function readBytes(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) throw new RangeError(`it ends at byte ${at + done}`)
    done += bytesRead
  }
  return bytes
}
