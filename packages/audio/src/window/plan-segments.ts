/** A stored piece of a recording, [startS, endS). */
export interface SegmentPlan {
  index: number
  startS: number
  endS: number
}

export interface WindowGrid {
  sampleRateHz: number
  windowS: number
  hopS: number
}

/** Samples of a window. */
export function windowSamples(grid: WindowGrid): number {
  return Math.round(grid.windowS * grid.sampleRateHz)
}

/** Samples of a hop. */
export function hopSamples(grid: WindowGrid): number {
  return Math.round(grid.hopS * grid.sampleRateHz)
}

/**
 * The segments of a recording of `totalSamples`: consecutive windows, a partial tail dropped. A recording shorter than a
 * window is one segment of its own length (its window is centre-padded with silence); an empty one has none.
 */
export function planSegments(totalSamples: number, grid: WindowGrid): SegmentPlan[] {
  const window = windowSamples(grid)
  const hop = hopSamples(grid)
  if (totalSamples <= 0) return []
  if (totalSamples < window) return [{ index: 0, startS: 0, endS: totalSamples / grid.sampleRateHz }]
  const count = Math.floor((totalSamples - window) / hop) + 1
  return Array.from({ length: count }, (_, index) => ({
    index,
    startS: (index * hop) / grid.sampleRateHz,
    endS: (index * hop + window) / grid.sampleRateHz,
  }))
}

/** Silence in front of a recording shorter than a window; the rest stands behind. */
export function leadingPad(samples: number, window: number): number {
  return Math.floor(Math.max(0, window - samples) / 2)
}
