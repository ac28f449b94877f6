import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { createApp } from './app.js'
import { createPainter } from './spectrogram/painter.js'

export interface Api extends AsyncDisposable {
  /** Where it answers, without a slash at the end. */
  readonly url: string
  /** The same app, without a network in between. */
  fetch(request: Request): Promise<Response>
}

/**
 * Serve the API. With `fallBack`, a port that is taken gives way to any free one; otherwise PORT_TAKEN.
 */
export async function startApi(platform: Platform, { fallBack = false } = {}): Promise<Api> {
  const { host, port } = platform.config.http
  const painter = createPainter()
  const app = createApp(platform, painter)
  const { fetch } = app
  let server = await listen(fetch, host, port)
  if (!server && fallBack) server = await listen(fetch, host, 0)
  if (!server) {
    throw new CoroError('PORT_TAKEN', `Port ${port} of ${host} is taken: choose another with CORO_HTTP_PORT.`, {
      disposition: 'crash',
    })
  }
  const bound = server.address() as AddressInfo
  const shownHost = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return {
    url: `http://${shownHost}:${bound.port}`,
    fetch: async (request) => app.fetch(request),
    async [Symbol.asyncDispose]() {
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await painter[Symbol.asyncDispose]()
    },
  }
}

/** A listening server, or null where the port is taken. */
function listen(fetch: ReturnType<typeof createApp>['fetch'], host: string, port: number): Promise<ServerType | null> {
  const server = createAdaptorServer({ fetch })
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen(port, host, () => resolve(server))
  })
}
