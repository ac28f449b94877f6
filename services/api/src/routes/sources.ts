import { refuseOverlap } from '@coro/shared/config/overlap'
import { normaliseSourceUrl, sourceConfig } from '@coro/shared/config/sources'
import { declaredInFile, listSources, removeSource, type SourceStatus } from '@coro/shared/database/source-list'
import { listObstacles } from '@coro/shared/database/watching/obstacles'
import { saveSource } from '@coro/shared/database/sources'
import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { route } from '../route.js'
import { idParams, instant } from '../schemas.js'

const sourceView = z.object({
  sourceId: z.number().int(),
  url: z.string(),
  name: z.string().nullable(),
  origin: z.enum(['file', 'api']).describe('file: declared in the configuration, and read-only here'),
  removedAt: instant.nullable().describe('not watched any more since; its recordings stay'),
  recordings: z.number().int(),
  lastSweepAt: instant.nullable(),
  lastSweepObjects: z.number().int().nullable(),
  lastSweepPassedOver: z.number().int().nullable().describe('files that are no recordings by their names, or hidden'),
  obstacles: z.number().int().describe('what could not be taken in; 1,000 and more count as 1,000'),
  lastSweepError: z.string().nullable(),
  sweepStartedAt: instant.nullable().describe('a sweep runs, or was cut off and goes on, since then'),
  placingFrom: z
    .number()
    .int()
    .nullable()
    .describe(
      'its declaration has changed, and its known recordings are placed again: those up to this id are; null = all are',
    ),
  declared: sourceConfig.partial().nullable().describe('deployments, time zone, channel, access, events'),
})

const obstacle = z.object({
  key: z.string().describe('a folder ends with /'),
  code: z.string().describe('FOLDER_DENIED, UNREADABLE, LINK_BROKEN, LINK_TO_FOLDER, NAME_NOT_UTF8, ...'),
  message: z.string(),
  firstSeenAt: instant,
})

export const sourcesRoute = route({
  method: 'get',
  path: '/v1/sources',
  tag: 'sources',
  summary: 'Sources, how each is declared, and its last sweep',
  query: z.object({ removed: z.enum(['true', 'false']).default('false').describe('also those that were removed') }),
  answer: z.object({ sources: z.array(sourceView) }),
  async handle({ query: { removed }, platform: { database } }) {
    const sources = await listSources(database.pool)
    return { sources: sources.filter(({ removedAt }) => removed === 'true' || removedAt === null).map(viewOf) }
  },
})

export const sourceRoute = route({
  method: 'get',
  path: '/v1/sources/{id}',
  tag: 'sources',
  summary: 'One source, and what of it the last sweep could not take in',
  params: idParams,
  answer: sourceView.extend({ obstacleList: z.array(obstacle).describe('the first 1,000') }),
  async handle({ params: { id }, platform: { database } }) {
    const source = await oneSource(database, id)
    return { ...viewOf(source), obstacleList: await listObstacles(database.pool, id, 1000) }
  },
})

export const saveSourceRoute = route({
  method: 'put',
  path: '/v1/sources',
  tag: 'sources',
  summary:
    'Declare a source, or declare it anew: the same as in the sources file. Its address tells which one; its known recordings follow',
  body: sourceConfig,
  answer: sourceView,
  async handle({ body, platform: { config, database } }) {
    const url = addressOf(body.url)
    if (config.sources.some((source) => source.url === url)) throw declaredInFile(url)
    refuseOverlap(url, config.storeUrl)
    const { id } = await saveSource(database, { ...body, url, sites: [] }, 'api')
    return viewOf(await oneSource(database, id))
  },
})

export const removeSourceRoute = route({
  method: 'delete',
  path: '/v1/sources/{id}',
  tag: 'sources',
  summary: 'Stop watching a source that was declared here; its recordings stay',
  params: idParams,
  answer: sourceView,
  async handle({ params: { id }, platform: { database } }) {
    await removeSource(database.pool, id)
    return viewOf(await oneSource(database, id))
  },
})

/** Over the network nobody knows what a relative folder would be relative to. */
function addressOf(url: string): string {
  if (!/^(s3:\/\/|file:\/\/\/|\/)/.test(url)) {
    throw new CoroError('SOURCE_INVALID', 'url: must be s3://bucket/prefix, file:///folder or /folder', {
      disposition: 'reject',
    })
  }
  return normaliseSourceUrl(url, '/')
}

async function oneSource(database: { pool: Parameters<typeof listSources>[0] }, id: number): Promise<SourceStatus> {
  const [source] = await listSources(database.pool, id)
  if (!source) throw new CoroError('SOURCE_UNKNOWN', `There is no source ${id}.`, { disposition: 'reject' })
  return source
}

function viewOf({ id: sourceId, declaredAt: _declaredAt, ...source }: SourceStatus): Record<string, unknown> {
  return { sourceId, ...source }
}
