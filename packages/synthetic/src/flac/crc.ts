/** CRC-8 of a frame header: polynomial x^8 + x^2 + x + 1, start 0. Source: RFC 9639 section 9.1.8. */
export function crc8(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff
  }
  return crc
}

const table16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x8005 : crc << 1
  return crc & 0xffff
})

/** CRC-16 of a frame: polynomial x^16 + x^15 + x^2 + 1, start 0. Source: RFC 9639 section 9.3. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (table16[(crc >>> 8) ^ byte] as number)
  return crc
}
