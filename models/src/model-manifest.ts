import { createHash } from 'node:crypto'
import { referenceEmbedding } from './reference.js'
import { seededWindow } from './seeded-window.js'
import {
  canarySeed,
  dimension,
  inputName,
  modelName,
  outputName,
  sampleRateHz,
  windowS,
  windowSamples,
} from './spec.js'

/**
 * The manifest that goes with the built file, in the form that services/embed reads. Its canary comes from the float64
 * reference, not from the graph, so a runtime that miscalculates the graph is noticed.
 */
export function modelManifest(model: Uint8Array): Record<string, unknown> {
  const canary = referenceEmbedding(seededWindow(canarySeed))
  return {
    name: modelName,
    version: '1',
    file: 'model.onnx',
    sha256: createHash('sha256').update(model).digest('hex'),
    input: { name: inputName, layout: ['batch', 'samples'], samples: windowSamples, fullScale: 32_768 },
    output: { name: outputName, dimension },
    sampleRateHz,
    windowS,
    hopS: windowS,
    normalisation: 'none',
    maxBatch: 4,
    licence: 'Apache-2.0',
    source: 'Hand-made log-mel statistics, nothing trained; written by models/src/build.ts. Normalises inside.',
    canary: { seed: canarySeed, first8: [...canary.subarray(0, 8)].map((value) => Number(value.toFixed(6))) },
  }
}
