import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { smallDeployment, segmentsOf, type SmallDeployment } from './deployment.js'
import { checkConsistent } from './consistency.js'
import type { Recording, SearchAnswer } from '../answers.js'
import { segmentIds } from './segment-ids.js'
import type { ServiceProcess, Role } from './services.js'
import { createSystem, type Status, type System } from './system.js'
import { waitUntil } from './wait-until.js'

let system: System
let services: Record<Role, ServiceProcess>
let deployment: SmallDeployment
let later: SmallDeployment
let status: Status

beforeAll(async () => {
  deployment = await smallDeployment({ recordings: 6 })
  later = await smallDeployment({ recordings: 1, seed: 2 })
  system = await createSystem('whole-way')
  services = await system.start('watch', 'prepare', 'embed', 'api')
  await system.deliver(deployment.folder, deployment.keys)
  status = await system.settle({ searchable: 6, duplicate: 1, quarantined: 1 })
})
afterAll(() => system?.[Symbol.asyncDispose]())

const search = (body: Record<string, unknown>) => system.post<SearchAnswer>('/v1/search', body)

async function searchByClip(bytes: Uint8Array, name: string, fields: Record<string, string>): Promise<SearchAnswer> {
  const form = new FormData()
  form.set('audio', new File([bytes], name))
  for (const [field, value] of Object.entries(fields)) form.set(field, value)
  const answer = await fetch(`${services.api.url}/v1/search`, { method: 'POST', body: form })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return (await answer.json()) as SearchAnswer
}

test('a bucket with six recordings, a corrupt file and a duplicate: exact counts, in both spaces', async () => {
  const segments = deployment.files
    .filter(({ kind }) => kind === 'recording')
    .reduce((sum, file) => sum + segmentsOf(file), 0)
  expect(status.segments).toBe(segments)
  expect(Object.keys(status.embeddings)).toEqual(['logmel-stats-1280/raw', 'logmel-stats-1280/denoised'])
  for (const [space, n] of Object.entries(status.embeddings)) expect(n + (status.silent[space] ?? 0)).toBe(segments)
  await checkConsistent(system.database)
})

test('each recording tells where, when and what it is', async () => {
  const { recordings } = await system.get<{ recordings: Recording[] }>('/v1/recordings')
  expect(recordings.map(({ key }) => key).sort()).toEqual([...deployment.keys].sort())
  for (const file of deployment.files) {
    const recording = recordings.find(({ key }) => key === file.key)
    expect(recording).toMatchObject({
      source: system.sourceUrl,
      sha256: file.sha256,
      site: file.site,
      recorder: file.recorder,
    })
    if (file.kind !== 'recording') continue
    expect(recording).toMatchObject({
      state: 'searchable',
      reason: null,
      sampleRateHz: file.sampleRateHz,
      channels: file.channels,
      segments: segmentsOf(file),
    })
  }
  const corrupt = recordings.find(({ state }) => state === 'quarantined')
  expect(corrupt?.reason?.code).toMatch(/^AUDIO_/)
  const duplicate = recordings.find(({ state }) => state === 'duplicate')
  const original = recordings.find(({ recordingId }) => recordingId === duplicate?.duplicateOf)
  expect(original?.sha256).toBe(duplicate?.sha256)
})

test('a search by any stored segment returns it first', async () => {
  for (const variant of ['raw', 'denoised']) {
    for (const segmentId of await segmentIds(system.database, variant)) {
      const { mode, complete, results } = await search({ segmentId, variant, k: 3, mode: 'exact' })
      expect({ mode, complete }).toEqual({ mode: 'exact', complete: true })
      expect(results[0]?.segmentId).toBe(segmentId)
      expect(results[0]?.similarity).toBeGreaterThanOrEqual(0.9999)
    }
  }
})

