/** Dimension of the vectors: Perch's. */
export const dimension = 1280
/** Windows of a recording: two minutes of 5 s. */
export const segmentsPerRecording = 24

/**
 * Clustered synthetic vectors, as a bird network's are: species, recordings of a species, segments of a recording. Each
 * level adds Gaussian noise to the one above (1, 0.8 and 0.7), which gives a cosine of about .77 within a recording and
 * .47 within a species. Uniform random vectors have no neighbours, and tell nothing of a search.
 */
export interface Vectors {
  /** [n * dimension], each of length 1. */
  stored: Float32Array
  n: number
  /** Vectors of recordings that are not stored, one each. */
  queries: Float32Array[]
}

const recordingSpread = 0.8
const segmentSpread = 0.7

export function drawVectors(n: number, queryCount: number, seed: number): Vectors {
  const gaussian = createGaussian(seed)
  const recordings = Math.ceil(n / segmentsPerRecording)
  const species = Array.from({ length: Math.max(4, Math.round(Math.sqrt(recordings))) }, () => {
    const centre = new Float32Array(dimension)
    return addNoise(centre, centre, 1, gaussian)
  })
  const stored = new Float32Array(n * dimension)
  const centre = new Float32Array(dimension)
  const drawRecording = (recording: number): Float32Array =>
    addNoise(centre, species[recording % species.length]!, recordingSpread, gaussian)
  for (let recording = 0; recording < recordings; recording += 1) {
    drawRecording(recording)
    const end = Math.min(n, (recording + 1) * segmentsPerRecording)
    for (let i = recording * segmentsPerRecording; i < end; i += 1) {
      drawSegment(stored.subarray(i * dimension, (i + 1) * dimension))
    }
  }
  const queries = Array.from({ length: queryCount }, (_, query) => {
    drawRecording(query)
    return drawSegment(new Float32Array(dimension))
  })
  return { stored, n, queries }

  function drawSegment(into: Float32Array): Float32Array {
    addNoise(into, centre, segmentSpread, gaussian)
    let square = 0
    for (let i = 0; i < dimension; i += 1) square += into[i]! * into[i]!
    const scale = 1 / Math.sqrt(square)
    for (let i = 0; i < dimension; i += 1) into[i]! *= scale
    return into
  }
}

function addNoise(into: Float32Array, from: Float32Array, spread: number, gaussian: () => number): Float32Array {
  for (let i = 0; i < dimension; i += 1) into[i] = from[i]! + spread * gaussian()
  return into
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
