import type { BitWriter } from './bits.js'

/** How a channel's samples of one block are to be written. */
export interface SubframePlan {
  /** -1 for a constant block, else the order of the fixed predictor, 0..4. */
  readonly order: number
  readonly residual: Int32Array
  readonly partitionOrder: number
  readonly riceBits: readonly number[]
  /** Estimated size, to choose between stereo forms. */
  readonly bits: number
}

const largestPartitionOrder = 4

/** Differences of the given order; its first `order` values are the samples' own start (warm-up). */
function differences(samples: Int32Array, order: number): Int32Array {
  const residual = samples.slice()
  for (let pass = 1; pass <= order; pass++) {
    for (let i = residual.length - 1; i >= pass; i--)
      residual[i] = (residual[i] as number) - (residual[i - 1] as number)
  }
  return residual
}

function sumOfSizes(residual: Int32Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += Math.abs(residual[i] as number)
  return sum
}

/** Rice parameter for `count` values with that sum of sizes, and about how many bits they then take.
 *  Folded to non-negative, a value is about twice its size. */
function riceFor(sum: number, count: number): { k: number; bits: number } {
  let k = 0
  while (k < 30 && count * 2 ** (k + 1) <= 2 * sum) k++
  return { k, bits: count * (k + 1) + (2 * sum) / 2 ** k }
}

/** Choose predictor, partitions and Rice parameters for one channel of a block. samples: [blockSize]. */
export function planSubframe(samples: Int32Array, bitsPerSample: number): SubframePlan {
  const size = samples.length
  if (samples.every((sample) => sample === samples[0])) {
    return { order: -1, residual: samples, partitionOrder: 0, riceBits: [], bits: bitsPerSample }
  }
  let order = 0
  let residual = samples
  let least = Infinity
  for (let candidate = 0; candidate <= Math.min(4, size - 1); candidate++) {
    const tried = differences(samples, candidate)
    const sum = sumOfSizes(tried, candidate, size)
    if (sum >= least) continue
    least = sum
    order = candidate
    residual = tried
  }
  let best = planPartitions(residual, order, 0)
  for (let partitionOrder = 1; partitionOrder <= largestPartitionOrder; partitionOrder++) {
    if (size % (1 << partitionOrder) !== 0 || size >> partitionOrder <= order) break
    const plan = planPartitions(residual, order, partitionOrder)
    if (plan.bits < best.bits) best = plan
  }
  return { order, residual, ...best, bits: best.bits + order * bitsPerSample }
}

function planPartitions(
  residual: Int32Array,
  order: number,
  partitionOrder: number,
): { partitionOrder: number; riceBits: number[]; bits: number } {
  const partitionSize = residual.length >> partitionOrder
  const riceBits: number[] = []
  let bits = 0
  for (let part = 0; part < 1 << partitionOrder; part++) {
    const from = part * partitionSize + (part === 0 ? order : 0)
    const to = (part + 1) * partitionSize
    const chosen = riceFor(sumOfSizes(residual, from, to), to - from)
    riceBits.push(chosen.k)
    bits += chosen.bits + 5
  }
  return { partitionOrder, riceBits, bits }
}

/** Write a channel's block: constant, or a fixed predictor with a partitioned Rice residual.
 *  Source: RFC 9639 sections 9.2.3, 9.2.5 and 9.2.7. */
export function putSubframe(writer: BitWriter, plan: SubframePlan, bitsPerSample: number): void {
  const { order, residual, partitionOrder, riceBits } = plan
  if (order < 0) {
    writer.put(0, 8)
    writer.put(residual[0] as number, bitsPerSample)
    return
  }
  writer.put((0b001000 | order) << 1, 8)
  // Differencing in place leaves differences of lower order in the warm-up; the format wants the samples themselves.
  for (const sample of warmUp(residual, order)) writer.put(sample, bitsPerSample)
  const parameterBits = riceBits.some((k) => k > 14) ? 5 : 4
  writer.put(parameterBits - 4, 2)
  writer.put(partitionOrder, 4)
  const partitionSize = residual.length >> partitionOrder
  riceBits.forEach((k, part) => {
    writer.put(k, parameterBits)
    const end = (part + 1) * partitionSize
    for (let i = part * partitionSize + (part === 0 ? order : 0); i < end; i++) {
      const value = residual[i] as number
      const folded = ((value << 1) ^ (value >> 31)) >>> 0
      writer.putUnary(folded >>> k)
      writer.put(folded, k)
    }
  })
}

/** The first `order` samples, undone from their differences. */
function warmUp(residual: Int32Array, order: number): Int32Array {
  const samples = residual.slice(0, order)
  for (let pass = order - 1; pass >= 1; pass--) {
    for (let i = pass; i < order; i++) samples[i] = (samples[i] as number) + (samples[i - 1] as number)
  }
  return samples
}
