import { Tensor, type InferenceSession } from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { embedWindows } from './embed-windows.js'
import { testManifest } from './manifest.fixture.js'
import type { LoadedModel } from './session.js'

const manifest = testManifest({ output: { name: 'embedding', dimension: 2 } })

/** A stand-in for a network whose batches are recorded; `answer` gives the two values of a window from its samples. */
function modelOf(answer: (window: Float32Array) => number[], batches: number[] = []): LoadedModel {
  const session = {
    run: async (feeds: Record<string, Tensor>) => {
      const { data, dims } = feeds['inputs']!
      batches.push(dims[0] ?? 0)
      const rows = Array.from({ length: dims[0] ?? 0 }, (_, row) =>
        answer((data as Float32Array).subarray(row * 160_000, (row + 1) * 160_000)),
      )
      return { embedding: new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, 2]) }
    },
  } as unknown as InferenceSession
  return { manifest, session, input: new Float32Array(4 * 160_000) }
}

/** Windows, one a value: silence for 0, otherwise zeros and one sample of that value. */
function windows(...values: number[]): Int16Array {
  const pcm = new Int16Array(values.length * 160_000)
  values.forEach((value, row) => {
    pcm[row * 160_000 + 7] = value
  })
  return pcm
}

const never = (): boolean => false

it('infers sounding windows only, in batches of four, and puts each embedding in its window’s row', async () => {
  const batches: number[] = []
  const model = modelOf((window) => (window[7]! > 0 ? [3, 4] : [-8, 6]), batches)
  const { embeddings, silent } = await embedWindows(model, windows(0, 900, -900, 0, 900, 900, 900, -900), never)
  expect(batches).toEqual([4, 2])
  expect([...silent]).toEqual([1, 0, 0, 1, 0, 0, 0, 0])
  const positive = [0.6, 0.8]
  const negative = [-0.8, 0.6]
  const rows = [[0, 0], positive, negative, [0, 0], positive, positive, positive, negative]
  expect([...embeddings]).toEqual(rows.flat().map(Math.fround))
})

it('runs nothing when all windows are silent', async () => {
  const batches: number[] = []
  const { silent } = await embedWindows(
    modelOf(() => [1, 0], batches),
    windows(0, 3),
    never,
  )
  expect([...silent]).toEqual([1, 1])
  expect(batches).toEqual([])
})

it.each([
  ['not finite', [1, Number.NaN]],
  ['infinite', [1, Number.POSITIVE_INFINITY]],
  ['all zeros', [0, 0]],
])('rejects a vector that is %s, naming the window', async (_name, vector) => {
  const model = modelOf((window) => (window[7]! > 0 ? [1, 0] : vector))
  await expect(embedWindows(model, windows(0, 900, -900), never)).rejects.toMatchObject({
    code: 'EMBED_NON_FINITE',
    disposition: 'reject',
    details: { window: 2 },
  })
})

it('stops between batches when asked', async () => {
  const batches: number[] = []
  const model = modelOf(() => [1, 0], batches)
  const work = embedWindows(model, windows(9, 9, 9, 9, 9, 9, 9, 9, 9), () => batches.length === 1)
  await expect(work).rejects.toMatchObject({ code: 'EMBED_STOPPED' })
  expect(batches).toEqual([4])
})

it('refuses an output of another size than the manifest says', async () => {
  const model = { ...modelOf(() => [1, 2]), manifest: testManifest({ output: { name: 'embedding', dimension: 3 } }) }
  await expect(embedWindows(model, windows(9), never)).rejects.toMatchObject({
    code: 'MODEL_OUTPUT',
    disposition: 'crash',
  })
})
