import { randomUUID } from 'node:crypto'
import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { openAccounts, retryQuarantined } from '@coro/shared/database/backlog'
import { listRecordings } from '@coro/shared/database/listing'
import { enqueueEmbedding } from '@coro/shared/queues/embed-batches'
import { queues as registry } from '@coro/shared/queues/registry'
import { z } from 'zod'
import { route } from '../route.js'
import { recordingView } from '../schemas.js'

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

export const quarantineRoute = route({
  method: 'get',
  path: '/v1/quarantine',
  tag: 'operation',
  summary: 'Recordings that were set aside, each with its reason',
  query: z.object({
    after: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  }),
  answer: z.object({ recordings: z.array(recordingView), next: z.number().int().nullable() }),
  async handle({ query: { after, limit }, platform }) {
    const recordings = await listRecordings(platform.database.pool, { states: ['quarantined'], after, limit })
    return { recordings, next: recordings.length === limit ? (recordings.at(-1)?.recordingId ?? null) : null }
  },
})

export const retryRoute = route({
  method: 'post',
  path: '/v1/quarantine/retry',
  tag: 'operation',
  summary: 'Take quarantined recordings up again: one, those with a code, or all',
  body: z.object({ recordingId: z.number().int().positive().optional(), code: z.string().optional() }),
  answer: z.object({ retried: z.array(z.number().int()) }),
  async handle({ body, platform: { database, queues, config } }) {
    const retried = await retryQuarantined(database.pool, body)
    await queues.prepare.addAll(
      retried.map((recordingId) => ({ recordingId })),
      { priority: 'retry', attempts: config.jobs.maxAttempts },
    )
    // Those that were prepared already owe vectors only.
    const accounts = await openAccounts(database.pool, 10_000)
    await enqueueEmbedding(
      queues,
      accounts.filter(({ recordingId }) => retried.includes(recordingId)),
      { priority: 'retry', attempts: config.jobs.maxAttempts },
    )
    return { retried }
  },
})
