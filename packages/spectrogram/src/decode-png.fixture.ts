import { inflateSync } from 'node:zlib'

/** The pixels of a PNG of ours as palette indices; checks its chunks' checks by hand, without the encoder's code. */
export function decodePng(png: Uint8Array): { width: number; height: number; palette: Buffer; at: Pixel } {
  const bytes = Buffer.from(png)
  if (bytes.toString('latin1', 1, 4) !== 'PNG') throw new Error('no PNG')
  const parts = new Map<string, Buffer>()
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (bytes.readUInt32BE(at + 8 + length) !== crcBitByBit(bytes.subarray(at + 4, at + 8 + length))) {
      throw new Error(`${type}: wrong check`)
    }
    parts.set(type, bytes.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  const header = parts.get('IHDR') ?? Buffer.alloc(13)
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  if (header[8] !== 8 || header[9] !== 3 || !parts.has('IEND')) throw new Error('not a whole picture of 8-bit indices')
  const rows = inflateSync(parts.get('IDAT') ?? Buffer.alloc(0))
  if (rows.length !== (width + 1) * height) throw new Error(`${rows.length} bytes of pixels`)
  for (let row = 0; row < height; row += 1) {
    const begin = row * (width + 1)
    if (rows[begin] !== 2) throw new Error(`filter ${rows[begin]}`)
    if (row === 0) continue
    for (let at = begin + 1; at <= begin + width; at += 1) rows[at]! += rows[at - width - 1]!
  }
  return {
    width,
    height,
    palette: parts.get('PLTE') ?? Buffer.alloc(0),
    at: (column, row) => rows[row * (width + 1) + 1 + column]!,
  }
}

type Pixel = (column: number, row: number) => number

/** CRC-32 as the PNG specification's annex writes it. */
function crcBitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
