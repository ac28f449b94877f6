import { hasKernel, openKernel } from './load-kernel.js'

/** Conversion between 16-bit and float32 samples in the SIMD kernel, one block at a time. */
export interface Int16Converter {
  /** target = values / 32768. */
  decode(values: Int16Array, target: Float32Array): void
  /** target[offset...] = block x 32768, to the nearest and limited; returns the largest magnitude. */
  encode(block: Float32Array, target: Int16Array, offset: number): number
}

const blockSamples = 8192

let shared: Int16Converter | null | undefined

/** The thread's converter, or null where the kernel does not run. */
export function int16Converter(): Int16Converter | null {
  shared ??= hasKernel() ? createConverter() : null
  return shared
}

function createConverter(): Int16Converter {
  const kernel = openKernel()
  const at = kernel.reserve({ floats: 4 * blockSamples, integers: 2 * blockSamples })
  const floats = kernel.floats(at.floats, blockSamples)
  const integers = new Int16Array(kernel.run.memory.buffer, at.integers, blockSamples)
  const wholeVectors = (count: number): number => Math.ceil(count / 8) * 8
  return {
    decode(values, target) {
      for (let from = 0; from < values.length; from += blockSamples) {
        const part = values.subarray(from, from + blockSamples)
        integers.set(part)
        kernel.run.fromInt16(at.integers, at.floats, wholeVectors(part.length))
        target.set(floats.subarray(0, part.length), from)
      }
    },
    encode(block, target, offset) {
      let peak = 0
      for (let from = 0; from < block.length; from += blockSamples) {
        const part = block.subarray(from, from + blockSamples)
        const padded = wholeVectors(part.length)
        floats.set(part)
        floats.fill(0, part.length, padded)
        peak = Math.max(peak, kernel.run.toInt16(at.floats, at.integers, padded))
        target.set(integers.subarray(0, part.length), offset + from)
      }
      return peak
    },
  }
}