test('a server has its HNSW indexes from the start, and says when it used one', async () => {
  const [segmentId = 0] = await segmentIds(system.database, 'denoised')
  const answer = await search({ segmentId, mode: 'hnsw', ef: 50, k: 5 })
  expect(answer).toMatchObject({ mode: 'hnsw', ef: 50, complete: false })
  expect(answer.results).toHaveLength(5)
  expect(answer.results[0]?.segmentId).toBe(segmentId)
  const plain = await search({ segmentId, k: 5 })
  expect(plain).toMatchObject({ mode: 'exact', ef: null, complete: true })
  expect(answer.results.map((r) => r.segmentId)).toEqual(plain.results.map((r) => r.segmentId))
})

test('filters leave what they say', async () => {
  const [segmentId = 0] = await segmentIds(system.database, 'denoised')
  const mata = await search({ segmentId, site: 'mata', k: 100 })
  expect(mata.results.length).toBe(mata.candidates)
  expect(new Set(mata.results.map(({ site }) => site))).toEqual(new Set(['mata']))
  const a2 = await search({ segmentId, recorder: 'A2', k: 100, mode: 'hnsw', ef: 1000 })
  expect(new Set(a2.results.map(({ recorder }) => recorder))).toEqual(new Set(['A2']))
  expect(a2.results.length).toBe(a2.candidates)
  const others = await search({ segmentId, otherRecordings: true, k: 100 })
  const own = (await search({ segmentId, k: 1 })).results[0]?.recordingId
  expect(others.results.map(({ recordingId }) => recordingId)).not.toContain(own)
  const from = mata.results[0]?.startedAt as string
  const since = await search({ segmentId, from, k: 100 })
  expect(since.results.length).toBeGreaterThan(0)
  expect(since.results.every(({ startedAt }) => startedAt !== null && startedAt >= from)).toBe(true)
})

