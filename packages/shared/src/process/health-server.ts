import { createServer } from 'node:http'
import { collectMetrics } from '../metrics/collect.js'
import { checkReady, type Platform } from './platform.js'

/** /healthz, /readyz and /metrics of a worker process (the API serves them among its own routes). */
export async function startHealthServer(platform: Platform): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    void answer(platform, request.url ?? '').then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => response.writeHead(503).end(String(error)),
    )
  })
  const { host, port } = platform.config.http
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(platform: Platform, url: string): Promise<{ status: number; type: string; body: string }> {
  if (url === '/healthz') return { status: 200, type: 'text/plain', body: 'ok\n' }
  if (url === '/metrics') {
    return { status: 200, type: platform.metrics.registry.contentType, body: await collectMetrics(platform) }
  }
  if (url !== '/readyz') return { status: 404, type: 'text/plain', body: 'not found\n' }
  const checks = await checkReady(platform)
  const ready = checks.every(({ ok }) => ok)
  return { status: ready ? 200 : 503, type: 'application/json', body: JSON.stringify({ ready, checks }) }
}
