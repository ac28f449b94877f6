/** Below -80 dBFS a window counts as silent: |x| < 1e-4 of full scale, for 16-bit samples at most 3. */
const silentPeak = 1e-4 * 32_768

/**
 * Whether a window carries no sound: its peak lies below -80 dBFS, or all its samples are equal (a dead microphone with an
 * offset). Silent windows get no embedding: theirs would be one and the same, everyone's neighbour.
 * window: 16-bit samples [n].
 */
export function isSilent(window: Int16Array): boolean {
  const first = window[0] ?? 0
  let constant = true
  for (const sample of window) {
    if (sample !== first) constant = false
    if (!constant && (sample >= silentPeak || sample <= -silentPeak)) return false
  }
  return constant || Math.abs(first) < silentPeak
}
