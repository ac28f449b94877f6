import type { ModelManifest } from './manifest.js'

/** A manifest for tests, with Perch's contract. */
export function testManifest(changes: Partial<ModelManifest> = {}): ModelManifest {
  return {
    name: 'test-network',
    file: 'network.onnx',
    sha256: '0'.repeat(64),
    input: { name: 'inputs', layout: ['batch', 'samples'], samples: 160_000, fullScale: 1 },
    output: { name: 'embedding', dimension: 256 },
    sampleRateHz: 32_000,
    windowS: 5,
    hopS: 5,
    normalisation: 'peak',
    targetPeak: 0.25,
    maxBatch: 4,
    licence: 'none',
    source: 'test',
    ...changes,
  }
}
