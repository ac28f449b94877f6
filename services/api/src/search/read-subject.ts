import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { clipOptions } from '../schemas.js'
import type { SearchSubject } from './query-vectors.js'

/** What a JSON body is searched by; a clip comes as multipart. */
const stored = {
  segmentId: z.number().int().positive().optional(),
  vector: z.array(z.number()).min(1).max(16_000).optional(),
}

/** The body types of a route that takes a clip, a segment or a vector, with further options: for its documentation. */
export function subjectBodyTypes(options: z.ZodObject): Record<string, unknown> {
  const json = (schema: z.ZodObject) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const form = json(options.extend(clipOptions.shape))
  return {
    'application/json': json(options.extend(stored)),
    'multipart/form-data': {
      type: 'object',
      ...form,
      required: ['audio', ...(form.required ?? [])],
      properties: {
        audio: { type: 'string', format: 'binary' },
        noise: { type: 'string', format: 'binary', description: 'a recording of the noise around the clip' },
        ...form.properties,
      },
    },
  }
}

/**
 * What a request searches by (multipart, field `audio`; else JSON, `segmentId` or `vector`), and its options. Throws
 * SEARCH_INVALID, CONTENT_TYPE, and what the schema refuses.
 */
export async function readSubject<S extends z.ZodObject>(
  request: Request,
  options: S,
): Promise<{ subject: SearchSubject; options: z.output<S> }> {
  const type = request.headers.get('content-type') ?? ''
  if (type.startsWith('multipart/form-data')) return readForm(request, options)
  if (!type.startsWith('application/json')) {
    throw new CoroError('CONTENT_TYPE', 'Send application/json or multipart/form-data.', { disposition: 'reject' })
  }
  const body = z.looseObject(stored).parse(await request.json())
  const { segmentId, vector, ...rest } = body
  if ((segmentId === undefined) === (vector === undefined)) throw invalid('give either segmentId or vector')
  return {
    subject:
      segmentId === undefined
        ? { by: 'vector', vector: Float32Array.from(vector ?? []) }
        : { by: 'segment', segmentId },
    options: options.parse(rest),
  }
}

async function readForm<S extends z.ZodObject>(
  request: Request,
  schema: S,
): Promise<{ subject: SearchSubject; options: z.output<S> }> {
  const form = await request.formData().catch((error: unknown) => {
    throw invalid('the multipart body cannot be read', error)
  })
  const clip = await fileOf(form, 'audio')
  if (clip === null) throw invalid('the multipart field "audio" must be a file')
  const noiseFile = await fileOf(form, 'noise')
  const fields = textFields(form)
  const own = Object.keys(clipOptions.shape)
  const pick = (mine: boolean) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => own.includes(name) === mine))
  const { clipStartS, clipEndS, noiseRecordingId } = clipOptions.parse(pick(true))
  const options = schema.parse(pick(false))
  if (noiseFile !== null && noiseRecordingId !== undefined) throw invalid('give either noise or noiseRecordingId')
  const part =
    clipStartS === undefined && clipEndS === undefined ? undefined : { startS: clipStartS ?? 0, endS: clipEndS }
  const noise = noiseFile ?? (noiseRecordingId === undefined ? undefined : { recordingId: noiseRecordingId })
  return { subject: { by: 'clip', ...clip, part, noise }, options }
}

/** What is no file; a field that comes more than once is a list. */
function textFields(form: FormData): Record<string, unknown> {
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
