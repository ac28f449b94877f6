import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testManifest } from './manifest.fixture.js'
import type { ModelManifest } from './manifest.js'
import { resolveModel } from './resolve-model.js'

const network = Buffer.from('not really a network')
const sha256 = createHash('sha256').update(network).digest('hex')

let folder: string
let cacheDir: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-model-'))
  cacheDir = join(folder, 'cache')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function writeManifest(manifest: ModelManifest | Record<string, unknown>): Promise<string> {
  const path = join(folder, 'manifest.json')
  await writeFile(path, JSON.stringify(manifest))
  return path
}

describe('a model on this machine', () => {
  it('is found by name when it is built in', async () => {
    const { manifest, path } = await resolveModel({ model: 'logmel-stats-1280', cacheDir })
    expect(manifest).toMatchObject({ name: 'logmel-stats-1280', output: { dimension: 1280 }, normalisation: 'none' })
    expect(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ).toBe(manifest.sha256)
  })

  it('is found beside its manifest', async () => {
    await writeFile(join(folder, 'network.onnx'), network)
    const model = await writeManifest(testManifest({ sha256 }))
    expect((await resolveModel({ model, cacheDir })).path).toBe(join(folder, 'network.onnx'))
  })

  it('is refused when the name is unknown, and the known ones are told', async () => {
    await expect(resolveModel({ model: 'perch', cacheDir })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      disposition: 'crash',
      message: expect.stringContaining('logmel-stats-1280') as string,
    })
    await expect(resolveModel({ model: join(folder, 'no.json'), cacheDir })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
    })
  })

  it('is refused when its file is missing or has another checksum', async () => {
    const model = await writeManifest(testManifest({ sha256 }))
    await expect(resolveModel({ model, cacheDir })).rejects.toMatchObject({ code: 'MODEL_MISSING' })
    await writeFile(join(folder, 'network.onnx'), 'other bytes')
    await expect(resolveModel({ model, cacheDir })).rejects.toMatchObject({
      code: 'MODEL_CHECKSUM',
      disposition: 'crash',
    })
  })
})

describe('a manifest', () => {
  const refusal = async (manifest: Record<string, unknown>): Promise<unknown> => {
    const model = await writeManifest(manifest)
    return resolveModel({ model, cacheDir }).catch((error: unknown) => error)
  }
  const invalid = (reason: string): object => ({
    code: 'MODEL_MANIFEST_INVALID',
    disposition: 'crash',
    message: expect.stringContaining(reason) as string,
  })

  it('is refused with unknown keys, naming them', async () => {
    expect(await refusal({ ...testManifest(), normalization: 'none' })).toMatchObject(invalid('normalization'))
  })

  it('is refused with another window, rate or name than Coro can work with, naming the key', async () => {
    expect(await refusal({ ...testManifest(), windowS: 3 })).toMatchObject(invalid('windowS'))
    expect(await refusal({ ...testManifest(), sampleRateHz: 48_000 })).toMatchObject(invalid('sampleRateHz'))
    expect(await refusal({ ...testManifest(), name: 'My Network' })).toMatchObject(invalid('name'))
  })

  it('is refused without a file or an address, and with both', async () => {
    const { file: _, ...without } = testManifest()
    expect(await refusal(without)).toMatchObject(invalid('either file or url'))
    expect(await refusal({ ...testManifest(), url: 'https://example.org/network.onnx' })).toMatchObject(
      invalid('either file or url'),
    )
  })

  it('is refused when it is not JSON', async () => {
    const model = join(folder, 'manifest.json')
    await writeFile(model, '{ name:')
    await expect(resolveModel({ model, cacheDir })).rejects.toMatchObject({ code: 'MODEL_MANIFEST_INVALID' })
  })
})

describe('a model with an address', () => {
  let server: Server
  let requests: number
  let body: Buffer

  beforeEach(async () => {
    requests = 0
    body = network
    server = createServer((_request, response) => {
      requests += 1
      response.end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  async function writeRemoteManifest(): Promise<string> {
    const { file: _, ...manifest } = testManifest({ sha256 })
    return writeManifest({ ...manifest, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/n.onnx` })
  }

  it('is fetched once', async () => {
    const model = await writeRemoteManifest()
    const { path } = await resolveModel({ model, cacheDir })
    expect(await readFile(path)).toEqual(network)
    expect((await resolveModel({ model, cacheDir })).path).toBe(path)
    expect(requests).toBe(1)
  })

  it('is fetched again when the stored file has rotted', async () => {
    const model = await writeRemoteManifest()
    const { path } = await resolveModel({ model, cacheDir })
    await writeFile(path, 'rotten')
    await resolveModel({ model, cacheDir })
    expect(await readFile(path)).toEqual(network)
  })

  it('is refused when other bytes come, and nothing of them stays', async () => {
    body = Buffer.from('something else')
    await expect(resolveModel({ model: await writeRemoteManifest(), cacheDir })).rejects.toMatchObject({
      code: 'MODEL_CHECKSUM',
    })
    expect(await readdir(cacheDir)).toEqual([])
  })

  it('says what to do when nothing answers', async () => {
    const model = await writeRemoteManifest()
    await new Promise((resolve) => server.close(resolve))
    await expect(resolveModel({ model, cacheDir })).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      disposition: 'crash',
      message: expect.stringMatching(/ECONNREFUSED.*put the file with sha256/s) as string,
    })
    expect(await readdir(cacheDir)).toEqual([])
  })
})
