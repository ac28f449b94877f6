import FFT from 'fft.js'
import { chunkPadding, type GateGrid, gateGrid, type GateParameters } from './gate-parameters.js'

/**
 * noisereduce written down as its formulas say, with the whole spectrogram in memory: the test's
 * oracle for recordings of one chunk. noiseClip: default the recording itself.
 */
export function naiveGate(
  input: Float32Array,
  parameters: GateParameters,
  sampleRateHz: number,
  noiseClip: Float32Array = input,
): Float64Array {
  const grid = gateGrid(parameters, sampleRateHz)
  const p = parameters.propDecrease
  const { nFft, hop, bins, freqReach, timeReach } = grid
  const padTo = (signal: Float32Array): Float64Array => {
    const whole = new Float64Array(Math.max(signal.length, nFft))
    whole.set(signal)
    return whole
  }
  const signal = padTo(input)
  const segment = new Float64Array(signal.length + 2 * chunkPadding)
  segment.set(signal, chunkPadding)
  const spectra = spectrogram(segment, grid)
  const stationary = parameters.mode === 'stationary'
  const raw = stationary
    ? stationaryMask(spectra, grid, thresholds(spectrogram(padTo(noiseClip), grid), parameters.nStd)).map((row) =>
        row.map((passes) => p * passes + 1 - p),
      )
    : nonStationaryMask(spectra, grid, parameters, sampleRateHz)
  const output = new Float64Array(segment.length + 2 * nFft)
  const fft = new FFT(nFft)
  const norm = (freqReach + 1) ** 2 * (timeReach + 1) ** 2
  spectra.forEach((frame, t) => {
    for (let k = 0; k < bins; k += 1) {
      let sum = 0
      for (let dt = -timeReach; dt <= timeReach; dt += 1) {
        for (let dk = -freqReach; dk <= freqReach; dk += 1) {
          const weight = (timeReach + 1 - Math.abs(dt)) * (freqReach + 1 - Math.abs(dk))
          sum += weight * (raw[t + dt]?.[k + dk] ?? 0)
        }
      }
      const mask = stationary ? sum / norm : (p * sum) / norm + 1 - p
      frame[2 * k]! *= mask
      frame[2 * k + 1]! *= mask
    }
    for (let k = 1; k < bins - 1; k += 1) {
      frame[2 * (nFft - k)] = frame[2 * k]!
      frame[2 * (nFft - k) + 1] = -frame[2 * k + 1]!
    }
    const time = new Float64Array(2 * nFft)
    fft.inverseTransform(time, frame)
    for (let n = 0; n < nFft; n += 1) output[t * hop + n]! += (time[2 * n]! * hann(n, nFft)) / 1.5
  })
  return output.subarray(chunkPadding + nFft / 2).subarray(0, input.length)
}

function stationaryMask(spectra: Float64Array[], grid: GateGrid, threshold: number[]): number[][] {
  const raised = raise(spectra.map((frame) => levels(frame, grid)))
  return raised.map((row) => row.map((level, k) => (level > threshold[k]! ? 1 : 0)))
}

function nonStationaryMask(
  spectra: Float64Array[],
  { bins, hop }: GateGrid,
  { timeConstantS, threshNMult, sigmoidSlope }: GateParameters,
  sampleRateHz: number,
): number[][] {
  const t = (timeConstantS * sampleRateHz) / hop
  const b = (Math.sqrt(1 + 4 * t * t) - 1) / (2 * t * t)
  const rows = spectra.map((frame) =>
    Array.from({ length: bins }, (_, k) => Math.hypot(frame[2 * k]!, frame[2 * k + 1]!)),
  )
  const smooth = rows.map((row) => [...row])
  for (let m = 1; m < rows.length; m += 1) {
    for (let k = 0; k < bins; k += 1) smooth[m]![k] = b * rows[m]![k]! + (1 - b) * smooth[m - 1]![k]!
  }
  for (let m = rows.length - 2; m >= 0; m -= 1) {
    for (let k = 0; k < bins; k += 1) smooth[m]![k] = b * smooth[m]![k]! + (1 - b) * smooth[m + 1]![k]!
  }
  return rows.map((row, m) =>
    row.map((level, k) => {
      const above = (level - smooth[m]![k]!) / smooth[m]![k]!
      return 1 / (1 + Math.exp(-sigmoidSlope * (above - threshNMult)))
    }),
  )
}

function hann(n: number, nFft: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / nFft)
}

function spectrogram(signal: Float64Array, { nFft, hop }: GateGrid): Float64Array[] {
  const fft = new FFT(nFft)
  return Array.from({ length: Math.floor(signal.length / hop) + 1 }, (_, t) => {
    const frame = new Float64Array(2 * nFft)
    for (let n = 0; n < nFft; n += 1) frame[2 * n] = (signal[t * hop - nFft / 2 + n] ?? 0) * hann(n, nFft)
    const spectrum = new Float64Array(2 * nFft)
    fft.transform(spectrum, frame)
    return spectrum
  })
}

function levels(frame: Float64Array, { bins, nFft }: GateGrid): number[] {
  return Array.from({ length: bins }, (_, k) => {
    const amplitude = Math.hypot(frame[2 * k]!, frame[2 * k + 1]!) / (nFft / 2)
    return 20 * Math.log10(amplitude + Number.EPSILON)
  })
}

/** Levels at least 80 dB below the maximum of their bin. */
function raise(rows: number[][]): number[][] {
  const floor = rows[0]!.map((_, k) => Math.max(...rows.map((row) => row[k]!)) - 80)
  return rows.map((row) => row.map((level, k) => Math.max(level, floor[k]!)))
}

function thresholds(spectra: Float64Array[], nStd: number): number[] {
  const nFft = spectra[0]!.length / 2
  const rows = raise(spectra.map((frame) => levels(frame, { bins: nFft / 2 + 1, nFft } as GateGrid)))
  return rows[0]!.map((_, k) => {
    const mean = rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length
    const variance = rows.reduce((sum, row) => sum + (row[k]! - mean) ** 2, 0) / rows.length
    return mean + nStd * Math.sqrt(variance)
  })
}
