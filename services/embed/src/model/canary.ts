import { CoroError } from '@coro/shared/errors'
import { chirpWindow, defaultCanarySeed, noiseWindow } from './canary-windows.js'
import { embedWindows } from './embed-windows.js'
import type { ModelManifest } from './manifest.js'
import type { LoadedModel } from './session.js'

/** How far (1 - cosine) a window's embedding in a batch may lie from the one it has alone. */
const batchTolerance = 1e-3
/** Two embeddings closer than this (1 - cosine) are the same: float32 cannot tell them apart. */
const sameDistance = 1e-6
/** How far a value may lie from the manifest's, made on another machine. */
const expectedTolerance = 1e-3

/** 1 - cosine of two vectors of length 1, as half the squared distance, which loses no digits when they are close. */
function cosineDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + (value - b[index]!) ** 2, 0) / 2
}

/** Embed windows together. windows: [n] of [160000]; out: [n] of [dimension], of length 1. */
async function embedTogether(model: LoadedModel, windows: readonly Int16Array[]): Promise<Float32Array[]> {
  const { samples } = model.manifest.input
  const { dimension } = model.manifest.output
  const pcm = new Int16Array(windows.length * samples)
  windows.forEach((window, row) => pcm.set(window, row * samples))
  const { embeddings } = await embedWindows(model, pcm, () => false)
  return windows.map((_, row) => embeddings.subarray(row * dimension, (row + 1) * dimension))
}

/**
 * What is wrong with the embeddings of two different windows, alone and in one batch (of the first only, where the network
 * takes no two); empty where nothing is.
 */
function findFault(manifest: ModelManifest, alone: readonly Float32Array[], together: readonly Float32Array[]): string {
  const [noise, chirp] = alone
  if (noise === undefined || chirp === undefined) return 'no vectors came'
  const apart = cosineDistance(noise, chirp)
  if (apart < sameDistance) return 'two different windows have the same vector'
  // Networks that find everything alike are common (cosine .998 with random weights), hence also relative to `apart`.
  const tolerance = Math.min(batchTolerance, apart / 4)
  for (const [row, embedding] of together.entries()) {
    const distance = cosineDistance(embedding, alone[row]!)
    if (distance > tolerance) return `row ${row} of a batch lies ${distance.toPrecision(3)} from the same window alone`
  }
  for (const [index, expected] of (manifest.canary?.first8 ?? []).entries()) {
    const actual = noise[index]!
    if (Math.abs(actual - expected) > expectedTolerance) {
      return `value ${index} of the known window is ${actual}, expected ${expected}`
    }
  }
  return ''
}

/**
 * Prove at start that this network on this runtime tells sounds apart: two windows, alone and in one batch, must give
 * different, finite vectors, the same alone as in the batch, and those that the manifest expects. It catches faults that
 * others met in the field: every window of a batch with the last one's vector (perch-hoplite issue 129), a first
 * inference that returns unfilled memory (birda issue 334).
 * Errors: MODEL_CANARY (`crash`).
 */
export async function runCanary(model: LoadedModel): Promise<void> {
  const { manifest } = model
  const { samples } = manifest.input
  const noise = noiseWindow(manifest.canary?.seed ?? defaultCanarySeed, samples)
  const chirp = chirpWindow(samples, manifest.sampleRateHz)
  let fault: string
  try {
    const alone = [...(await embedTogether(model, [noise])), ...(await embedTogether(model, [chirp]))]
    const together = await embedTogether(model, manifest.maxBatch > 1 ? [noise, chirp] : [noise])
    fault = findFault(manifest, alone, together)
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error)
  }
  if (fault === '') return
  throw new CoroError('MODEL_CANARY', `model ${manifest.name} failed the test at start: ${fault}`, {
    disposition: 'crash',
    details: { model: manifest.name },
  })
}
