import { add, startGraph } from './graph-draft.js'
import { encodeModel } from './onnx-encoding.js'
import { dimension, inputName, modelName, outputName, windowSamples } from './spec.js'
import { melPower, normalisedWaveform } from './spectrum-graph.js'
import { scaledStatistics } from './statistics-graph.js'

/**
 * The built-in network as the bytes of an .onnx file: `inputs` float32 [batch, 160000], mono at 32 kHz, to `embedding`
 * float32 [batch, 1280] of length 1. The same bytes at every call on every machine.
 */
export function buildModel(): Uint8Array {
  const draft = startGraph()
  const power = melPower(draft, normalisedWaveform(draft, inputName))
  const statistics = scaledStatistics(draft, power)
  const length = add(draft, 'ReduceL2', [statistics], { axes: [1], keepdims: 1 })
  add(draft, 'Div', [statistics, length], {}, outputName)
  return encodeModel(
    {
      name: modelName,
      description: 'Log-mel statistics of a 5 s window, 64 bands x 20 values. Hand-made; nothing in it is trained.',
      ...draft,
      input: { name: inputName, shape: ['batch', windowSamples] },
      output: { name: outputName, shape: ['batch', dimension] },
    },
    'coro',
  )
}
