import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
// The built files: threads run JavaScript.
import { createEmbedder } from '@coro/embed/model/embedder'
import { resolveModel } from '@coro/embed/model/resolve-model'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chirpWindow, noiseWindow } from './canary-windows.js'
import { testManifest } from './manifest.fixture.js'
import type { ModelManifest, ResolvedModel } from './manifest.js'

const samples = 160_000
const sharedModels = join(import.meta.dirname, '../../../../../shared/models')
const resolveBuiltIn = (): Promise<ResolvedModel> => resolveModel({ model: 'logmel-stats-1280', cacheDir: '' })

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-embedder-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** One array of its own memory for windows after one another. */
function together(...windows: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const pcm = new Int16Array(windows.length * samples)
  windows.forEach((window, row) => pcm.set(window, row * samples))
  return pcm
}

const silence = new Int16Array(samples)
const noises = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((seed) => noiseWindow(seed, samples))
const chirp = chirpWindow(samples, 32_000)

async function writeManifest(name: string, manifest: ModelManifest): Promise<ResolvedModel> {
  const path = join(folder, `${name}.json`)
  await writeFile(path, JSON.stringify(manifest))
  return resolveModel({ model: path, cacheDir: folder })
}

describe('the embedder with the built-in model', () => {
  it('gives unit vectors, zeros for silence, and the same on one thread as on two', async () => {
    const model = await resolveBuiltIn()
    const windows = [noises[0]!, silence, chirp, ...noises.slice(1)]
    await using one = await createEmbedder({ model, threads: 1, warm: true })
    await using two = await createEmbedder({ model, threads: 2, warm: true })
    const first = await one.embed(together(...windows))
    const second = await two.embed(together(...windows))
    expect(first.embeddings).toHaveLength(windows.length * 1280)
    expect([...first.silent]).toEqual(windows.map((window) => (window === silence ? 1 : 0)))
    for (const row of windows.keys()) {
      const embedding = first.embeddings.subarray(row * 1280, (row + 1) * 1280)
      expect(Math.hypot(...embedding)).toBeCloseTo(row === 1 ? 0 : 1, 5)
    }
    expect(second).toEqual(first)
  })

  it('leaves the event loop free', async () => {
    await using embedder = await createEmbedder({ model: await resolveBuiltIn(), threads: 1 })
    let ticks = 0
    const ticking = setInterval(() => (ticks += 1), 1)
    await embedder.embed(together(...noises))
    clearInterval(ticking)
    // Loading, the canary and nine windows take far longer than three ticks.
    expect(ticks).toBeGreaterThan(3)
  })

  it('takes windows from part of a buffer and from shared memory, leaving both as they are', async () => {
    await using embedder = await createEmbedder({ model: await resolveBuiltIn(), threads: 1 })
    const whole = together(noises[0]!, chirp)
    const shared = new Int16Array(new SharedArrayBuffer(2 * samples))
    shared.set(chirp)
    const fromPart = await embedder.embed(whole.subarray(samples))
    const fromShared = await embedder.embed(shared)
    expect(whole.subarray(samples)).toEqual(chirp)
    expect(fromPart).toEqual(fromShared)
  })

  it('refuses what is not whole windows', async () => {
    await using embedder = await createEmbedder({ model: await resolveBuiltIn(), threads: 1 })
    await expect(embedder.embed(new Int16Array(samples - 1))).rejects.toMatchObject({ code: 'EMBED_INPUT' })
    await expect(embedder.embed(new Int16Array())).rejects.toMatchObject({ code: 'EMBED_INPUT', disposition: 'reject' })
  })

  it('ends a call by its signal, at once, and works on', async () => {
    await using embedder = await createEmbedder({ model: await resolveBuiltIn(), threads: 1 })
    await expect(embedder.embed(together(chirp), { signal: AbortSignal.abort('early') })).rejects.toBe('early')
    const controller = new AbortController()
    const call = embedder.embed(together(...noises), { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(call).rejects.toThrow('enough')
    expect((await embedder.embed(together(chirp))).silent).toHaveLength(1)
  })

  it('ends calls in flight when it is disposed of', async () => {
    const embedder = await createEmbedder({ model: await resolveBuiltIn(), threads: 2, warm: true })
    const calls = [together(...noises), together(chirp), together(...noises)].map((pcm) => embedder.embed(pcm))
    const outcomes = Promise.allSettled(calls)
    // Into the middle of inference, where ending a thread would abort the process.
    await setTimeout(5)
    await embedder[Symbol.asyncDispose]()
    // A call that ended before the disposal began has its answer; every other says why it has none.
    const refused = (await outcomes).filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    for (const outcome of refused) {
      expect(outcome).toMatchObject({ reason: { code: 'EMBED_CLOSED', disposition: 'retry' } })
    }
    await expect(embedder.embed(together(chirp))).rejects.toMatchObject({ code: 'EMBED_CLOSED' })
  })
})

it('lets a process exit in the middle of inference with its own code', async () => {
  const script = `
    import { createEmbedder } from '@coro/embed/model/embedder'
    import { resolveModel } from '@coro/embed/model/resolve-model'
    const model = await resolveModel({ model: 'logmel-stats-1280', cacheDir: '' })
    const embedder = await createEmbedder({ model, threads: 2, warm: true })
    void embedder.embed(Int16Array.from({ length: 60 * ${samples} }, (_, index) => index % 977))
    setTimeout(() => process.exit(3), 20)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname })
  expect(await once(child, 'exit')).toEqual([3, null])
})

describe('a network that cannot be used', () => {
  it('stops a warm start, with the reason', async () => {
    const builtIn = await resolveBuiltIn()
    const wrong = (changes: Partial<ModelManifest>): ResolvedModel => ({
      ...builtIn,
      manifest: { ...builtIn.manifest, ...changes },
    })
    const start = async (model: ResolvedModel): Promise<unknown> => createEmbedder({ model, threads: 2, warm: true })
    await expect(start(wrong({ canary: { seed: 1, first8: [1, 1, 1, 1, 1, 1, 1, 1] } }))).rejects.toMatchObject({
      code: 'MODEL_CANARY',
      disposition: 'crash',
    })
    await expect(start(wrong({ output: { name: 'embedding', dimension: 1024 } }))).rejects.toMatchObject({
      code: 'MODEL_CANARY',
      message: expect.stringContaining('1280') as string,
    })
    await expect(start(wrong({ output: { name: 'vector', dimension: 1280 } }))).rejects.toMatchObject({
      code: 'MODEL_MANIFEST_INVALID',
      message: expect.stringContaining('outputs embedding') as string,
    })
    const rubbish = join(folder, 'rubbish.onnx')
    await writeFile(rubbish, 'rubbish')
    await expect(start({ ...builtIn, path: rubbish })).rejects.toMatchObject({ code: 'MODEL_LOAD' })
  })

  it('fails the first embed when nothing was warmed', async () => {
    const builtIn = await resolveBuiltIn()
    const manifest = { ...builtIn.manifest, output: { name: 'vector', dimension: 1280 } }
    await using embedder = await createEmbedder({ model: { ...builtIn, manifest }, threads: 1 })
    await expect(embedder.embed(together(chirp))).rejects.toMatchObject({ code: 'MODEL_MANIFEST_INVALID' })
  })
})

const missing = existsSync(sharedModels) ? '' : ' (left out: no ../shared/models beside the checkout)'

describe.skipIf(missing !== '')(`other networks behind the same contract${missing}`, () => {
  it.each([
    ['stm32_perch_contract.onnx', 256],
    ['perch1_random.onnx', 1280],
  ])('embeds with %s through a manifest', async (file, dimension) => {
    const listed = JSON.parse(await readFile(join(sharedModels, 'manifest.json'), 'utf8')) as Record<string, string>[]
    const sha256 = listed.find((entry) => entry['file'] === file)?.['sha256'] ?? ''
    await copyFile(join(sharedModels, file), join(folder, file))
    const manifest = testManifest({ file, sha256, output: { name: 'embedding', dimension } })
    await using embedder = await createEmbedder({ model: await writeManifest(file, manifest), threads: 2, warm: true })
    const { embeddings, silent } = await embedder.embed(together(chirp, silence, noises[0]!, chirp, noises[1]!))
    const row = (index: number): Float32Array => embeddings.subarray(index * dimension, (index + 1) * dimension)
    expect([...silent]).toEqual([0, 1, 0, 0, 0])
    expect(Math.hypot(...row(0))).toBeCloseTo(1, 5)
    expect(row(1).every((value) => value === 0)).toBe(true)
    row(3).forEach((value, index) => expect(value).toBeCloseTo(row(0)[index] ?? Number.NaN, 4))
    expect(row(2)).not.toEqual(row(0))
  })
})
