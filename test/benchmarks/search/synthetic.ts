/** Dimension of the vectors: Perch's. */
export const dimension = 1280
/** Windows of a recording: two minutes of 5 s. */
export const segmentsPerRecording = 24

/**
 * Clustered synthetic vectors, as those of a network on real recordings are: species, recordings of a species, segments of
 * a recording, around a common mean. What differs lies mostly in few directions, each weaker than the one before, and a
 * little in all. The built-in network on 52 real recordings: cosine .75 (denoised) to .89 (raw) within a recording, .2
 * between them; participation ratio of the covariance 15 to 20 within a recording; here .79, .21 and 25. Two recordings
 * of a species: .55. Uniform random vectors have no neighbours, and tell nothing of a search.
 */
export interface Vectors {
  /** [n * dimension], each of length 1. */
  stored: Float32Array
  n: number
  /** Vectors of recordings that are not stored, one each. */
  queries: Float32Array[]
}

/** Shares of the variance; of the segments', a fifth lies in all directions alike. */
const share = { mean: 0.2, species: 0.35, recording: 0.25, segment: 0.2 }
const everywhere = 0.2
const directions = 64

export function drawVectors(n: number, queryCount: number, seed: number): Vectors {
  const gaussian = createGaussian(seed)
  const draw = (length: number, spread: number): Float32Array =>
    Float32Array.from({ length }, () => spread * gaussian())
  // [directions * dimension]: the j-th direction's variance is proportional to 1 / (j + 1).
  const sum = Array.from({ length: directions }, (_, j) => 1 / (j + 1)).reduce((total, weight) => total + weight, 0)
  const basis = draw(directions * dimension, 1 / Math.sqrt(dimension))
  for (let i = 0; i < basis.length; i += 1) basis[i]! /= Math.sqrt(sum * (Math.floor(i / dimension) + 1))
  const mean = draw(dimension, Math.sqrt(share.mean / dimension))

  const recordings = Math.ceil(n / segmentsPerRecording)
  const species = Array.from({ length: Math.max(4, Math.round(Math.sqrt(recordings))) }, () =>
    draw(directions, Math.sqrt(share.species)),
  )
  const drawRecording = (recording: number): Float32Array => {
    const own = draw(directions, Math.sqrt(share.recording))
    return own.map((value, j) => value + species[recording % species.length]![j]!)
  }
  const inDirections = Math.sqrt(share.segment * (1 - everywhere))
  const inAll = Math.sqrt((share.segment * everywhere) / dimension)
  const drawSegment = (recording: Float32Array, into: Float32Array): Float32Array => {
    for (let i = 0; i < dimension; i += 1) into[i] = mean[i]! + inAll * gaussian()
    for (let j = 0; j < directions; j += 1) {
      const amount = recording[j]! + inDirections * gaussian()
      const from = j * dimension
      for (let i = 0; i < dimension; i += 1) into[i]! += amount * basis[from + i]!
    }
    return toLengthOne(into)
  }

  const stored = new Float32Array(n * dimension)
  for (let r = 0; r < recordings; r += 1) {
    const recording = drawRecording(r)
    const end = Math.min(n, (r + 1) * segmentsPerRecording)
    for (let i = r * segmentsPerRecording; i < end; i += 1) {
      drawSegment(recording, stored.subarray(i * dimension, (i + 1) * dimension))
    }
  }
  const queries = Array.from({ length: queryCount }, (_, r) =>
    drawSegment(drawRecording(r), new Float32Array(dimension)),
  )
  return { stored, n, queries }
}

function toLengthOne(vector: Float32Array): Float32Array {
  let square = 0
  for (const value of vector) square += value * value
  const scale = 1 / Math.sqrt(square)
  for (let i = 0; i < vector.length; i += 1) vector[i]! *= scale
  return vector
}

/** Reproducible numbers, close to normal: the sum of four uniform ones, scaled. Source: mulberry32, public domain. */
function createGaussian(seed: number): () => number {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
  const scale = Math.sqrt(3)
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * scale
}

/** The k nearest by comparing everything in float32: places in `stored`, best first. */
export function trueNeighbours({ stored, n }: Vectors, query: Float32Array, k: number): number[] {
  const scores = new Float64Array(n)
  for (let row = 0; row < n; row += 1) scores[row] = scoreOf(stored, query, row * dimension)
  return nearestOf(scores, k)
}

/** Inner product of a query and the row that begins at `from`. */
export function scoreOf(stored: Float32Array, query: Float32Array, from: number): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let i = 0; i < dimension; i += 4) {
    a += stored[from + i]! * query[i]!
    b += stored[from + i + 1]! * query[i + 1]!
    c += stored[from + i + 2]! * query[i + 2]!
    d += stored[from + i + 3]! * query[i + 3]!
  }
  return a + b + c + d
}

/** Places of the k greatest scores, best first. */
export function nearestOf(scores: Float64Array, k: number): number[] {
  const best: number[] = []
  scores.forEach((score, row) => {
    if (best.length === k && score <= scores[best[k - 1]!]!) return
    let place = best.length
    while (place > 0 && scores[best[place - 1]!]! < score) place -= 1
    best.splice(place, 0, row)
    if (best.length > k) best.pop()
  })
  return best
}
