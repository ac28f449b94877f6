/**
 * Read a LIST chunk of type INFO: sub-chunks of id, size, zero-terminated text (Microsoft, Multimedia Programming
 * Interface 1.0, p. 2-14). bytes: the chunk's content, from "INFO"; endian: of the sizes, `be` in
 * RIFX. Other LIST types give an empty map.
 */
export function parseRiffInfo(bytes: Buffer, endian: 'le' | 'be' = 'le'): Map<string, string> {
  const fields = new Map<string, string>()
  if (bytes.toString('latin1', 0, 4) !== 'INFO') return fields
  let at = 4
  while (at + 8 <= bytes.length) {
    const id = bytes.toString('latin1', at, at + 4)
    const size = endian === 'le' ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)
    const end = Math.min(at + 8 + size, bytes.length)
    const text = bytes
      .toString('utf8', at + 8, end)
      .replaceAll('\0', '')
      .trim()
    if (text !== '' && !fields.has(id)) fields.set(id, text)
    at = end + (size % 2)
  }
  return fields
}
