import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { SearchAnswer } from '@coro/api/schemas'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { filterFields, type FilterOptions } from './filter-options.js'
import { printSearch } from '../print/results.js'
import { openClient } from '../system/client.js'
import { readVectorFile } from '../vector-file.js'

interface SearchCliOptions extends CommonOptions, FilterOptions {
  clip?: string
  clipStart?: number
  clipEnd?: number
  noise?: string
  noiseRecording?: number
  segment?: number
  vector?: string
  k: number
  mode: string
  exact?: boolean
  ef?: number
  space?: string
  variant?: string
  sameRecording?: boolean
  otherRecordings?: boolean
}

/** `coro search` */
export async function search(options: SearchCliOptions): Promise<void> {
  const { config, output } = commandContext(options)
  const { clip, segment, vector } = options
  if ([clip, segment, vector].filter((by) => by !== undefined).length !== 1) {
    throw new CoroError('USAGE', 'search by one of --clip FILE, --segment ID, --vector FILE', { disposition: 'reject' })
  }
  const clipFields = defined({
    clipStartS: options.clipStart,
    clipEndS: options.clipEnd,
    noiseRecordingId: options.noiseRecording,
  })
  if (clip === undefined && (options.noise !== undefined || Object.keys(clipFields).length > 0)) {
    throw new CoroError('USAGE', '--clip-start, --clip-end, --noise and --noise-recording go with --clip', {
      disposition: 'reject',
    })
  }
  const fields = {
    k: options.k,
    mode: options.exact === true ? 'exact' : options.mode,
    ...defined({
      ef: options.ef,
      space: options.space,
      variant: options.variant,
    }),
    ...filterFields(options),
    ...(options.sameRecording === true ? { sameRecording: true } : {}),
    ...(options.otherRecordings === true ? { otherRecordings: true } : {}),
  }
  const input = clip === undefined ? null : await readInput(clip)
  const noise = options.noise === undefined ? null : await readInput(options.noise)
  const numbers = vector === undefined ? null : readVectorFile(vector, await readInput(vector))
  await using client = await openClient(config, clip === undefined ? [] : ['query'])
  let answer: SearchAnswer
  if (clip !== undefined && input) {
    const form = new FormData()
    form.set('audio', new Blob([new Uint8Array(input)]), basename(clip))
    if (noise) form.set('noise', new Blob([new Uint8Array(noise)]), basename(options.noise ?? 'noise'))
    for (const [name, value] of Object.entries({ ...fields, ...clipFields })) {
      for (const one of [value].flat()) form.append(name, String(one))
    }
    answer = await client.postForm('/v1/search', form)
  } else {
    const by = numbers ? { vector: [...numbers] } : { segmentId: segment }
    answer = await client.post('/v1/search', { ...fields, ...by })
  }
  output.result(answer, () => printSearch(output, answer))
}

async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CoroError('INPUT_UNREADABLE', `${path} cannot be read: ${reason}`, {
      disposition: 'reject',
      cause: error,
    })
  }
}

function defined<T extends Record<string, unknown>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
