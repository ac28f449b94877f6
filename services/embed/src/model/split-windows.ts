import type { WindowEmbeddings } from './embed-windows.js'

/**
 * Share windows out among threads: at most `threads` parts of whole batches, in order. pcm: [n * samples]. One part is the
 * array itself where it owns or shares its memory, so that it can be transferred; otherwise parts are copies, because
 * memory can be transferred once only.
 */
export function splitWindows(pcm: Int16Array, samples: number, threads: number, batch: number): Int16Array[] {
  const batchCount = Math.ceil(pcm.length / samples / batch)
  const partSamples = Math.ceil(batchCount / threads) * batch * samples
  const shared = pcm.buffer instanceof SharedArrayBuffer
  if (partSamples >= pcm.length && (shared || pcm.byteLength === pcm.buffer.byteLength)) return [pcm]
  return Array.from({ length: Math.ceil(pcm.length / partSamples) }, (_, index) => {
    const part = pcm.subarray(index * partSamples, (index + 1) * partSamples)
    return shared ? part : part.slice()
  })
}

/** The parts' results as one, in the same order. */
export function joinResults(parts: readonly WindowEmbeddings[]): WindowEmbeddings {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const total = (pick: (part: WindowEmbeddings) => ArrayLike<number>): number =>
    parts.reduce((sum, part) => sum + pick(part).length, 0)
  const embeddings = new Float32Array(total((part) => part.embeddings))
  const silent = new Uint8Array(total((part) => part.silent))
  let value = 0
  let row = 0
  for (const part of parts) {
    embeddings.set(part.embeddings, value)
    silent.set(part.silent, row)
    value += part.embeddings.length
    row += part.silent.length
  }
  return { embeddings, silent }
}
