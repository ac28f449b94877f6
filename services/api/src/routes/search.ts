import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { route } from '../route.js'
import { clipOptions, searchAnswer, searchBody, searchOptions } from '../schemas.js'
import { runSearch } from '../search/run-search.js'

const jsonSchema = z.toJSONSchema(searchBody, { io: 'input', unrepresentable: 'any' })
const formOptions = searchOptions.extend(clipOptions.shape)
const formSchema = z.toJSONSchema(formOptions, { io: 'input', unrepresentable: 'any' })

/** POST /v1/search: by a clip (multipart, field `audio`), a segment or a vector (JSON). */
export const searchRoute = route({
  method: 'post',
  path: '/v1/search',
  tag: 'search',
  summary: 'Similar sounds: by an audio clip, a stored segment, or a vector',
  bodyTypes: {
    'application/json': jsonSchema,
    'multipart/form-data': {
      type: 'object',
      required: ['audio'],
      properties: {
        audio: { type: 'string', format: 'binary' },
        noise: { type: 'string', format: 'binary', description: 'a recording of the noise around the clip' },
        ...formSchema.properties,
      },
    },
  },
  answer: searchAnswer,
  async handle({ request, platform }) {
    const type = request.headers.get('content-type') ?? ''
    if (type.startsWith('multipart/form-data')) {
      const form = await request.formData().catch((error: unknown) => {
        throw invalid('the multipart body cannot be read', error)
      })
      const clip = await fileOf(form, 'audio')
      if (clip === null) throw invalid('the multipart field "audio" must be a file')
      const fields = fieldsOf(form)
      const { clipStartS, clipEndS, noiseRecordingId, ...options } = formOptions.parse(fields)
      const noiseFile = await fileOf(form, 'noise')
      if (noiseFile !== null && noiseRecordingId !== undefined) throw invalid('give either noise or noiseRecordingId')
      const part =
        clipStartS === undefined && clipEndS === undefined ? undefined : { startS: clipStartS ?? 0, endS: clipEndS }
      const noise = noiseFile ?? (noiseRecordingId === undefined ? undefined : { recordingId: noiseRecordingId })
      return runSearch(platform, { by: 'clip', ...clip, part, noise }, options)
    }
    if (!type.startsWith('application/json')) {
      throw new CoroError('CONTENT_TYPE', 'Send application/json or multipart/form-data.', { disposition: 'reject' })
    }
    const { segmentId, vector, ...options } = searchBody.parse(await request.json())
    if ((segmentId === undefined) === (vector === undefined)) throw invalid('give either segmentId or vector')
    return segmentId === undefined
      ? runSearch(platform, { by: 'vector', vector: Float32Array.from(vector ?? []) }, options)
      : runSearch(platform, { by: 'segment', segmentId }, options)
  },
})

/** What is no file; a field that comes more than once is a list. */
function fieldsOf(form: FormData): Record<string, unknown> {
  const names = new Set([...form.keys()].filter((name) => name !== 'audio' && name !== 'noise'))
  return Object.fromEntries(
    [...names].map((name) => {
      const values = form.getAll(name)
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}

interface SentFile {
  bytes: Uint8Array
  fileName: string
}

async function fileOf(form: FormData, field: 'audio' | 'noise'): Promise<SentFile | null> {
  const value = form.get(field)
  if (value === null) return null
  if (!(value instanceof File)) throw invalid(`the multipart field "${field}" must be a file`)
  return { bytes: new Uint8Array(await value.arrayBuffer()), fileName: value.name || field }
}

const invalid = (message: string, cause?: unknown) =>
  new CoroError('SEARCH_INVALID', message, { disposition: 'reject', cause })
