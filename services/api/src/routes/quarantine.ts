import { chooseQuarantined, listQuarantine, retryQuarantined } from '@coro/shared/database/quarantine'
import { z } from 'zod'
import { route } from '../route.js'
import { instant, recordingView } from '../schemas.js'
import { sourceIdOf } from '../source-of.js'

const source = z.string().optional().describe('address or name of a source')

export const quarantined = recordingView.extend({
  attempts: z.number().int().describe('errors since it was found or retried'),
  deaths: z.number().int().describe('times that its worker died while it had nothing else in hand'),
  sharedDeaths: z.number().int().describe('times that its worker died while it had other recordings in hand too'),
  firstAt: instant.nullable().describe('when the first of its attempts went wrong'),
  lastAt: instant.describe('when it was set aside'),
  evidence: z
    .array(
      z.object({
        stage: z.string(),
        attempt: z.number().int(),
        worker: z.string(),
        at: instant,
        outcome: z.string().nullable(),
        code: z.string().nullable(),
        message: z.string().nullable(),
        details: z
          .record(z.string(), z.unknown())
          .describe('of a death: alone, inHandToo, step, rssMb and lastSeenAt of the worker, as far as they are known'),
      }),
    )
    .describe('the last attempts that were not done, the newest first'),
})

export const quarantineRoute = route({
  method: 'get',
  path: '/v1/quarantine',
  tag: 'operation',
  summary: 'Recordings that were set aside, each with its reason, since when, and what was tried',
  query: z.object({
    code: z.string().optional().describe('only those with this reason code'),
    source,
    after: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  }),
  answer: z.object({ recordings: z.array(quarantined), next: z.number().int().nullable() }),
  async handle({ query: { after, limit, code, source }, platform: { database } }) {
    const sourceId = source === undefined ? undefined : await sourceIdOf(database.pool, source)
    const recordings = await listQuarantine(database.pool, { code, sourceId, after, limit })
    return { recordings, next: recordings.length === limit ? (recordings.at(-1)?.recordingId ?? null) : null }
  },
})

/** Recordings that go into the queue at once, before all others, when a person retries them; more wait their turn. */
const atOnce = 100

export const retryRoute = route({
  method: 'post',
  path: '/v1/quarantine/retry',
  tag: 'operation',
  summary: 'Take quarantined recordings up again: one, those with a code, those of a source, or all',
  body: z.strictObject({
    recordingId: z.number().int().positive().optional(),
    code: z.string().optional(),
    source,
    dryRun: z.boolean().default(false).describe('only say which it would be'),
    by: z.string().optional().describe('who, for the ledger'),
  }),
  answer: z.object({ retried: z.array(z.number().int()), dryRun: z.boolean() }),
  async handle({ body: { source, dryRun, by = null, ...choice }, platform }) {
    const { database, queues, config } = platform
    const sourceId = source === undefined ? undefined : await sourceIdOf(database.pool, source)
    if (dryRun) return { retried: await chooseQuarantined(database.pool, { ...choice, sourceId }), dryRun }
    const retried = await retryQuarantined(database, { ...choice, sourceId }, by)
    await queues.prepare.addAll(
      retried.slice(0, atOnce).map((recordingId) => ({ recordingId })),
      { priority: 'retry', attempts: config.jobs.maxAttempts },
    )
    platform.wake.call()
    return { retried, dryRun }
  },
})
