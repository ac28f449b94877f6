/** Seed of the canary's noise where the manifest gives none. */
export const defaultCanarySeed = 20_250

/**
 * A window of uniform noise over a quarter of full scale (-8192 to 8191) from a seed, 16-bit mono [samples]: mulberry32
 * (Tommy Ettinger, public domain), one draw a sample. The same as models/src/seeded-window.ts, from which the manifest's
 * expected values come.
 */
export function noiseWindow(seed: number, samples: number): Int16Array {
  let state = seed >>> 0
  return Int16Array.from({ length: samples }, () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 18) - 8192
  })
}

/** A window with a chirp from 500 Hz to 7.5 kHz over a quarter of full scale, 16-bit mono [samples]. */
export function chirpWindow(samples: number, sampleRateHz: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, sample) => {
    const timeS = sample / sampleRateHz
    return 8192 * Math.sin(2 * Math.PI * (500 + 700 * timeS) * timeS)
  })
}
