export const frequencyScales = ['mel', 'linear'] as const
export type FrequencyScale = (typeof frequencyScales)[number]

/**
 * Hertz to mel and back: m = 1127 ln(1 + f / 700). The formula of HTK (Young et al., The HTK Book, section "Filterbank
 * Analysis"; O'Shaughnessy 1987), as in the network logmel-stats-1280.
 */
const mel = {
  of: (hz: number) => 1127 * Math.log1p(hz / 700),
  toHz: (position: number) => 700 * Math.expm1(position / 1127),
}
const linear = { of: (hz: number) => hz, toHz: (position: number) => position }

export interface FrequencyAxis {
  /**
   * The frequency in Hz of a point of the axis, in rows from the bottom: 0 is the lower edge, `rows` the upper one, row r
   * has its centre at r + 0.5.
   */
  hzAt(row: number): number
}

/** The axis of a picture of `rows` rows from minHz to maxHz, equally spaced in the scale. */
export function frequencyAxis(scale: FrequencyScale, minHz: number, maxHz: number, rows: number): FrequencyAxis {
  const { of, toHz } = scale === 'mel' ? mel : linear
  const lowest = of(minHz)
  const step = (of(maxHz) - lowest) / rows
  return { hzAt: (row) => toHz(lowest + row * step) }
}
