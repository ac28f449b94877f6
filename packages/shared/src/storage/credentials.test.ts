import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStorageOpener } from './open-storage.js'

let folder: string
let server: Server
let endpoint: string
/** Whose key the last request was signed with, where it came to, and for which region. */
let signed: { key: string; region: string; token: string | undefined; path: string } | null
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-credentials-'))
  server = createServer((request, response) => {
    const [, key = '', region = ''] =
      /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? []
    signed = {
      key,
      region,
      token: request.headers['x-amz-security-token'] as string | undefined,
      path: request.url ?? '',
    }
    response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

const variables: Record<string, string> = {
  FIELD_ACCESS_KEY_ID: 'field-id',
  FIELD_SECRET_ACCESS_KEY: 'field-secret-hunter2',
  FIELD_SESSION_TOKEN: 'field-token',
  HALF_ACCESS_KEY_ID: 'half-id',
}
const settings = {
  endpoint: null,
  forcePathStyle: false,
  region: 'us-east-1',
  variable: (name: string) => variables[name],
}
const reached = () => ({ endpoint, forcePathStyle: true, region: 'sa-east-1' })

async function ask(credentials: object): Promise<typeof signed> {
  signed = null
  using storages = createStorageOpener(settings)
  const storage = storages.open('s3://cards/2026', { ...reached(), credentials: credentials as never })
  await storage.folder('')
  return signed
}

describe('a source with keys of its own', () => {
  it('takes them from the environment, by prefix, and its own endpoint and region', async () => {
    const seen = await ask({ env: 'FIELD' })
    expect(seen).toMatchObject({ key: 'field-id', region: 'sa-east-1', token: 'field-token' })
    expect(seen?.path).toMatch(/^\/cards\/?\?/)
  })

  it('takes them from a file, which may change while Coro runs', async () => {
    const path = join(folder, 'keys')
    await writeFile(path, '# the season\n[default]\naws_access_key_id = file-id\naws_secret_access_key=file-secret\n')
    expect(await ask({ file: path })).toMatchObject({ key: 'file-id' })
    await writeFile(path, 'aws_access_key_id = next-id\naws_secret_access_key = next-secret\n')
    expect(await ask({ file: path })).toMatchObject({ key: 'next-id' })
  })

  it('takes them from a profile', async () => {
    const path = join(folder, 'credentials')
    await writeFile(
      path,
      '[other]\naws_access_key_id=other-id\naws_secret_access_key=x\n[card]\naws_access_key_id=card-id\naws_secret_access_key=y\n',
    )
    const variable = 'AWS_SHARED_CREDENTIALS_FILE'
    // oxlint-disable-next-line node/no-process-env -- read by the SDK
    process.env[variable] = path
    try {
      expect(await ask({ profile: 'card' })).toMatchObject({ key: 'card-id' })
    } finally {
      // oxlint-disable-next-line node/no-process-env -- read by the SDK
      delete process.env[variable]
    }
  })

  it.each([
    [{ env: 'HALF' }, 'HALF_SECRET_ACCESS_KEY'],
    [{ file: '/nowhere/keys' }, '/nowhere/keys'],
  ])('waits where they are missing, and names the reference alone: %j', async (reference, named) => {
    const refused = await ask(reference).then(
      () => null,
      (error: unknown) => error as Error,
    )
    expect(refused).toMatchObject({ code: 'CREDENTIALS_MISSING', disposition: 'wait' })
    expect(refused?.message).toContain(named)
    expect(refused?.message).not.toMatch(/half-id|hunter2/)
  })
})
