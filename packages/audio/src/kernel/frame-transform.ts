import type { Kernel } from './load-kernel.js'

/** The one frame length of the kernel, and what follows from it. */
export const kernelFft = 1024
export const hop = 256
export const bins = 513
/** Bytes of one vector of four float32, of a row of bins, and of the spectra of four frames. */
export const vectorBytes = 16
export const rowBytes = bins * vectorBytes
export const spectraBytes = 257 * 64
/** Pairs of bins k and 512 - k; bytes of a row of them, of 16 bits a frame. */
export const pairs = 257
export const markRowBytes = pairs * vectorBytes

/** Bytes of the tables of tables.ts, by name. */
export const tableSizes = {
  analysis: 4 * kernelFft,
  synthesis: 4 * kernelFft,
  rotations512: 64 * 7 * 8,
  rotations64: 8 * 7 * 8,
  split: 257 * 8,
  points: 528 * 32,
}

/** Analysis and synthesis window of the gate: periodic Hann, synthesis scaled for an overlap of four. */
export function hannWindow(n: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / kernelFft)
}

/**
 * Compute the tables in double precision and hand them to the kernel. window: of analysis and synthesis, by sample;
 * overlapSum: of the squared windows that a sample lies under (periodic Hann, four at a time: 1.5).
 */
export function writeTables(
  kernel: Kernel,
  at: Record<keyof typeof tableSizes, number>,
  window: (n: number) => number = hannWindow,
  overlapSum = 1.5,
): void {
  const analysis = kernel.floats(at.analysis, kernelFft)
  const synthesis = kernel.floats(at.synthesis, kernelFft)
  for (let n = 0; n < kernelFft; n += 1) {
    analysis[n] = window(n)
    // Inverse transform of 512 points: 1/512; spectra twice, both ways: 1/4.
    synthesis[n] = window(n) / (overlapSum * 512 * 4)
  }
  writeRotations(kernel.floats(at.rotations512, 64 * 14), 64, 512)
  writeRotations(kernel.floats(at.rotations64, 8 * 14), 8, 64)
  const split = kernel.floats(at.split, 257 * 2)
  for (let k = 0; k <= 256; k += 1) {
    split[2 * k] = Math.cos((2 * Math.PI * k) / kernelFft)
    split[2 * k + 1] = Math.sin((2 * Math.PI * k) / kernelFft)
  }
  kernel.run.useTables(at.analysis, at.synthesis, at.rotations512, at.rotations64, at.split, at.points)
}

/** exp(-2 pi i n j / size) for n in 0..rows and j in 1..7. */
function writeRotations(table: Float32Array, rows: number, size: number): void {
  for (let n = 0; n < rows; n += 1) {
    for (let j = 1; j < 8; j += 1) {
      const angle = (2 * Math.PI * n * j) / size
      table[n * 14 + (j - 1) * 2] = Math.cos(angle)
      table[n * 14 + (j - 1) * 2 + 1] = -Math.sin(angle)
    }
  }
}
