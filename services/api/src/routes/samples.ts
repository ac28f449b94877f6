import {
  drawSample,
  judgeByLabels,
  listSamples,
  sampledSegments,
  samplePrecision,
  saveJudgements,
  type SampleView,
} from '@coro/shared/database/samples'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { z } from 'zod'
import { route } from '../route.js'
import { idParams, instant } from '../schemas.js'
import { compared, comparedOptions } from '../search/compared.js'
import { readSubject, subjectBodyTypes } from '../search/read-subject.js'
import type { SearchSubject } from '../search/query-vectors.js'

const seed = z.coerce.number().int().min(0).max(2_147_483_647)
const options = comparedOptions.extend({
  minSimilarity: z.coerce.number().min(-1).max(1).default(-1).describe('draw from what is at least so similar'),
  strata: z.coerce.number().int().min(1).max(30).default(10).describe('each about half as large as the one below it'),
  perStratum: z.coerce.number().int().min(1).max(10_000).default(20).describe('segments drawn of each, at most'),
  seed: seed.default(1).describe('the same seed draws the same sample'),
})

const view = z.object({
  sampleId: z.number().int(),
  space: z.string(),
  subject: z.record(z.string(), z.unknown()).describe('what it was compared with'),
  filter: z.record(z.string(), z.unknown()),
  minSimilarity: z.number(),
  seed: z.number().int(),
  perStratum: z.number().int(),
  madeAt: instant,
  population: z.number().int().describe('segments that it was drawn from'),
  segments: z.number().int().describe('segments drawn'),
  judged: z.number().int(),
})

const drawn = z.object({
  sample: view,
  segments: z
    .array(
      z.object({
        segmentId: z.number().int(),
        recordingId: z.number().int(),
        key: z.string(),
        site: z.string().nullable(),
        startedAt: instant.nullable(),
        startS: z.number(),
        endS: z.number(),
        stratum: z.number().int().describe('1 = the least similar'),
        similarity: z.number(),
        weight: z.number().describe('how many segments it stands for'),
        judgement: z.boolean().nullable(),
        judgedBy: z.string().nullable(),
      }),
    )
    .describe('in a random order, in which to judge'),
})
export type SampleAnswer = z.output<typeof drawn>

export const drawSampleRoute = route({
  method: 'post',
  path: '/v1/samples',
  tag: 'samples',
  summary: 'Draw a random sample, stratified by similarity, to be judged',
  bodyTypes: subjectBodyTypes(options),
  answer: drawn,
  async handle({ request, platform }): Promise<SampleAnswer> {
    const { subject, options: asked } = await readSubject(request, options)
    const { minSimilarity, strata, perStratum, seed: chosen, ...where } = asked
    const { space, queries, filter } = await compared(platform, subject, where)
    const sampleId = await drawSample(platform.database.pool, space, {
      queries,
      subject: told(subject),
      filter,
      minSimilarity,
      strata,
      perStratum,
      seed: chosen,
    })
    return whole(platform, sampleId)
  },
})

export const samplesRoute = route({
  method: 'get',
  path: '/v1/samples',
  tag: 'samples',
  summary: 'Samples, the newest first',
  answer: z.object({ samples: z.array(view) }),
  async handle({ platform }) {
    return { samples: await listSamples(platform.database.pool) }
  },
})

export const sampleRoute = route({
  method: 'get',
  path: '/v1/samples/{id}',
  tag: 'samples',
  summary: 'One sample with its segments',
  params: idParams,
  answer: drawn,
  handle: ({ params: { id }, platform }) => whole(platform, id),
})

export const judgeRoute = route({
  method: 'post',
  path: '/v1/samples/{id}/judgements',
  tag: 'samples',
  summary: 'Judge segments of a sample: one by one, or by the labels that cover them',
  params: idParams,
  body: z.union([
    z.strictObject({
      judgements: z
        .array(
          z.strictObject({
            segmentId: z.number().int().positive(),
            judgement: z.boolean().nullable().describe('whether it is the sound; null takes a judgement back'),
          }),
        )
        .max(1_000_000),
      by: z.string().optional().describe('who judged'),
    }),
    z.strictObject({
      labels: z.array(z.string()).min(1).describe('a segment that one of these covers is the sound'),
      otherLabels: z.array(z.string()).default([]).describe('one that only one of these covers is not'),
    }),
  ]),
  answer: z.object({ sample: view, saved: z.number().int() }),
  async handle({ params: { id }, body, platform: { database } }) {
    await existing(database, id)
    let saved: number
    if ('judgements' in body) {
      await saveJudgements(database.pool, id, body.judgements, body.by ?? null)
      saved = body.judgements.length
    } else saved = await judgeByLabels(database.pool, id, body.labels, body.otherLabels)
    return { sample: await existing(database, id), saved }
  },
})

const precision = z.object({
  sample: view,
  thresholds: z.array(
    z.object({
      threshold: z.number().describe('segments at least so similar'),
      stratum: z.number().int(),
      segments: z.number().int(),
      judged: z.number().int(),
      judgedTrue: z.number().int(),
      precision: z.number().nullable().describe('null where a stratum above the threshold is not judged'),
      precisionLow: z.number().nullable().describe('of the 95 % interval'),
      precisionHigh: z.number().nullable(),
      trueCalls: z.number().nullable(),
      trueCallsLow: z.number().nullable(),
      trueCallsHigh: z.number().nullable(),
      shareOfCalls: z.number().nullable().describe('of all estimated true calls of the sample'),
    }),
  ),
})
export type PrecisionAnswer = z.output<typeof precision>

export const precisionRoute = route({
  method: 'get',
  path: '/v1/samples/{id}/precision',
  tag: 'samples',
  summary: 'Precision and estimated number of true calls at each threshold, from the judgements so far',
  params: idParams,
  answer: precision,
  async handle({ params: { id }, platform: { database } }): Promise<PrecisionAnswer> {
    return { sample: await existing(database, id), thresholds: await samplePrecision(database.pool, id) }
  },
})

async function whole(platform: Platform, id: number): Promise<SampleAnswer> {
  return {
    sample: await existing(platform.database, id),
    segments: (await sampledSegments(platform.database.pool, id)).map((segment) => ({
      ...segment,
      startedAt: segment.startedAt?.toISOString() ?? null,
    })),
  }
}

async function existing({ pool }: Platform['database'], id: number): Promise<SampleView> {
  const [sample] = await listSamples(pool, id)
  if (!sample) throw new CoroError('SAMPLE_UNKNOWN', `There is no sample ${id}.`, { disposition: 'reject' })
  return sample
}

/** What a sample was compared with, in few words. */
function told(subject: SearchSubject): Record<string, unknown> {
  if (subject.by === 'segment') return { segmentId: subject.segmentId }
  return subject.by === 'clip' ? { clip: subject.fileName } : { vector: true }
}
