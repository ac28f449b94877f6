import type { InferenceSession } from 'onnxruntime-node'
import { Tensor } from 'onnxruntime-node'
import { beforeAll, describe, expect, it } from 'vitest'
import { runCanary } from './canary.js'
import { resolveModel } from './resolve-model.js'
import { loadModel, type LoadedModel } from './session.js'

let model: LoadedModel

beforeAll(async () => {
  model = await loadModel(await resolveModel({ model: 'logmel-stats-1280', cacheDir: '' }))
})

/** The real network with a fault put over its output: [rows * dimension] of one run, and the run's number from 0. */
function faulty(spoil: (output: Float32Array, dimension: number, run: number) => void): LoadedModel {
  let runs = 0
  const session = {
    run: async (feeds: InferenceSession.FeedsType, fetches: string[]) => {
      const result = await model.session.run(feeds, fetches)
      const output = result['embedding']
      const data = Float32Array.from(output?.data as Float32Array)
      spoil(data, 1280, runs)
      runs += 1
      return { embedding: new Tensor('float32', data, output?.dims ?? []) }
    },
  } as unknown as InferenceSession
  return { ...model, session }
}

describe('the canary', () => {
  it('passes the built-in model, with the values that its manifest expects', async () => {
    expect(model.manifest.canary?.first8).toHaveLength(8)
    await runCanary(model)
  })

  const faults: [string, (output: Float32Array, dimension: number, run: number) => void, RegExp][] = [
    ['every row with the last one', (output, size) => output.copyWithin(0, output.length - size), /row 0 of a batch/],
    ['a first inference that is not filled', (output, _size, run) => run === 0 && output.fill(0), /all zeros/],
    ['a first inference of rubbish', (output, _size, run) => run === 0 && output.reverse(), /row 0 of a batch/],
    ['one vector for every sound', (output) => output.fill(1), /two different windows/],
    ['values that are not finite', (output) => output.fill(Number.NaN, 5, 6), /not finite/],
    [
      'values other than expected',
      (output, size) => output.forEach((_, at) => at % size === 3 && (output[at] = -0.07)),
      /value 3/,
    ],
  ]

  it.each(faults)('stops %s', async (_name, spoil, reason) => {
    await expect(runCanary(faulty(spoil))).rejects.toMatchObject({
      code: 'MODEL_CANARY',
      disposition: 'crash',
      message: expect.stringMatching(reason) as string,
    })
  })
})
