// CRC-16 of a frame: polynomial x^16+x^15+x^2+1, from 0 (RFC 9639, section 9.3).

// tables[256 x n + byte]: what a byte with n bytes behind it leaves.
const tables: usize = memory.data(2 * 256 * 8)

function fillTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x8000) != 0 ? 0x8005 : 0)
    store<u16>(tables + 2 * byte, <u16>crc)
  }
  for (let at: usize = 256; at < 256 * 8; at++) {
    const before = <u32>load<u16>(tables + 2 * (at - 256))
    store<u16>(tables + 2 * at, <u16>((before << 8) ^ left(0, before >> 8)))
  }
}
fillTables()

function left(behind: usize, byte: u32): u32 {
  return <u32>load<u16>(tables + 512 * behind + 2 * (byte & 255))
}

/** Eight bytes a step, each through the table of its distance from the step's end. 0 where the last two are right. */
export function checksum(from: usize, to: usize): u32 {
  let crc: u32 = 0
  let at = from
  for (; at + 8 <= to; at += 8) {
    const low = load<u32>(at) ^ (crc >> 8) ^ ((crc & 255) << 8)
    const high = load<u32>(at, 4)
    crc =
      left(7, low) ^
      left(6, low >> 8) ^
      left(5, low >> 16) ^
      left(4, low >> 24) ^
      left(3, high) ^
      left(2, high >> 8) ^
      left(1, high >> 16) ^
      left(0, high >> 24)
  }
  for (; at < to; at++) crc = ((crc << 8) & 0xffff) ^ left(0, (crc >> 8) ^ load<u8>(at))
  return crc
}
