/** Samples of one frame at 48 kHz by the five bits of a packet's configuration (RFC 6716, table 2). */
function frameSamples(configuration: number): number {
  if (configuration < 12) return [480, 960, 1920, 2880][configuration & 3]!
  if (configuration < 16) return [480, 960][configuration & 1]!
  return [120, 240, 480, 960][configuration & 3]!
}

/**
 * Samples at 48 kHz in an Opus packet, or 0 where its form is wrong (RFC 6716, section 3.2, rules R1 to R7).
 */
export function opusPacketSamples(packet: Uint8Array): number {
  if (packet.length === 0) return 0
  const each = frameSamples(packet[0]! >> 3)
  const code = packet[0]! & 3
  if (code === 0) return packet.length - 1 <= 1275 ? each : 0
  if (code === 1) return packet.length % 2 === 1 && packet.length - 1 <= 2 * 1275 ? 2 * each : 0
  if (code === 2) {
    const first = frameLength(packet, 1)
    if (first === null) return 0
    const rest = packet.length - 1 - first.bytes - first.length
    return rest >= 0 && rest <= 1275 ? 2 * each : 0
  }
  return samplesOfMany(packet, each)
}

/** Code 3: a count of frames, optional padding, then lengths of all frames but the last, or none where all are alike. */
function samplesOfMany(packet: Uint8Array, each: number): number {
  if (packet.length < 2) return 0
  const count = packet[1]! & 63
  if (count === 0 || count * each > 5760) return 0
  let at = 2
  let padding = 0
  if ((packet[1]! & 0x40) !== 0) {
    let byte = 255
    while (byte === 255) {
      if (at >= packet.length) return 0
      byte = packet[at]!
      at += 1
      padding += byte === 255 ? 254 : byte
    }
  }
  let rest = packet.length - at - padding
  if ((packet[1]! & 0x80) === 0) return rest >= 0 && rest % count === 0 && rest / count <= 1275 ? count * each : 0
  for (let frame = 1; frame < count; frame += 1) {
    const found = frameLength(packet, at)
    if (found === null) return 0
    at += found.bytes
    rest -= found.bytes + found.length
  }
  return rest >= 0 && rest <= 1275 ? count * each : 0
}

function frameLength(packet: Uint8Array, at: number): { length: number; bytes: number } | null {
  const first = packet[at]
  if (first === undefined) return null
  if (first < 252) return { length: first, bytes: 1 }
  const second = packet[at + 1]
  return second === undefined ? null : { length: second * 4 + first, bytes: 2 }
}
