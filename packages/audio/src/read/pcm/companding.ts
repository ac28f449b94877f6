/**
 * The 256 values of A-law and mu-law, -1..1 (ITU-T G.711; the 16-bit values are those of the reference software in
 * ITU-T G.191, alaw_expand and ulaw_expand).
 */
export const alawValues = Float32Array.from({ length: 256 }, (_, code) => alaw(code) / 32768)
export const mulawValues = Float32Array.from({ length: 256 }, (_, code) => mulaw(code) / 32768)

function alaw(code: number): number {
  const bits = code ^ 0x55
  const segment = (bits >> 4) & 7
  const step = ((bits & 15) << 4) + 8
  const magnitude = segment === 0 ? step : (step + 256) << (segment - 1)
  return (bits & 0x80) !== 0 ? magnitude : -magnitude
}

function mulaw(code: number): number {
  const bits = ~code & 0xff
  const magnitude = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132
  return (bits & 0x80) !== 0 ? -magnitude : magnitude
}
