import { mkdir, open, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import type { FileHandle } from 'node:fs/promises'

export interface ZipListing {
  comment: string
  entries: { name: string; method: number; compressedBytes: number; offset: number }[]
}

/** The directory of a zip that zipOf wrote (whole numbers below 4 GiB, one disk). Throws a RangeError. */
async function readListing(file: FileHandle): Promise<ZipListing> {
  const { size } = await file.stat()
  const tail = await readBytes(file, Math.max(0, size - 22 - 65_535), Math.min(size, 22 + 65_535))
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  if (end < 0 || tail.length < end + 22) throw new RangeError('it is no whole zip')
  const count = tail.readUInt16LE(end + 10)
  const bytes = await readBytes(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries: ZipListing['entries'] = []
  for (let at = 0, n = 0; n < count; n++) {
    const nameLength = bytes.readUInt16LE(at + 28)
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      method: bytes.readUInt16LE(at + 10),
      compressedBytes: bytes.readUInt32LE(at + 20),
      offset: bytes.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return { comment: tail.toString('utf8', end + 22), entries }
}

/** The comment of a zip that zipOf wrote: what was left out. */
export async function zipComment(path: string): Promise<string> {
  await using file = await open(path)
  const { size } = await file.stat()
  const tail = await readBytes(file, Math.max(0, size - 22 - 65_535), Math.min(size, 22 + 65_535))
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  return end < 0 ? '' : tail.toString('utf8', end + 22)
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
