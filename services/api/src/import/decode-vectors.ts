import { fromLittleEndian } from '@coro/exchange/floats/little-endian'
import type { ImportedVector } from '@coro/shared/database/import/save-vectors'
import type { Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { CoroError } from '@coro/shared/errors'

/**
 * A vector whose length is within this of 1 is taken as normalised, and stored as it is: halved precision moves the length
 * by less, and what was exported comes back bit by bit.
 */
const unitTolerance = 1e-3

/** The vectors of a batch, of length 1. embeddings: base64 of float32. Throws IMPORT_INVALID naming the place. */
export function decodeVectors(space: Space, windows: [number, number, number][], embeddings: string): ImportedVector[] {
  const bytes = Buffer.from(embeddings, 'base64')
  const expected = windows.length * space.dimension * 4
  if (bytes.length !== expected) {
    throw invalid(
      `${windows.length} windows of ${space.dimension} numbers take ${expected} bytes; there are ${bytes.length}`,
    )
  }
  const { dimension } = space
  const numbers = fromLittleEndian(bytes)
  return decodeWindows(windows).map((window, i) => ({
    ...window,
    embedding: unitLength(numbers.subarray(i * dimension, (i + 1) * dimension), i),
  }))
}

/** Windows in whole milliseconds. Throws IMPORT_INVALID for one that has no length, or is there twice. */
export function decodeWindows(windows: [number, number, number][]): Omit<ImportedVector, 'embedding'>[] {
  const seen = new Set<string>()
  return windows.map(([recordingId, start, end], i) => {
    const startS = Math.round(start * 1000) / 1000
    const endS = Math.round(end * 1000) / 1000
    if (!(endS > startS)) throw invalid(`window ${i} goes from ${start} to ${end} s`)
    const window = `${recordingId} ${startS} ${endS}`
    if (seen.has(window)) throw invalid(`window ${i} is there twice`)
    seen.add(window)
    return { recordingId, startS, endS }
  })
}

function unitLength(embedding: Float32Array, place: number): Float32Array {
  let sum = 0
  for (const x of embedding) sum += x * x
  const length = Math.sqrt(sum)
  if (Math.abs(length - 1) < unitTolerance) return embedding
  try {
    return normaliseL2(embedding)
  } catch (error) {
    throw invalid(`embedding ${place} is all zeros or holds a number that is not finite`, error)
  }
}

const invalid = (message: string, cause?: unknown) =>
  new CoroError('IMPORT_INVALID', message, { disposition: 'reject', cause })
