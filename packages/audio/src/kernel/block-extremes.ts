import { hasKernel, openKernel } from './load-kernel.js'

export interface Extremes {
  min: number
  max: number
}

const blockSamples = 8192

let shared: ((block: Float32Array) => Extremes) | undefined

/** The least and the largest of finite samples: Infinity and -Infinity of none. In the SIMD kernel where it runs. */
export function blockExtremes(block: Float32Array): Extremes {
  shared ??= hasKernel() ? createKernelExtremes() : plainExtremes
  return shared(block)
}

function createKernelExtremes(): (block: Float32Array) => Extremes {
  const kernel = openKernel()
  const at = kernel.reserve({ floats: 4 * blockSamples, found: 32 })
  const floats = kernel.floats(at.floats, blockSamples)
  const found = kernel.floats(at.found, 8)
  return (block) => {
    let min = Infinity
    let max = -Infinity
    for (let from = 0; from < block.length; from += blockSamples) {
      const part = block.subarray(from, from + blockSamples)
      const padded = Math.ceil(part.length / 4) * 4
      floats.set(part)
      floats.fill(part[0]!, part.length, padded)
      kernel.run.extremes(at.floats, at.found, padded)
      min = Math.min(min, found[0]!, found[1]!, found[2]!, found[3]!)
      max = Math.max(max, found[4]!, found[5]!, found[6]!, found[7]!)
    }
    return { min, max }
  }
}

/** The same without the kernel. */
export function plainExtremes(block: Float32Array): Extremes {
  let min = Infinity
  let max = -Infinity
  for (let index = 0; index < block.length; index += 1) {
    const value = block[index]!
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}
