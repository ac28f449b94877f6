import { createHash } from 'node:crypto'
import { spectrogramId } from '@coro/spectrogram/draw-spectrogram'
import { frequencyScales } from '@coro/spectrogram/frequency-scale'
import { palettes } from '@coro/spectrogram/palette'
import {
  checkSpectrogramOptions,
  spectrogramDefaults as defaults,
  spectrogramLimits as limits,
} from '@coro/spectrogram/spectrogram-options'
import { z } from 'zod'
import { preparedRateHz, preparedSamples, segmentOr404 } from '../prepared-samples.js'
import { route } from '../route.js'
import { idParams } from '../schemas.js'

const pixels = ({ min, max }: { min: number; max: number }) => z.coerce.number().int().min(min).max(max)
const hertz = z.coerce
  .number()
  .min(0)
  .max(preparedRateHz / 2)

const pictureQuery = z.object({
  variant: z.enum(['raw', 'denoised']).default('raw'),
  scale: z.enum(frequencyScales).default(defaults.scale),
  minHz: hertz.default(defaults.minHz),
  maxHz: hertz.default(preparedRateHz / 2),
  rangeDb: z.coerce
    .number()
    .min(limits.rangeDb.min)
    .max(limits.rangeDb.max)
    .default(defaults.rangeDb)
    .describe('from the darkest colour to the brightest'),
  maxDb: z.coerce
    .number()
    .min(limits.maxDb.min)
    .max(limits.maxDb.max)
    .optional()
    .describe("the brightest colour, in dB of a full-scale sine; the picture's loudest point without"),
  width: pixels(limits.width).default(defaults.width),
  height: pixels(limits.height).default(defaults.height),
  palette: z.enum(palettes).default(defaults.palette),
})

export const segmentSpectrogramRoute = route({
  method: 'get',
  path: '/v1/segments/{id}/spectrogram',
  tag: 'segments',
  summary: 'A picture of the samples that were embedded: time to the right, frequency upwards',
  params: idParams,
  query: pictureQuery,
  answer: 'image/png',
  async handle({ params: { id }, query: { variant, maxDb, ...rest }, request, platform, painter }) {
    const options = { ...rest, maxDb: maxDb ?? null }
    checkSpectrogramOptions(options, preparedRateHz)
    const segment = await segmentOr404(platform, id)
    const { source, key, startS, endS, startedAt, preparedPrefix, preparedOffset } = segment
    const sound = [source, key, startedAt, preparedPrefix, preparedOffset, startS, endS, variant]
    const identity = JSON.stringify([spectrogramId, sound, options])
    const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`
    const headers = { etag, 'cache-control': 'private, max-age=86400' }
    if (preparedPrefix !== null && namesTag(request.headers.get('if-none-match'), etag)) {
      return new Response(null, { status: 304, headers })
    }
    const pcm = await preparedSamples(platform, segment, variant)
    const png = await painter.run({ pcm, sampleRateHz: preparedRateHz, options })
    return new Response(new Uint8Array(png), {
      headers: { ...headers, 'content-type': 'image/png', 'content-length': String(png.length) },
    })
  },
})

/** Whether If-None-Match names a tag; weak comparison (RFC 9110, 13.1.2). */
function namesTag(header: string | null, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
