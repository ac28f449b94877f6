/** No recorder writes more; a picture may be large, and is passed over. */
const maxFrames = 64

/**
 * The texts of an ID3v2.3 or 2.4 tag, by frame: comments (COMM), T... frames and TXXX values. Converters and AudioMoth's
 * own tools keep a recorder's comment here. bytes: from "ID3". Damaged sizes end the list. Source: id3.org, ID3v2.3.0
 * sections 3.1, 3.3, 4.2 and 4.11; ID3v2.4.0 section 4 (sizes of seven bits a byte, UTF-8).
 */
export function id3Texts(bytes: Buffer): { frame: string; text: string }[] {
  const major = bytes[3]
  if (bytes.length < 10 || bytes.toString('latin1', 0, 3) !== 'ID3' || (major !== 3 && major !== 4)) return []
  const end = Math.min(bytes.length, 10 + sevenBitSize(bytes, 6))
  const texts: { frame: string; text: string }[] = []
  let at = 10
  for (let count = 0; count < maxFrames && at + 10 <= end; count += 1) {
    const frame = bytes.toString('latin1', at, at + 4)
    const size = major === 4 ? sevenBitSize(bytes, at + 4) : bytes.readUInt32BE(at + 4)
    if (!/^[A-Z0-9]{4}$/.test(frame) || size === 0 || at + 10 + size > end) break
    const content = bytes.subarray(at + 10, at + 10 + size)
    if (frame === 'COMM') texts.push({ frame, text: lastText(content, 4) })
    else if (frame.startsWith('T')) texts.push({ frame, text: lastText(content, 1) })
    at += 10 + size
  }
  return texts
}

function sevenBitSize(bytes: Buffer, at: number): number {
  return bytes.subarray(at, at + 4).reduce((size, byte) => size * 128 + (byte & 0x7f), 0)
}

/** The last of the zero-separated texts behind a frame's fixed part: a description, where there is one, comes first. */
function lastText(content: Buffer, fixedBytes: number): string {
  const encoding = content[0]
  const body = content.subarray(fixedBytes)
  const text =
    encoding === 1 || encoding === 2 ? utf16(body, encoding === 2) : body.toString(encoding === 3 ? 'utf8' : 'latin1')
  return text.replace(/\0+$/, '').split('\0').at(-1)!.replaceAll('\ufeff', '').trim()
}

function utf16(body: Buffer, bigEndian: boolean): string {
  const even = Buffer.from(body.subarray(0, body.length - (body.length % 2)))
  const swapped = bigEndian || (even[0] === 0xfe && even[1] === 0xff)
  return (swapped ? even.swap16() : even).toString('utf16le')
}
