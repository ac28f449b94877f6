import { CoroError } from '@coro/shared/errors'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { ModelManifest, ResolvedModel } from './manifest.js'

/**
 * One thread for one session: two single-threaded sessions scale better than one with two threads, and idle threads that
 * spin cost half as much again (measured: CPU per window of a Perch-sized network 60 ms with spinning, 40 without).
 */
const sessionOptions: InferenceSession.SessionOptions = {
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableCpuMemArena: true,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
}

/** Batches above 4 gain nothing on a CPU (measured: batch 1: 33, batch 16: 38 CPU ms per window of Perch's size). */
const largestUsefulBatch = 4

/** Windows to a batch: as many as the network takes and as are of use. */
export function batchSize(manifest: ModelManifest): number {
  return Math.min(manifest.maxBatch, largestUsefulBatch)
}

/** A network ready to run, and the memory for its input, which is used again for every batch. */
export interface LoadedModel {
  readonly manifest: ModelManifest
  readonly session: InferenceSession
  /** [batchSize * 160000] */
  readonly input: Float32Array
}

/**
 * Load a network. Blocks the calling thread while it loads.
 * Errors: MODEL_LOAD (the runtime refuses the file), MODEL_MANIFEST_INVALID (no tensor of a name that the manifest
 * gives); both `crash`.
 */
export async function loadModel({ manifest, path }: ResolvedModel): Promise<LoadedModel> {
  let session: InferenceSession
  try {
    session = await InferenceSession.create(path, sessionOptions)
  } catch (error) {
    throw new CoroError('MODEL_LOAD', `model ${manifest.name}: ONNX Runtime cannot load ${path}: ${String(error)}`, {
      disposition: 'crash',
      cause: error,
    })
  }
  const { inputNames, outputNames } = session
  if (!inputNames.includes(manifest.input.name) || !outputNames.includes(manifest.output.name)) {
    await session.release()
    throw new CoroError(
      'MODEL_MANIFEST_INVALID',
      `model ${manifest.name}: the manifest names input ${manifest.input.name} and output ${manifest.output.name}, but ` +
        `the network has inputs ${inputNames.join(', ')} and outputs ${outputNames.join(', ')}`,
      { disposition: 'crash', details: { model: manifest.name, inputNames, outputNames } },
    )
  }
  return { manifest, session, input: new Float32Array(batchSize(manifest) * manifest.input.samples) }
}

/**
 * Run the network once, on the first `count` windows of its input memory. Blocks the calling thread (session.run is
 * synchronous under its promise). out: what the network gives, not normalised, [count * dimension].
 * Errors: MODEL_OUTPUT (`crash`) when the output is not float32 [count, dimension]; the runtime's own errors as they are.
 */
export async function runModel({ manifest, session, input }: LoadedModel, count: number): Promise<Float32Array> {
  const { name, samples } = manifest.input
  const { output } = manifest
  const feeds = { [name]: new Tensor('float32', input.subarray(0, count * samples), [count, samples]) }
  const result = (await session.run(feeds, [output.name]))[output.name]
  if (result?.data instanceof Float32Array && result.data.length === count * output.dimension) return result.data
  throw new CoroError(
    'MODEL_OUTPUT',
    `model ${manifest.name}: output ${output.name} is ${result?.type} [${result?.dims.join(', ')}], but the manifest ` +
      `says float32 [${count}, ${output.dimension}]`,
    { disposition: 'crash', details: { model: manifest.name } },
  )
}
