import { listPauses, pause, resume } from '@coro/shared/database/pauses'
import { z } from 'zod'
import { route } from '../route.js'
import { status } from '../schemas.js'
import { sourceIdOf } from '../source-of.js'

const choice = {
  source: z.string().optional().describe('address or name of a source; all without'),
  stage: z.enum(['prepare', 'embed']).optional().describe('both without'),
}

const pauseView = status.shape.pauses.element

export const pauseRoute = route({
  method: 'post',
  path: '/v1/pause',
  tag: 'operation',
  summary: 'Pause a source, a stage, a stage of a source, or (with neither) all work on recordings',
  body: z.strictObject({
    ...choice,
    reason: z.string().max(500).optional().describe('why, to be shown'),
    by: z.string().max(100).optional().describe('who, to be shown'),
  }),
  answer: z.object({
    changed: z.boolean().describe('false where the same was paused already'),
    pauses: z.array(pauseView),
  }),
  async handle({ body: { source, stage = null, reason = null, by = null }, platform: { database } }) {
    const sourceId = source === undefined ? null : await sourceIdOf(database.pool, source)
    const changed = await pause(database.pool, { sourceId, stage, reason, by })
    return { changed, pauses: await listPauses(database.pool) }
  },
})

export const resumeRoute = route({
  method: 'post',
  path: '/v1/resume',
  tag: 'operation',
  summary: 'End pauses: of a source, of a stage (for all sources), of a stage of a source, or (with neither) all',
  body: z.strictObject(choice),
  answer: z.object({ ended: z.number().int(), pauses: z.array(pauseView).describe('what is still paused') }),
  async handle({ body: { source, stage = null }, platform: { database, wake } }) {
    const sourceId = source === undefined ? null : await sourceIdOf(database.pool, source)
    const ended = await resume(database.pool, { sourceId, stage })
    wake.call()
    return { ended, pauses: await listPauses(database.pool) }
  },
})
