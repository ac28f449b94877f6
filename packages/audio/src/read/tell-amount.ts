/** Seconds for messages: `6.2 s`, `310 s`, `12.0 h`; empty where the number is too large to mean any. */
export function tellSeconds(frames: number, sampleRateHz: number): string {
  const s = frames / sampleRateHz
  if (!(s < 1e7)) return ''
  if (s >= 7200) return `${(s / 3600).toFixed(1)} h`
  if (s >= 100) return `${Math.round(s)} s`
  return `${s < 0.1 && s > 0 ? s.toPrecision(1) : s.toFixed(1)} s`
}

/** `188416 samples (5.9 s)`. */
export function tellSamples(frames: number, sampleRateHz: number): string {
  const seconds = tellSeconds(frames, sampleRateHz)
  return `${frames} ${frames === 1 ? 'sample' : 'samples'}${seconds === '' ? '' : ` (${seconds})`}`
}
