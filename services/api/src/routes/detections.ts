import { countDetections, detectionCells } from '@coro/shared/database/detections'
import { z } from 'zod'
import { route } from '../route.js'
import { flag, searchAnswer } from '../schemas.js'
import { compared, comparedOptions, leftOut } from '../search/compared.js'
import { readSubject, subjectBodyTypes } from '../search/read-subject.js'

/** A list, or in one text with commas. */
const cells = z
  .union([z.array(z.string()), z.string().transform((text) => (text === '' ? [] : text.split(',')))])
  .pipe(z.array(z.enum(detectionCells)))

const options = comparedOptions.extend({
  threshold: z.coerce.number().min(-1).max(1).describe('cosine; a segment at least so similar is a detection'),
  by: cells.default([...detectionCells]).describe('count by these: site, night (noon to noon) and hour, local time'),
  empty: flag.default(false).describe('also cells that were listened to without a detection'),
})

const answer = z.object({
  space: z.string(),
  threshold: z.number(),
  by: z.array(z.enum(detectionCells)),
  detections: z.number().int(),
  queryMs: z.number(),
  leftOut: searchAnswer.shape.leftOut,
  cells: z.array(
    z.object({
      site: z.string().nullable().describe('null where it is not known, or not counted by'),
      night: z.string().nullable().describe('date of the evening'),
      hour: z.number().int().nullable().describe('0 to 23'),
      detections: z.number().int().describe('segments; each counts where it begins'),
      recordings: z.number().int().describe('recordings that they are in'),
      bestSimilarity: z.number().nullable(),
      recordedHours: z.number().describe('hours listened to, silent ones too, summed over recorders'),
      perHour: z.number().nullable(),
    }),
  ),
})
export type DetectionsAnswer = z.output<typeof answer>

/** POST /v1/detections */
export const detectionsRoute = route({
  method: 'post',
  path: '/v1/detections',
  tag: 'search',
  summary: 'When and where a sound occurs: detections by site, night and hour, beside the time that was recorded',
  bodyTypes: subjectBodyTypes(options),
  answer,
  async handle({ request, platform }): Promise<DetectionsAnswer> {
    const { subject, options: asked } = await readSubject(request, options)
    const { threshold, by, empty, ...where } = asked
    const { space, queries, filter } = await compared(platform, subject, where)
    const began = performance.now()
    const counted = await countDetections(platform.database.pool, space, { queries, threshold, by, empty, filter })
    const queryMs = performance.now() - began
    platform.metrics.searches.observe({ mode: 'exact', by: subject.by }, queryMs / 1000)
    return {
      space: space.name,
      threshold,
      by,
      detections: counted.reduce((sum, { detections }) => sum + detections, 0),
      queryMs: Math.round(queryMs * 100) / 100,
      leftOut: await leftOut(platform, filter),
      cells: counted,
    }
  },
})
