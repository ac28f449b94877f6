import { randomUUID } from 'node:crypto'
import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { queues as registry } from '@coro/shared/queues/registry'
import { z } from 'zod'
import { route } from '../route.js'

export const scanRoute = route({
  method: 'post',
  path: '/v1/scan',
  tag: 'operation',
  summary: 'Sweep one source, or all, now',
  body: z.object({
    source: z.string().optional().describe('address of a source; all without'),
    confirmDeletions: z
      .boolean()
      .default(false)
      .describe('believe that more than half of the source has gone, and take it out of search'),
  }),
  answer: registry.scan.result,
  async handle({ body: { source, confirmDeletions }, platform: { queues } }) {
    const url = source === undefined ? null : normaliseSourceUrl(source, process.cwd())
    return queues.scan.ask(
      { source: url, token: randomUUID(), confirmDeletions },
      { priority: 'query', attempts: 2, timeoutMs: 15 * 60_000 },
    )
  },
})
