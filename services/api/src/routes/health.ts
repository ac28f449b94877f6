import { collectMetrics } from '@coro/shared/metrics/collect'
import { checkReady } from '@coro/shared/process/platform'
import { z } from 'zod'
import { route } from '../route.js'

export const healthRoute = route({
  method: 'get',
  path: '/healthz',
  tag: 'operation',
  summary: 'The process lives',
  answer: 'text/plain',
  handle: () => Promise.resolve(new Response('ok\n', { headers: { 'content-type': 'text/plain' } })),
})

export const readyRoute = route({
  method: 'get',
  path: '/readyz',
  tag: 'operation',
  summary: 'Database, queue and store answer; 503 where one does not',
  answer: z.object({
    ready: z.boolean(),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string().nullable() })),
  }),
  async handle({ platform }) {
    const checks = await checkReady(platform)
    const ready = checks.every(({ ok }) => ok)
    return Response.json({ ready, checks }, { status: ready ? 200 : 503 })
  },
})

export const metricsRoute = route({
  method: 'get',
  path: '/metrics',
  tag: 'operation',
  summary: 'Prometheus metrics of this process, and the state of the system',
  answer: 'text/plain',
  async handle({ platform }) {
    const { contentType } = platform.metrics.registry
    return new Response(await collectMetrics(platform), { headers: { 'content-type': contentType } })
  },
})
