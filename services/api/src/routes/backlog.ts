import { cancelBacklog, describePart, restoreBacklog } from '@coro/shared/database/cancelling'
import { backlogBySource } from '@coro/shared/database/dispatch'
import { z } from 'zod'
import { route } from '../route.js'
import { instant, status } from '../schemas.js'
import { sourceIdOf } from '../source-of.js'

const choice = {
  source: z.string().optional().describe('address or name of a source; all without'),
  before: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('only recordings from before this instant, by their start, else their name, else their file’s time'),
  dryRun: z.boolean().default(false).describe('only say what it would be'),
  by: z.string().max(100).optional().describe('who, for the ledger'),
}

const part = z.object({
  recordings: z.number().int(),
  bytes: z.number(),
  oldest: instant.nullable().describe('about when the oldest of them was recorded'),
  newest: instant.nullable(),
  dryRun: z.boolean(),
})

export const backlogRoute = route({
  method: 'get',
  path: '/v1/backlog',
  tag: 'operation',
  summary: 'How many recordings wait for each stage, by source',
  answer: z.object({ waiting: status.shape.waiting }),
  handle: async ({ platform: { database } }) => ({ waiting: await backlogBySource(database.pool) }),
})

export const cancelRoute = route({
  method: 'post',
  path: '/v1/backlog/cancel',
  tag: 'operation',
  summary:
    'Take what waits out of the backlog: it is kept as cancelled, and can be restored. Duplicates of it are prepared in its place',
  body: z.strictObject({ ...choice, reason: z.string().max(500).optional().describe('why, to be shown') }),
  answer: part,
  async handle({ body: { source, before, dryRun, by = null, reason = null }, platform: { database, wake } }) {
    const sourceId = source === undefined ? null : await sourceIdOf(database.pool, source)
    const chosen = { sourceId, before: before === undefined ? null : new Date(before) }
    const described = await describePart(database.pool, chosen, 'backlog')
    const recordings = dryRun ? described.recordings : await cancelBacklog(database, chosen, { by, reason })
    wake.call()
    return { ...described, recordings, dryRun }
  },
})

export const restoreRoute = route({
  method: 'post',
  path: '/v1/backlog/restore',
  tag: 'operation',
  summary: 'Bring cancelled recordings back into the backlog, where each of them stopped',
  body: z.strictObject(choice),
  answer: part,
  async handle({ body: { source, before, dryRun, by = null }, platform: { database, wake } }) {
    const sourceId = source === undefined ? null : await sourceIdOf(database.pool, source)
    const chosen = { sourceId, before: before === undefined ? null : new Date(before) }
    const described = await describePart(database.pool, chosen, 'cancelled')
    const recordings = dryRun ? described.recordings : await restoreBacklog(database, chosen, { by })
    wake.call()
    return { ...described, recordings, dryRun }
  },
})
