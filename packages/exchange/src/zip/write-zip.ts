import { crc32, deflateRawSync } from 'node:zlib'

/** A file of a zip. */
export interface ZipEntry {
  /** With `/` between folders. */
  name: string
  bytes: Uint8Array
  /** Its time in the listing, shown as it is in UTC; 1980 where it is not known. */
  modifiedAt?: Date | null
  /** Sound hardly shrinks: it is stored as it is. */
  compress: boolean
}

const no32 = 0xffffffff
const no16 = 0xffff
/** UTF-8 names (APPNOTE 4.4.4, bit 11). */
const flags = 1 << 11

/**
 * A zip, an entry at a time: memory holds one entry, and 100 bytes for each before it. Sizes stand before the bytes, so
 * that readers of streams can read it too; offsets beyond 4 GiB and more than 65,535 entries make it a zip64.
 * `comment` is asked at the end. Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
 */
export async function* zipOf(
  entries: AsyncIterable<ZipEntry>,
  comment: () => string = () => '',
): AsyncGenerator<Uint8Array> {
  const directory: Buffer[] = []
  let offset = 0
  for await (const entry of entries) {
    const written = encode(entry)
    directory.push(directoryEntry(written, offset))
    yield written.local
    yield written.body
    offset += written.local.length + written.body.length
  }
  const list = Buffer.concat(directory)
  yield Buffer.concat([list, endOf({ count: directory.length, size: list.length, at: offset }, comment())])
}

interface Written {
  /** Local header with the name. */
  local: Buffer
  body: Uint8Array
  /** What local header and directory have in common: from "version needed" to "extra field length". */
  facts: Buffer
  name: Buffer
}

function encode({ name: text, bytes, modifiedAt = null, compress }: ZipEntry): Written {
  const name = Buffer.from(text, 'utf8')
  const deflated = compress ? deflateRawSync(bytes) : null
  const body = deflated && deflated.length < bytes.length ? deflated : bytes
  const { time, date } = dosTime(modifiedAt)
  const facts = Buffer.alloc(26)
  facts.writeUInt16LE(20, 0)
  facts.writeUInt16LE(flags, 2)
  facts.writeUInt16LE(body === bytes ? 0 : 8, 4)
  facts.writeUInt16LE(time, 6)
  facts.writeUInt16LE(date, 8)
  facts.writeUInt32LE(crc32(bytes), 10)
  facts.writeUInt32LE(body.length, 14)
  facts.writeUInt32LE(bytes.length, 18)
  facts.writeUInt16LE(name.length, 22)
  return { local: Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, name]), body, facts, name }
}

function directoryEntry({ facts, name }: Written, offset: number): Buffer {
  const wide = offset >= no32
  const extra = Buffer.alloc(wide ? 12 : 0)
  if (wide) {
    extra.writeUInt16LE(1, 0)
    extra.writeUInt16LE(8, 2)
    extra.writeBigUInt64LE(BigInt(offset), 4)
  }
  const common = Buffer.from(facts)
  common.writeUInt16LE(wide ? 45 : 20, 0)
  common.writeUInt16LE(extra.length, 24)
  const rest = Buffer.alloc(14)
  // Unix, a plain file that everybody may read: without it some programs make files that nobody may.
  rest.writeUInt32LE((0o100644 << 16) >>> 0, 6)
  rest.writeUInt32LE(wide ? no32 : offset, 10)
  const madeBy = Buffer.from([wide ? 45 : 20, 3])
  return Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeBy, common, rest, name, extra])
}

function endOf({ count, size, at }: { count: number; size: number; at: number }, comment: string): Buffer {
  const parts: Buffer[] = []
  if (count >= no16 || size >= no32 || at >= no32) {
    const wide = Buffer.alloc(76)
    wide.write('PK\x06\x06', 0, 'latin1')
    wide.writeBigUInt64LE(44n, 4)
    wide.writeUInt16LE((3 << 8) | 45, 12)
    wide.writeUInt16LE(45, 14)
    wide.writeBigUInt64LE(BigInt(count), 24)
    wide.writeBigUInt64LE(BigInt(count), 32)
    wide.writeBigUInt64LE(BigInt(size), 40)
    wide.writeBigUInt64LE(BigInt(at), 48)
    // The locator: where the record above begins.
    wide.write('PK\x06\x07', 56, 'latin1')
    wide.writeBigUInt64LE(BigInt(at + size), 64)
    wide.writeUInt32LE(1, 72)
    parts.push(wide)
  }
  const words = Buffer.from(comment, 'utf8').subarray(0, no16)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(Math.min(count, no16), 8)
  end.writeUInt16LE(Math.min(count, no16), 10)
  end.writeUInt32LE(Math.min(size, no32), 12)
  end.writeUInt32LE(Math.min(at, no32), 16)
  end.writeUInt16LE(words.length, 20)
  return Buffer.concat([...parts, end, words])
}

/** MS-DOS time: two-second steps since 1980, without a zone; ours is UTC. */
function dosTime(at: Date | null): { time: number; date: number } {
  const year = at?.getUTCFullYear() ?? 0
  if (!at || !(year >= 1980 && year < 2108)) return { time: 0, date: (1 << 5) | 1 }
  return {
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
    date: ((year - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
  }
}
