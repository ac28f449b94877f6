import { melFilterbank } from '@coro/models/mel-filterbank'
import { bandCount, frameCount, frameSamples, hopSamples, logFloor, padSamples, targetPeak } from '@coro/models/spec'
import FFT from 'fft.js'

/** Of a window's frames, those with the least power count. */
const quietShare = 0.2

/**
 * What a window tells of the channel that it was recorded through, and of nothing that calls in it: the mean log-mel
 * spectrum of its quietest frames. Bands and frames are those of logmel-stats-1280 (64 triangles, 512-point frames each
 * 10 ms); frames are ranked by their power summed over the bands; L = ln(M + 1e-6) is averaged over the lowest 20 %,
 * centred over the bands and L2-normalised. pcm: [160000] at 32 kHz -> [64], or null for silence.
 */
export function createChannelControl(): (pcm: Int16Array) => Float64Array | null {
  const fft = new FFT(frameSamples)
  const filters = bandSlices(melFilterbank())
  const window = symmetricHann(frameSamples)
  const padded = new Float64Array(hopSamples * frameCount + 2 * padSamples)
  const frame = Array.from({ length: frameSamples }, () => 0)
  const spectrum = fft.createComplexArray()
  const powers = Array.from({ length: frameCount }, () => new Float64Array(bandCount))
  return (pcm) => {
    if (!centreAndScale(pcm, padded)) return null
    const totals = powers.map((bands, index) => {
      for (let n = 0; n < frameSamples; n += 1) frame[n] = padded[index * hopSamples + n]! * window[n]!
      fft.realTransform(spectrum, frame)
      return melPowers(spectrum, filters, bands)
    })
    const quiet = totals
      .map((total, index) => ({ total, index }))
      .sort((a, b) => a.total - b.total || a.index - b.index)
      .slice(0, Math.floor(quietShare * frameCount))
    const levels = new Float64Array(bandCount)
    for (const { index } of quiet)
      powers[index]!.forEach((power, band) => (levels[band]! += Math.log(power + logFloor)))
    const centre = levels.reduce((sum, level) => sum + level, 0) / bandCount
    const centred = levels.map((level) => level - centre)
    const length = Math.hypot(...centred)
    return length === 0 ? null : centred.map((value) => value / length)
  }
}

/** Mean removed, peak 0.25, zeros around; false for silence. */
function centreAndScale(pcm: Int16Array, padded: Float64Array): boolean {
  let sum = 0
  for (const value of pcm) sum += value
  const offset = sum / pcm.length
  let peak = 0
  for (const value of pcm) peak = Math.max(peak, Math.abs(value - offset))
  if (peak === 0) return false
  padded.fill(0)
  for (let n = 0; n < pcm.length; n += 1) padded[padSamples + n] = ((pcm[n]! - offset) * targetPeak) / peak
  return true
}

/** Symmetric Hann window divided by its sum. */
function symmetricHann(length: number): Float64Array {
  const hann = Float64Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (length - 1)))
  const sum = hann.reduce((total, value) => total + value, 0)
  return hann.map((value) => value / sum)
}

interface BandFilter {
  firstBin: number
  weights: Float64Array
}

/** Each band's triangle without the zeros around it. */
function bandSlices(weights: Float64Array): BandFilter[] {
  const bins = weights.length / bandCount
  return Array.from({ length: bandCount }, (_, band) => {
    const row = weights.subarray(band * bins, (band + 1) * bins)
    const first = row.findIndex((weight) => weight > 0)
    const last = row.findLastIndex((weight) => weight > 0)
    return { firstBin: Math.max(0, first), weights: first < 0 ? new Float64Array(0) : row.slice(first, last + 1) }
  })
}

/** Mel powers of one spectrum into `bands`; returns their sum. */
function melPowers(spectrum: number[], filters: BandFilter[], bands: Float64Array): number {
  let total = 0
  filters.forEach(({ firstBin, weights }, band) => {
    let power = 0
    for (let i = 0; i < weights.length; i += 1) {
      const at = 2 * (firstBin + i)
      power += weights[i]! * (spectrum[at]! ** 2 + spectrum[at + 1]! ** 2)
    }
    bands[band] = power
    total += power
  })
  return total
}

/** Nearest `k` of `stored` by cosine, best first; ties by id. Vectors of length 1. */
export function nearest(
  query: Float64Array,
  stored: { segmentId: number; vector: Float64Array }[],
  k: number,
): number[] {
  const scored = stored.map(({ segmentId, vector }) => {
    let score = 0
    for (let i = 0; i < vector.length; i += 1) score += vector[i]! * query[i]!
    return { segmentId, score }
  })
  return scored
    .sort((a, b) => b.score - a.score || a.segmentId - b.segmentId)
    .slice(0, k)
    .map(({ segmentId }) => segmentId)
}
