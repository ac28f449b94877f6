import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildModel } from './logmel-stats-1280.js'
import { modelManifest } from './model-manifest.js'
import { referenceEmbedding } from './reference.js'
import { seededWindow } from './seeded-window.js'
import { dimension, inputName, outputName, windowSamples } from './spec.js'

const folder = join(import.meta.dirname, '../logmel-stats-1280')
const committedModel = readFileSync(join(folder, 'model.onnx'))
const committedManifest: unknown = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let session: InferenceSession

beforeAll(async () => {
  session = await InferenceSession.create(committedModel, { intraOpNumThreads: 1, interOpNumThreads: 1 })
})

/** Embed windows in one run. windows: [n] of [windowSamples]; out: [n] of [dimension]. */
async function embed(windows: readonly Float32Array[]): Promise<Float32Array[]> {
  const input = new Float32Array(windows.length * windowSamples)
  windows.forEach((window, index) => input.set(window, index * windowSamples))
  const results = await session.run({ [inputName]: new Tensor('float32', input, [windows.length, windowSamples]) })
  const output = results[outputName]
  expect(output?.dims).toEqual([windows.length, dimension])
  const data = output?.data as Float32Array
  return windows.map((_, index) => data.slice(index * dimension, (index + 1) * dimension))
}

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from({ length: dimension }, (_, index) => Math.abs((a[index] ?? NaN) - (b[index] ?? NaN))))
}

const second = (sample: number): number => sample / 32_000
const fromFormula = (formula: (timeS: number) => number): Float32Array =>
  Float32Array.from({ length: windowSamples }, (_, sample) => formula(second(sample)))

const click = new Float32Array(windowSamples)
click[80_000] = 0.9
const edgeClick = new Float32Array(windowSamples)
edgeClick[0] = -1 / 32_768

const sounds: [string, Float32Array][] = [
  ['noise', seededWindow(1)],
  ['noise with an offset', seededWindow(2).map((sample) => 0.1 * sample + 0.5)],
  ['faint noise', seededWindow(3).map((sample) => sample / 10_000)],
  ['a chirp over all bands', fromFormula((timeS) => 0.8 * Math.sin(2 * Math.PI * (100 + 1_500 * timeS) * timeS))],
  [
    'a trill',
    fromFormula((timeS) => Math.sin(2 * Math.PI * 3_000 * timeS) * Math.max(0, Math.sin(2 * Math.PI * 9 * timeS))),
  ],
  ['silence with a click', click],
  ['silence with the faintest click at its first sample', edgeClick],
  ['silence', new Float32Array(windowSamples)],
]

describe('logmel-stats-1280', () => {
  it('is rebuilt with the bytes of the committed file, and the manifest says so', () => {
    const built = buildModel()
    expect(sha256(built)).toBe(sha256(committedModel))
    expect(modelManifest(built)).toEqual(committedManifest)
    expect(built.byteLength).toBeLessThan(5_000_000)
  })

  it.each(sounds)('embeds %s as the float64 reference does', async (_name, sound) => {
    const [embedding] = await embed([sound])
    const reference = referenceEmbedding(sound)
    expect(greatestDifference(embedding ?? [], reference)).toBeLessThanOrEqual(1e-5)
    expect(Math.hypot(...(embedding ?? []))).toBeCloseTo(1, 5)
  })

  it('gives a window the same embedding alone and in any row of a batch', async () => {
    const windows = sounds.slice(3, 7).map(([, sound]) => sound)
    const batch = await embed(windows)
    for (const [index, window] of windows.entries()) {
      const [alone] = await embed([window])
      expect(greatestDifference(batch[index] ?? [], alone ?? [])).toBe(0)
    }
  })

  it('does not hear the level', async () => {
    const sound = seededWindow(4)
    const [loud, quiet] = await embed([sound, sound.map((sample) => sample / 64)])
    expect(greatestDifference(loud ?? [], quiet ?? [])).toBeLessThan(1e-6)
  })
})
