import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { route } from '../route.js'
import { searchAnswer, searchBody, searchOptions } from '../schemas.js'
import { runSearch } from '../search/run-search.js'

const jsonSchema = z.toJSONSchema(searchBody, { io: 'input', unrepresentable: 'any' })
const optionsSchema = z.toJSONSchema(searchOptions, { io: 'input', unrepresentable: 'any' })

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
      properties: { audio: { type: 'string', format: 'binary' }, ...optionsSchema.properties },
    },
  },
  answer: searchAnswer,
  async handle({ request, platform }) {
    const type = request.headers.get('content-type') ?? ''
    if (type.startsWith('multipart/form-data')) {
      const form = await request.formData().catch((error: unknown) => {
        throw invalid('the multipart body cannot be read', error)
      })
      const audio = form.get('audio')
      if (!(audio instanceof File)) throw invalid('the multipart field "audio" must be a file')
      const fields = Object.fromEntries([...form].filter(([name]) => name !== 'audio'))
      const bytes = new Uint8Array(await audio.arrayBuffer())
      const options = searchOptions.parse(fields)
      return runSearch(platform, { by: 'clip', bytes, fileName: audio.name || 'clip' }, options)
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

const invalid = (message: string, cause?: unknown) =>
  new CoroError('SEARCH_INVALID', message, { disposition: 'reject', cause })
