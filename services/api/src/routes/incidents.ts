import { listIncidents } from '@coro/shared/database/incidents'
import { z } from 'zod'
import { route } from '../route.js'
import { instant } from '../schemas.js'

const told = z.record(z.string(), z.string()).describe('channel (webhook, mail) -> when')

const incidentView = z.object({
  id: z.number().int(),
  kind: z.enum(['recorder silent', 'sweep failing', 'quarantine growing']),
  subject: z.string().describe('recorder, or address of the source'),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  beganAt: instant,
  endedAt: instant.nullable(),
  toldBegan: told,
  toldEnded: told,
  lastError: z.string().nullable().describe('why it could not be told last'),
})
export type IncidentView = z.infer<typeof incidentView>

export const incidentsRoute = route({
  method: 'get',
  path: '/v1/incidents',
  tag: 'operation',
  summary: 'What alerts told of: open incidents first, then the newest',
  query: z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(50) }),
  answer: z.object({ incidents: z.array(incidentView) }),
  async handle({ query: { limit }, platform: { database } }) {
    return { incidents: await listIncidents(database.pool, limit) }
  },
})
