/** Seconds for messages: `6.2 s`; empty where the number is too large to mean any. */
export function tellSeconds(frames: number, sampleRateHz: number): string {
  const s = frames / sampleRateHz
  if (!(s < 1e7)) return ''
  return `${s < 0.1 && s > 0 ? s.toPrecision(1) : s.toFixed(1)} s`
}

/** `188416 samples (5.9 s)`. */
export function tellSamples(frames: number, sampleRateHz: number): string {
  const seconds = tellSeconds(frames, sampleRateHz)
  return `${frames} ${frames === 1 ? 'sample' : 'samples'}${seconds === '' ? '' : ` (${seconds})`}`
}
