/**
 * Power to one of 256 colours: 0 for all that lies rangeDb or more below maxDb, 255 for maxDb and above, evenly in dB
 * between. Power 0 is silence: colour 0.
 */
export function colourIndices(power: Float32Array, maxDb: number, rangeDb: number): Uint8Array {
  const indices = new Uint8Array(power.length)
  const perNeper = (255 / rangeDb) * (10 / Math.LN10)
  const offset = 255 - (255 / rangeDb) * maxDb + 0.5
  const lowest = 10 ** ((maxDb - rangeDb) / 10)
  for (let pixel = 0; pixel < power.length; pixel += 1) {
    const value = power[pixel]!
    if (value > lowest) indices[pixel] = Math.min(255, perNeper * Math.log(value) + offset)
  }
  return indices
}
