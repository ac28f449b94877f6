import { markSegmentsDeleted, sweepDeleted, unsweptMarks } from '@coro/shared/database/deletions'
import { buildIndex, indexProgress, rebuildIndex } from '@coro/shared/database/index-build'
import { chooseSpace } from '@coro/shared/database/choose-space'
import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { patientAnswer } from '../patient-answer.js'
import { route } from '../route.js'
import { flag, idParams } from '../schemas.js'

const choice = { space: z.string().optional(), variant: z.enum(['raw', 'denoised']).optional() }

export const indexRoute = route({
  method: 'post',
  path: '/v1/index/build',
  tag: 'operation',
  summary: "Build a space's HNSW index; answers when it is there",
  body: z.object({
    ...choice,
    graph: z
      .enum(['vectors', 'bits'])
      .optional()
      .describe(
        'what it is a graph of; without it what it is already, or vectors, or bits for a first index of 100,000 vectors and more',
      ),
    again: flag.default(false).describe('also where there is one: beside it, which answers until the new one is ready'),
  }),
  answer: z.object({ space: z.string(), built: z.boolean(), seconds: z.number() }),
  async handle({ body: { again, graph, ...wish }, platform: { database, log } }) {
    const space = await chooseSpace(database.pool, wish)
    const began = performance.now()
    const build = async () => {
      const built =
        (again && (await rebuildIndex(database, space, graph))) || (await buildIndex(database, space, graph)).built
      return { space: space.name, built, seconds: Math.round(performance.now() - began) / 1000 }
    }
    return patientAnswer(log, build())
  },
})

export const indexProgressRoute = route({
  method: 'get',
  path: '/v1/index/progress',
  tag: 'operation',
  summary: 'How far a build of the index has come (servers; null where none runs), and what waits for a sweep',
  query: z.object(choice),
  answer: z.object({
    progress: z.object({ phase: z.string(), done: z.number(), total: z.number() }).nullable(),
    unswept: z.number().int().describe('segments that are marked as deleted and not swept yet'),
  }),
  async handle({ query, platform: { database } }) {
    const progress = await indexProgress(database.pool, await chooseSpace(database.pool, query))
    return { progress, unswept: (await unsweptMarks(database.pool)).count }
  },
})

export const sweepRoute = route({
  method: 'post',
  path: '/v1/index/sweep',
  tag: 'operation',
  summary: 'Delete for good what is marked as deleted, and build the indexes again; answers when it is done',
  body: z.strictObject({}),
  answer: z.object({
    segments: z.number().int().describe('marked segments that were swept'),
    vectors: z.number().int().describe('deleted, in all spaces'),
    reindexed: z.array(z.string()).describe('spaces'),
  }),
  async handle({ platform: { database, log } }) {
    const sweep = async () => {
      const swept = await sweepDeleted(database)
      log.info({ ...swept }, 'swept what was marked as deleted')
      return swept
    }
    return patientAnswer(log, sweep())
  },
})

export const deleteSegmentRoute = route({
  method: 'delete',
  path: '/v1/segments/{id}',
  tag: 'segments',
  summary: 'Take a segment out of every search, at once; a sweep then deletes its vectors for good',
  params: idParams,
  query: z.object({ reason: z.string().max(1000).optional().describe('why, to be kept with it') }),
  answer: z.object({ segmentId: z.number().int(), marked: z.boolean().describe('false: it was already') }),
  async handle({ params: { id }, query: { reason = null }, platform: { database } }) {
    const { rowCount } = await database.pool.query('select from coro.segment where id = $1', [id])
    if (!rowCount) throw new CoroError('SEGMENT_UNKNOWN', `There is no segment ${id}.`, { disposition: 'reject' })
    return { segmentId: id, marked: (await markSegmentsDeleted(database.pool, [id], reason)) > 0 }
  },
})
