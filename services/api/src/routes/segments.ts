import { embeddingOf } from '@coro/shared/database/embeddings'
import { segmentsOf } from '@coro/shared/database/segments'
import { listSpaces } from '@coro/shared/database/spaces'
import { z } from 'zod'
import { preparedSamples, segmentOr404 } from '../prepared-samples.js'
import { route } from '../route.js'
import { idParams, segmentIndex, segmentView } from '../schemas.js'
import { wavHeader } from '../wav-header.js'

export const recordingSegmentsRoute = route({
  method: 'get',
  path: '/v1/recordings/{id}/segments',
  tag: 'segments',
  summary: "A recording's segments, in order",
  params: idParams,
  answer: z.object({
    segments: z.array(
      z.object({
        segmentId: z.number().int(),
        index: segmentIndex,
        startS: z.number(),
        endS: z.number(),
        silent: z.boolean().describe('in the active space'),
      }),
    ),
  }),
  async handle({ params: { id }, platform }) {
    return { segments: await segmentsOf(platform.database.pool, id) }
  },
})

export const segmentRoute = route({
  method: 'get',
  path: '/v1/segments/{id}',
  tag: 'segments',
  summary: 'One segment: where and when it was recorded, and what it has in each space',
  params: idParams,
  answer: segmentView,
  async handle({ params: { id }, platform }) {
    const {
      id: segmentId,
      preparedPrefix: _prefix,
      preparedOffset: _offset,
      withoutFile: _file,
      ...segment
    } = await segmentOr404(platform, id)
    const spaces: Record<string, 'embedded' | 'silent' | 'open'> = {}
    for (const space of await listSpaces(platform.database.pool)) {
      const found = await embeddingOf(platform.database.pool, space, id)
      spaces[space.name] = found === null ? 'open' : found === 'silent' ? 'silent' : 'embedded'
    }
    return { segmentId, ...segment, spaces }
  },
})

export const segmentAudioRoute = route({
  method: 'get',
  path: '/v1/segments/{id}/audio',
  tag: 'segments',
  summary: 'The samples that were embedded: 32 kHz mono 16-bit WAV',
  params: idParams,
  query: z.object({ variant: z.enum(['raw', 'denoised']).default('raw') }),
  answer: 'audio/wav',
  async handle({ params: { id }, query: { variant }, platform }) {
    const segment = await segmentOr404(platform, id)
    const samples = await preparedSamples(platform, segment, variant)
    const body = Buffer.concat([wavHeader(samples.length), samples])
    return new Response(body, {
      headers: {
        'content-type': 'audio/wav',
        'content-length': String(body.length),
        'cache-control': 'private, max-age=86400',
      },
    })
  },
})
