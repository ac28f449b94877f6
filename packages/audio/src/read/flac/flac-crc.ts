/** CRC-8 of frame headers: polynomial x^8+x^2+x+1, from 0 (RFC 9639, section 9.1.8). */
export function crc8(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0
  for (let index = start; index < end; index += 1) crc = table8[crc ^ bytes[index]!]!
  return crc
}

/** CRC-16 of frames: polynomial x^16+x^15+x^2+1, continued from `crc` (RFC 9639, section 9.3). A frame with its own
 *  CRC behind it gives 0. */
export function crc16(crc: number, bytes: Uint8Array, start: number, end: number): number {
  for (let index = start; index < end; index += 1) crc = ((crc << 8) & 0xffff) ^ table16[(crc >>> 8) ^ bytes[index]!]!
  return crc
}

const table8 = Uint8Array.from({ length: 256 }, (_, byte) => remainder(byte, 0x07, 8))
const table16 = Uint16Array.from({ length: 256 }, (_, byte) => remainder(byte << 8, 0x8005, 16))

function remainder(value: number, polynomial: number, bits: number): number {
  let crc = value
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & (1 << (bits - 1))) !== 0 ? (crc << 1) ^ polynomial : crc << 1
  return crc & (2 ** bits - 1)
}