test('when and where a sound occurs: matches, detections, recordings, a sample and a comparison agree', async () => {
  const [segmentId = 0] = await segmentIds(system.database, 'denoised')
  const { results } = await search({ segmentId, k: 1000, mode: 'exact' })
  const similarity = (results[Math.floor(results.length / 2)]?.similarity ?? 0) - 1e-6
  const expected = results.filter((result) => result.similarity >= similarity)
  const ask = (path: string, body: object) =>
    fetch(`${services.api.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  const lines = (await (await ask('/v1/matches', { segmentId, minSimilarity: similarity })).text())
    .trimEnd()
    .split('\n')
  const matches = lines.map((line) => JSON.parse(line) as { segmentId?: number; done?: boolean })
  expect(matches.pop()).toMatchObject({ done: true, matches: expected.length })
  expect(matches.map((match) => match.segmentId)).toEqual(expected.map((result) => result.segmentId))
  const counted = (await (await ask('/v1/detections', { segmentId, threshold: similarity, by: ['site'] })).json()) as {
    detections: number
  }
  expect(counted.detections).toBe(expected.length)
  const grouped = await search({ segmentId, group: 'recording', mode: 'hnsw', k: 3 })
  const recordings = [...new Set(results.map(({ recordingId }) => recordingId))].slice(0, 3)
  expect(grouped).toMatchObject({ mode: 'hnsw', complete: false })
  expect(grouped.results.map(({ recordingId }) => recordingId)).toEqual(recordings)
  const drawn = (await (await ask('/v1/samples', { segmentId, strata: 3, perStratum: 4 })).json()) as {
    sample: { population: number }
  }
  expect(drawn.sample.population).toBe(results.length)
  const compared = await (await ask('/v1/compare', { a: { site: 'mata' }, b: { site: 'mata' } })).json()
  expect(compared).toMatchObject({ mutual: [{ k: 1, share: 1 }, {}, {}, {}, {}] })
})

test("a clip of a stored segment's own samples finds that segment", async () => {
  for (const segmentId of (await segmentIds(system.database, 'raw')).slice(0, 3)) {
    const audio = await fetch(`${services.api.url}/v1/segments/${segmentId}/audio?variant=raw`)
    expect(audio.headers.get('content-type')).toBe('audio/wav')
    const bytes = new Uint8Array(await audio.arrayBuffer())
    expect(bytes.length).toBe(44 + 5 * 32_000 * 2)
    const { results } = await searchByClip(bytes, 'clip.wav', { variant: 'raw', k: '3' })
    expect(results[0]).toMatchObject({ segmentId, queryStartS: 0 })
    expect(results[0]?.similarity).toBeGreaterThanOrEqual(0.9999)
  }
})

test('a whole file as a clip finds its own windows, each by its own', async () => {
  const file = deployment.files[0]
  if (!file) throw new Error('no file')
  const { results } = await searchByClip(await readFile(join(deployment.folder, file.key)), 'clip.wav', { k: '3' })
  expect(results.map(({ key }) => key)).toEqual([file.key, file.key, file.key])
  for (const { startS, queryStartS, similarity } of results) {
    expect(queryStartS).toBe(startS)
    expect(similarity).toBeGreaterThanOrEqual(0.999)
  }
})

test('what cannot be searched by is answered with a code', async () => {
  const post = (body: string, type: string) =>
    fetch(`${services.api.url}/v1/search`, { method: 'POST', body, headers: { 'content-type': type } })
  const unknown = await post('{"segmentId":999999}', 'application/json')
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'SEGMENT_UNKNOWN' } }])
  const short = await post('{"vector":[1,2,3]}', 'application/json')
  expect([short.status, await short.json()]).toMatchObject([400, { error: { code: 'VECTOR_DIMENSION' } }])
  const noise = new FormData()
  noise.set('audio', new File(['this is no sound at all'], 'noise.wav'))
  const refused = await fetch(`${services.api.url}/v1/search`, { method: 'POST', body: noise })
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: /^AUDIO_/ } }])
})

test('an object put into the bucket while Coro runs is searchable within 30 s', async () => {
  const [file] = later.files
  if (!file) throw new Error('no file')
  await system.deliver(later.folder, [file.key], 'later/')
  const { recordingId } = await waitUntil('the new object searchable', 30_000, async () => {
    const { recordings } = await system.get<{ recordings: Recording[] }>(`/v1/recordings?key=later/${file.key}`)
    return recordings.find(({ state }) => state === 'searchable')
  })
  const { segments } = await system.get<{ segments: { segmentId: number }[] }>(`/v1/recordings/${recordingId}/segments`)
  expect(segments).toHaveLength(segmentsOf(file))
  const { results } = await search({ segmentId: segments[1]?.segmentId, k: 1 })
  expect(results[0]?.recordingId).toBe(recordingId)
})

test('an object with new content under the same key takes the place of the old one', async () => {
  const [file, , next] = later.files
  const key = `later/${file?.key}`
  await system.source.put(
    key,
    await readFile(join(deployment.folder, deployment.keys[1] as string)).then(withOneByteMore),
  )
  expect(next?.kind).toBe('duplicate')
  const settled = await system.settle({ searchable: 7, duplicate: 1, quarantined: 1, superseded: 1 })
  await checkConsistent(system.database)
  expect(settled.segments).toBe(settled.embeddings['logmel-stats-1280/denoised'])
})

test('a sweep can be asked for', async () => {
  const { sweeps } = await system.post<{ sweeps: unknown[] }>('/v1/scan', {})
  expect(sweeps).toMatchObject([{ source: system.sourceUrl, objects: 9, found: 0, changed: 0 }])
})

test('every process says that it is alive and ready, and what it counts', async () => {
  for (const { url } of Object.values(services)) {
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\n')
    const ready = await fetch(`${url}/readyz`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({
      ready: true,
      checks: [{ name: 'database' }, { name: 'queue' }, { name: 'store' }],
    })
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^coro_recordings\{state="searchable"\} 7$/m)
  }
  const document = await system.get<{ openapi: string; paths: object }>('/openapi.json')
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/v1/search', '/v1/status', '/v1/recordings/{id}']),
  )
})

test('SIGTERM ends every service cleanly', async () => {
  const codes = await Promise.all(Object.values(services).map((service) => service.stop()))
  expect(codes).toEqual([0, 0, 0, 0])
})

/** The same sound as another file: a trailing byte that no reader minds, and no content hash knows. */
const withOneByteMore = (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Buffer.from([0])])
