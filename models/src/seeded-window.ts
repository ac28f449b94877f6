import { windowSamples } from './spec.js'

/**
 * A window of uniform noise in [-0.25, 0.25) from a seed, mono [160000], in steps of 16-bit samples: mulberry32 (Tommy
 * Ettinger, public domain), one draw a sample. services/embed/src/model/canary-windows.ts draws the same one to compare
 * with the manifest's values.
 */
export function seededWindow(seed: number): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length: windowSamples }, () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 18) - 8192) / 32_768
  })
}
