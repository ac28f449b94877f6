import { embeddingOf } from '@coro/shared/database/embeddings'
import { findSegment, segmentsOf, type SegmentPlace } from '@coro/shared/database/segments'
import { listSpaces } from '@coro/shared/database/spaces'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import { z } from 'zod'
import { route } from '../route.js'
import { idParams, segmentView } from '../schemas.js'

const sampleRateHz = 32_000

async function segmentOr404({ database }: Platform, id: number): Promise<SegmentPlace> {
  const segment = await findSegment(database.pool, id)
  if (segment) return segment
  throw new CoroError('SEGMENT_UNKNOWN', `There is no segment ${id}.`, { disposition: 'reject' })
}

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
        index: z.number().int(),
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
    if (segment.preparedPrefix === null) {
      throw new CoroError('SEGMENT_NOT_PREPARED', `Segment ${id} has no prepared audio.`, { disposition: 'wait' })
    }
    const bytesPerSecond = sampleRateHz * 2
    // A recording shorter than a window was padded to one: its file holds whole windows only.
    const windowBytes = 5 * bytesPerSecond
    const samples = await platform.store.readRange(
      preparedKey(segment.preparedPrefix, variant),
      segment.preparedOffset + segment.index * windowBytes,
      windowBytes,
    )
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

/** RIFF header of 16-bit mono PCM at 32 kHz, 44 bytes. */
function wavHeader(dataBytes: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + dataBytes, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(sampleRateHz, 24)
  header.writeUInt32LE(sampleRateHz * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(dataBytes, 40)
  return header
}
