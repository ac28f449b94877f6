import type { OggPage } from './ogg-pages.js'

/** The packets that end on one page of one logical stream. */
export interface OggPackets {
  packets: Uint8Array[]
  granule: number | null
  last: boolean
  /** Pages before this one are missing. */
  lost: boolean
}

/** Headers and blocks of sound are far smaller; what is longer was never a packet. */
const maxPacketBytes = 1 << 20

/**
 * Put the packets of one stream together, page by page (RFC 3533, section 5). Parts of packets around a lost page are
 * dropped. Ends behind the stream's last page.
 */
export function* oggPackets(pages: Iterable<OggPage>, serial: number): Generator<OggPackets> {
  let parts: Uint8Array[] = []
  let partBytes = 0
  let expected: number | null = null
  for (const page of pages) {
    if (page.serial !== serial) continue
    const lost = expected !== null && page.sequence !== expected
    expected = (page.sequence + 1) % 2 ** 32
    if (lost || !page.continued) {
      parts = []
      partBytes = 0
    }
    // The rest of a packet whose beginning is missing.
    let orphan = page.continued && parts.length === 0
    const packets: Uint8Array[] = []
    let at = 0
    for (let index = 0; index < page.lacing.length;) {
      let length = 0
      let ends = false
      while (index < page.lacing.length && !ends) {
        length += page.lacing[index]!
        ends = page.lacing[index]! < 255
        index += 1
      }
      if (!orphan && partBytes + length <= maxPacketBytes) {
        // A copy: the page's memory is used again, and a Buffer's slice would share it.
        parts.push(new Uint8Array(page.body.subarray(at, at + length)))
        partBytes += length
      }
      at += length
      if (!ends) break
      if (!orphan) packets.push(Buffer.concat(parts))
      orphan = false
      parts = []
      partBytes = 0
    }
    yield { packets, granule: page.granule, last: page.last, lost }
    if (page.last) return
  }
}
