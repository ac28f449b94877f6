import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addSource } from '@coro/shared/database/database.fixture'
import { readHints } from '@coro/shared/database/watching/object-hints'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from './app.js'
import { openTestApi, type TestApi } from './api.fixture.js'
import { createPainter } from './spectrogram/painter.js'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api[Symbol.asyncDispose]())

interface View {
  sourceId: number
  url: string
  origin: string
  removedAt: string | null
  declared: { deployments: unknown[]; credentials?: unknown } | null
}
const json = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.app.request(path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
const codeOf = async (answer: Response) => ((await answer.json()) as { error: { code: string; message: string } }).error

describe('/v1/sources', () => {
  const declaration = {
    url: 's3://cards/2026/',
    name: 'cards',
    timeZone: 'America/Manaus',
    credentials: { env: 'FIELD' },
    deployments: [{ prefix: 'A1/', site: 'lagoa' }, { pattern: '{site}/{recorder}/...' }],
  }

  it('declares, declares anew, shows, removes and declares again', async () => {
    const saved = (await (await json('PUT', '/v1/sources', declaration)).json()) as View
    expect(saved).toMatchObject({ url: 's3://cards/2026', origin: 'api', removedAt: null })
    expect(saved.declared).toMatchObject({ credentials: { env: 'FIELD' }, deployments: declaration.deployments })
    const again = (await (await json('PUT', '/v1/sources', { url: 's3://cards/2026' })).json()) as View
    expect(again).toMatchObject({ sourceId: saved.sourceId, declared: { deployments: [] } })
    const path = `/v1/sources/${saved.sourceId}`
    expect(await (await json('GET', path)).json()).toMatchObject({ url: 's3://cards/2026' })
    expect(((await (await json('DELETE', path)).json()) as View).removedAt).toMatch(/Z$/)
    const list = async (query = '') =>
      ((await (await json('GET', `/v1/sources${query}`)).json()) as { sources: View[] }).sources.map(({ url }) => url)
    expect(await list()).not.toContain('s3://cards/2026')
    expect(await list('?removed=true')).toContain('s3://cards/2026')
    expect(((await (await json('PUT', '/v1/sources', declaration)).json()) as View).removedAt).toBeNull()
  })

  it('leaves to the configuration what is declared there', async () => {
    const { id } = await addSource(api.platform.database)
    const answer = await json('DELETE', `/v1/sources/${id}`)
    expect([answer.status, (await codeOf(answer)).code]).toEqual([409, 'SOURCE_DECLARED'])
    expect((await json('GET', '/v1/sources/999999')).status).toBe(404)
  })

  it.each([
    [{ url: 'cards' }, 'SOURCE_INVALID'],
    [{ url: 'https://me:hunter2@cloud/x' }, 'SOURCE_INVALID'],
    [{ url: 's3://a', colour: 'red' }, 'REQUEST_INVALID'],
    [{ url: 's3://a', deployments: [{ pattern: '{recorder}/...' }] }, 'REQUEST_INVALID'],
    [{ url: 's3://a', credentials: { accessKeyId: 'hunter2', secretAccessKey: 'hunter2' } }, 'REQUEST_INVALID'],
  ])('refuses %j', async (body, code) => {
    const answer = await json('PUT', '/v1/sources', body)
    expect(answer.status).toBe(400)
    const error = await codeOf(answer)
    expect(error.code).toBe(code)
    expect(error.message).not.toContain('hunter2')
  })

  it('refuses a source around the store', async () => {
    const answer = await json('PUT', '/v1/sources', { url: api.platform.config.dataDir })
    expect((await codeOf(answer)).code).toBe('CONFIG_OVERLAP')
  })
})

describe('/v1/events', () => {
  const record = (bucket: string, key: string) => ({ s3: { bucket: { name: bucket }, object: { key, eTag: '"1"' } } })
  let sourceId: number
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coro-events-'))
    ;({ id: sourceId } = await addSource(api.platform.database, { url: 's3://field/2026' }))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const hinted = async () => (await readHints(api.platform.database.pool, [sourceId], 100)).map(({ key }) => key)

  it('notes the keys of its sources, once however often they are told', async () => {
    const body = {
      Records: [record('field', '2026/a.wav'), record('field', 'elsewhere/a.wav'), record('other', 'a.wav')],
    }
    for (let i = 0; i < 3; i++) {
      const answer = await json('POST', '/v1/events', body)
      expect([answer.status, await answer.json()]).toEqual([200, { objects: 3, hints: 1 }])
    }
    expect(await hinted()).toEqual(['a.wav'])
    const test = await json('POST', '/v1/events', { Service: 'S3', Event: 's3:TestEvent' })
    expect(await test.json()).toEqual({ objects: 0, hints: 0 })
  })

  it('takes CloudEvents, structured and binary', async () => {
    const data = { Records: [record('field', '2026/structured.wav')] }
    const structured = { specversion: '1.0', id: '1', source: 's', type: 't', data }
    expect(
      (await json('POST', '/v1/events', structured, { 'content-type': 'application/cloudevents+json' })).status,
    ).toBe(200)
    const binary = {
      'ce-specversion': '1.0',
      'ce-source': '//storage/field',
      'ce-subject': '2026/bin%C3%A1rio.wav',
      'ce-id': '1',
    }
    expect((await json('POST', '/v1/events', {}, binary)).status).toBe(200)
    expect(await hinted()).toEqual(expect.arrayContaining(['structured.wav', 'binário.wav']))
  })

  it.each(['null', '{}', '[1]', '{'])('refuses the body %s', async (body) => {
    expect((await json('POST', '/v1/events', body)).status).toBe(400)
  })

  it('without a secret takes programs on this machine alone, and nobody behind a proxy', async () => {
    const from = (remoteAddress: string, headers = {}) =>
      api.app.request(
        '/v1/events',
        { method: 'POST', body: '{"Records":[]}', headers },
        { incoming: { socket: { remoteAddress } } },
      )
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect((await from(address)).status).toBe(200)
    for (const address of ['10.0.0.7', '::ffff:10.0.0.7', '2001:db8::1']) expect((await from(address)).status).toBe(401)
    expect((await from('127.0.0.1', { 'x-forwarded-for': '10.0.0.7' })).status).toBe(401)
  })

  it('with a secret takes whoever knows it, from anywhere, and nobody else', async () => {
    const file = join(folder, 'secret')
    await writeFile(file, 'hunter2-secret\n')
    const painter = createPainter()
    const config = { ...api.platform.config, eventsSecretFile: file }
    const app = createApp({ ...api.platform, config }, painter)
    const from = async (address: string, query = '', headers = {}) => {
      const answer = await app.request(
        `/v1/events${query}`,
        { method: 'POST', body: '{"Records":[]}', headers },
        { incoming: { socket: { remoteAddress: address } } },
      )
      return [answer.status, await answer.text()] as const
    }
    const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
    expect((await from('10.0.0.7', '', bearer('hunter2-secret')))[0]).toBe(200)
    expect((await from('10.0.0.7', '?token=hunter2-secret'))[0]).toBe(200)
    for (const [query, headers] of [
      ['', {}],
      ['?token=', {}],
      ['?token=hunter2', {}],
      ['', bearer('hunter2-secret2')],
    ] as const) {
      const [status, text] = await from('127.0.0.1', query, headers)
      expect(status).toBe(401)
      expect(text).not.toContain('hunter2')
    }
    await rm(file)
    expect((await from('10.0.0.7', '?token=hunter2-secret'))[0]).toBe(503)
    await painter[Symbol.asyncDispose]()
  })
})
