import { randomNumbers } from '@coro/shared/database/database.fixture'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApi, type TestApi } from '../api.fixture.js'

const dimension = 8
const base64 = (vectors: Float32Array[]) =>
  Buffer.concat(vectors.map((vector) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength))).toString(
    'base64',
  )

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api[Symbol.asyncDispose]())

async function post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await api.app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const begin = (draft: object = {}) =>
  post('/v1/imports/space', { space: 'perch', model: 'perch_8', dimension, windowS: 5, hopS: 5, ...draft })

async function recording(key: string): Promise<number> {
  const { body } = await post('/v1/imports/recordings', { space: 'perch', recordings: [{ key }] })
  return (body['recordings'] as { recordingId: number }[])[0]!.recordingId
}

describe('an import over HTTP', () => {
  it('goes from the space to the search', async () => {
    expect((await begin({ dryRun: true })).body).toMatchObject({ created: false })
    expect((await begin()).body).toEqual({ space: 'perch', model: 'perch_8', created: true, active: true })
    expect((await begin()).body).toMatchObject({ created: false })
    const key = 'lagoa/a.wav'
    const plan = await post('/v1/imports/recordings', { space: 'perch', recordings: [{ key }], dryRun: true })
    expect(plan.body).toEqual({ recordings: [{ recordingId: 0, created: true }] })
    const id = await recording(key)
    expect(await recording(key)).toBe(id)
    // Of any length: what is stored has length 1.
    const vectors = [1, 2, 3].map((seed) => randomNumbers(seed, dimension).map((x) => x * 7))
    const windows = vectors.map((_, i) => [id, i * 5, i * 5 + 5])
    const batch = { space: 'perch', windows, embeddings: base64(vectors) }
    expect((await post('/v1/imports/embeddings', batch)).body).toEqual({
      inserted: 3,
      unchanged: 0,
      replaced: 0,
      kept: 0,
    })
    expect((await post('/v1/imports/embeddings', batch)).body).toMatchObject({ inserted: 0, unchanged: 3 })
    expect((await post('/v1/imports/finish', { space: 'perch' })).body).toEqual({
      space: 'perch',
      embeddings: 3,
      indexWanted: false,
    })
    const found = await post('/v1/search', { vector: [...normaliseL2(randomNumbers(2, dimension))], k: 1 })
    expect(found.body).toMatchObject({ space: 'perch', results: [{ key, startS: 5, source: 'import:perch' }] })
  })

  it('stores what has length 1 already as it is', async () => {
    await begin({ space: 'exact' })
    const id = await recording('exact.wav')
    const vector = normaliseL2(randomNumbers(9, dimension)).map((x) => x * (1 + 3e-4))
    await post('/v1/imports/embeddings', { space: 'exact', windows: [[id, 0, 5]], embeddings: base64([vector]) })
    const { rows } = await api.platform.database.pool.query<{ e: number[] }>(
      `select e from coro.embedding_${await spaceId('exact')}`,
    )
    expect(Float32Array.from(rows[0]!.e)).toEqual(vector)
  })

  const spaceId = async (name: string) => {
    const { rows } = await api.platform.database.pool.query<{ id: number }>(
      'select id from coro.embedding_space where name = $1',
      [name],
    )
    return rows[0]!.id
  }

  it.each([
    ['too few bytes', { embeddings: 'AAAA' }, 400, 'IMPORT_INVALID'],
    ['a vector of zeros', { embeddings: base64([new Float32Array(dimension)]) }, 400, 'IMPORT_INVALID'],
    ['not a number', { embeddings: base64([new Float32Array(dimension).fill(Number.NaN)]) }, 400, 'IMPORT_INVALID'],
    ['a window of no length', { windows: [[1, 5, 5]] }, 400, 'IMPORT_INVALID'],
    ['a recording that is not there', { windows: [[2 ** 40, 0, 5]] }, 404, 'RECORDING_UNKNOWN'],
    ['a space that is not there', { space: 'nothing' }, 404, 'SPACE_UNKNOWN'],
    ['an unknown field', { also: 1 }, 400, 'REQUEST_INVALID'],
  ])('refuses %s', async (_name, draft, status, code) => {
    await begin()
    const batch = { space: 'perch', windows: [[1, 0, 5]], embeddings: base64([randomNumbers(1, dimension)]), ...draft }
    expect(await post('/v1/imports/embeddings', batch)).toMatchObject({ status, body: { error: { code } } })
  })

  it('refuses the same window twice in a batch, and another space under a name', async () => {
    const id = await recording('twice.wav')
    const windows = [
      [id, 0, 5],
      [id, 0.0002, 5],
    ]
    const embeddings = base64([randomNumbers(1, dimension), randomNumbers(2, dimension)])
    expect(await post('/v1/imports/embeddings', { space: 'perch', windows, embeddings })).toMatchObject({ status: 400 })
    expect(await begin({ dimension: 9 })).toMatchObject({ status: 409, body: { error: { code: 'SPACE_TAKEN' } } })
  })

  it('is listed, and searched by segment or vector alone', async () => {
    const spaces = (await (await api.app.request('/v1/spaces')).json()) as { spaces: object[] }
    expect(spaces.spaces).toContainEqual(expect.objectContaining({ name: 'perch', imported: true, importOpen: true }))
    const form = new FormData()
    form.set('audio', new Blob([new Uint8Array(100)]), 'a.wav')
    form.set('space', 'perch')
    const response = await api.app.request('/v1/search', { method: 'POST', body: form })
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ error: { code: 'SPACE_IMPORTED' } })
  })

  it('has windows without sound, and says so', async () => {
    const { rows } = await api.platform.database.pool.query<{ id: number }>(
      'select id from coro.segment order by id limit 1',
    )
    for (const what of ['audio', 'spectrogram']) {
      const response = await api.app.request(`/v1/segments/${rows[0]!.id}/${what}`)
      expect(response.status).toBe(409)
      expect(await response.json()).toMatchObject({ error: { code: 'SEGMENT_WITHOUT_AUDIO' } })
    }
    const segment = await api.app.request(`/v1/segments/${rows[0]!.id}`)
    expect(await segment.json()).toMatchObject({ index: null, spaces: { perch: 'embedded' } })
  })
})
