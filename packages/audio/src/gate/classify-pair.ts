/**
 * Compare the power of both frames of a pair (see pairPower) with a threshold per bin: rowA[k] and rowB[k] become 1
 * where it is above `pass[k]`. Returns whether any bin of either frame is above `loud[k]`.
 */
export function classifyPair(
  spectrum: Float64Array,
  pass: Float64Array,
  loud: Float64Array,
  rowA: Float64Array,
  rowB: Float64Array,
): boolean {
  const half = rowA.length - 1
  const nFft = 2 * half
  let anyLoud = false
  for (let k = 1; k < half; k += 1) {
    const low = 2 * k
    const high = 2 * (nFft - k)
    const aRe = spectrum[low]! + spectrum[high]!
    const aIm = spectrum[low + 1]! - spectrum[high + 1]!
    const bRe = spectrum[low + 1]! + spectrum[high + 1]!
    const bIm = spectrum[high]! - spectrum[low]!
    const powerA = aRe * aRe + aIm * aIm
    const powerB = bRe * bRe + bIm * bIm
    const threshold = pass[k]!
    rowA[k] = powerA > threshold ? 1 : 0
    rowB[k] = powerB > threshold ? 1 : 0
    const limit = loud[k]!
    if (powerA > limit || powerB > limit) anyLoud = true
  }
  for (const k of [0, half]) {
    const powerA = 4 * spectrum[2 * k]! * spectrum[2 * k]!
    const powerB = 4 * spectrum[2 * k + 1]! * spectrum[2 * k + 1]!
    rowA[k] = powerA > pass[k]! ? 1 : 0
    rowB[k] = powerB > pass[k]! ? 1 : 0
    if (powerA > loud[k]! || powerB > loud[k]!) anyLoud = true
  }
  return anyLoud
}
