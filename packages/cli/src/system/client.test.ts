import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readConfig } from '@coro/shared/config/read-config'
import { describe, expect, it } from 'vitest'
import { openClient } from './client.js'

/** A client of a server in this process that answers as it is told. */
async function clientOf(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = await openClient(readConfig({ CORO_API_URL: `http://127.0.0.1:${port}` }), [])
  return {
    client,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

describe('a client', () => {
  it('takes an answer that began before the work was done', async () => {
    await using own = await clientOf((_request, response) => response.write(' ') && response.end(' {"built":true}'))
    expect(await own.client.post('/v1/index/build', {})).toEqual({ built: true })
  })

  it('throws the failure that such an answer tells', async () => {
    await using own = await clientOf((_request, response) => {
      response.write('  ')
      response.end('{"error":{"code":"INDEX_IMPOSSIBLE","message":"too many dimensions"}}')
    })
    await expect(own.client.post('/v1/index/build', {})).rejects.toMatchObject({
      code: 'INDEX_IMPOSSIBLE',
      message: 'too many dimensions',
      disposition: 'reject',
    })
  })

  it('says so where the answer breaks off', async () => {
    await using own = await clientOf((_request, response) => {
      response.write('  ')
      setImmediate(() => response.destroy())
    })
    await expect(own.client.post('/v1/index/build', {})).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
  })
})
