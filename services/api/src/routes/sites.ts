import { isTimeZone } from '@coro/shared/config/sources'
import { listSites, placeSite } from '@coro/shared/database/sites'
import { z } from 'zod'
import { route } from '../route.js'

const site = z.object({
  name: z.string(),
  timeZone: z.string().nullable().describe('IANA; local times of searches are in it'),
  latitude: z.number().nullable().describe('degrees north'),
  longitude: z.number().nullable().describe('degrees east'),
  recordings: z.number().int(),
})

export const sitesRoute = route({
  method: 'get',
  path: '/v1/sites',
  tag: 'sites',
  summary: 'Sites, where they are, and how many recordings each has',
  answer: z.object({ sites: z.array(site) }),
  async handle({ platform: { database } }) {
    return { sites: await listSites(database.pool) }
  },
})

export const placeSiteRoute = route({
  method: 'put',
  path: '/v1/sites/{name}',
  tag: 'sites',
  summary:
    'Say where a site is: its time zone and coordinates; what is left out stays, null forgets it. Starts that are read in its zone follow within seconds',
  params: z.object({ name: z.string() }),
  body: z.strictObject({
    timeZone: z
      .string()
      .refine(isTimeZone, 'must be an IANA time zone such as America/Sao_Paulo')
      .nullable()
      .optional(),
    latitude: z.number().min(-90).max(90).nullable().optional(),
    longitude: z.number().min(-180).max(180).nullable().optional(),
  }),
  answer: site,
  async handle({ params: { name }, body, platform: { database } }) {
    await placeSite(database.pool, name, body)
    return (await listSites(database.pool, name))[0]
  },
})
