/**
 * The numbers of logmel-stats-1280: log-mel statistics of a 5 s window, 64 bands x 20 values = 1280 dimensions.
 * Hand-made: nothing in it is trained. The graph and its float64 reference both read this file.
 */

export const modelName = 'logmel-stats-1280'
export const inputName = 'inputs'
export const outputName = 'embedding'

export const sampleRateHz = 32_000
export const windowS = 5
export const windowSamples = sampleRateHz * windowS
export const targetPeak = 0.25

/** Frames: zeros on each side of the window, then `frameSamples` every `hopSamples`; exactly `frameCount` fit. */
export const padSamples = 96
export const frameSamples = 512
export const hopSamples = 320
export const frameCount = 500

export const bandCount = 64
export const lowestHz = 150
export const highestHz = 15_000

/** Added to a power before its logarithm; keeps silence finite (ln 1e-6 = -13.8). */
export const logFloor = 1e-6

/** Edges of the modulation bands, in bins of 0.2 Hz (500 frames = 5 s): 0.2 to 40 Hz in seven octaves or so. */
export const modulationEdges: readonly number[] = [1, 3, 6, 12, 25, 50, 100, 200]
export const modulationFloor = 0.3

/** Lags of the autocorrelation of a band's level, in frames of 10 ms. */
export const autocorrelationLags: readonly number[] = [2, 4, 8, 16, 32, 64, 128]
export const autocorrelationFloor = 0.1

export const dimension = 1280

/** One statistic of every band: `perBand` values of each, centred and scaled by `mean` and `deviation`. */
export interface Block {
  readonly name: string
  readonly perBand: number
  readonly mean: number
  readonly deviation: number
}

/** In the order of the embedding. Means and deviations are pooled statistics of synthetic noise and chirps. */
export const blocks: readonly Block[] = [
  { name: 'meanc', perBand: 1, mean: 0, deviation: 0.7548 },
  { name: 'lmec', perBand: 1, mean: 0, deviation: 1.5025 },
  { name: 'peakc', perBand: 1, mean: 0, deviation: 2.1599 },
  { name: 'std', perBand: 1, mean: 0.4428, deviation: 0.6858 },
  { name: 'dl', perBand: 1, mean: 0.2299, deviation: 0.2994 },
  { name: 'dl4', perBand: 1, mean: 0.2864, deviation: 0.3828 },
  { name: 'modrel', perBand: 7, mean: 0.0754, deviation: 0.096 },
  { name: 'ac', perBand: 7, mean: 0.0588, deviation: 0.1954 },
]

/** Seed of the window whose first values the manifest carries, so that a wrong build or runtime is noticed at start. */
export const canarySeed = 20_250
