import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { CoroError } from '@coro/shared/errors'
import type { Command } from 'commander'
import { filterFields, type FilterOptions } from './commands/filter-options.js'
import type { Client } from './system/client.js'
import type { Role } from './system/start-system.js'
import { readVectorFile } from './vector-file.js'

/** What is searched by: one of a clip, a segment, a vector. */
export interface SubjectOptions {
  clip?: string
  clipStart?: number
  clipEnd?: number
  noise?: string
  noiseRecording?: number
  segment?: number
  vector?: string
}

export interface Subject {
  /** What this process must run to be asked about it. */
  roles: Role[]
  post<T>(client: Client, path: string, fields: Record<string, unknown>): Promise<T>
  /** The lines of an answer that comes bit by bit. */
  lines<T>(client: Client, path: string, fields: Record<string, unknown>): AsyncGenerator<T>
  /** An answer that is a file. */
  open(client: Client, path: string, fields: Record<string, unknown>): Promise<Response>
}

/** Where is searched. */
export interface WhereOptions extends FilterOptions {
  space?: string
  variant?: string
  sameRecording?: boolean
  otherRecordings?: boolean
}

/** Those of the options that were given, as the API takes them. */
export function whereFields(options: WhereOptions): Record<string, unknown> {
  const { space, variant, sameRecording, otherRecordings } = options
  const given = Object.entries({ space, variant, sameRecording, otherRecordings })
  return { ...filterFields(options), ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) }
}

/** Add the options that say what to search by. Parsers come with the program. */
export function addSubjectOptions(
  command: Command,
  { seconds, id }: { seconds: (text: string) => number; id: (text: string) => number },
): Command {
  return command
    .option('--segment <id>', 'search by a stored segment', id)
    .option('--clip <file>', 'search by an audio file')
    .option('--clip-start <s>', 'only from here in the clip, in seconds; the rest is its surrounding', seconds)
    .option('--clip-end <s>', 'only up to here in the clip, in seconds', seconds)
    .option('--noise <file>', "a recording of the clip's surroundings for the noise gate to learn from")
    .option('--noise-recording <id>', 'or the recording of Coro that the clip was cut from', id)
    .option('--vector <file>', 'search by a vector: JSON array, .npy, or raw little-endian float32')
}

/** Read what is searched by. Throws USAGE, INPUT_UNREADABLE, VECTOR_INVALID. */
export async function readSubject(options: SubjectOptions): Promise<Subject> {
  const { clip, segment, vector } = options
  if ([clip, segment, vector].filter((by) => by !== undefined).length !== 1) {
    throw usage('search by one of --clip FILE, --segment ID, --vector FILE')
  }
  const clipFields = {
    clipStartS: options.clipStart,
    clipEndS: options.clipEnd,
    noiseRecordingId: options.noiseRecording,
  }
  if (clip === undefined) {
    if (options.noise !== undefined || Object.values(clipFields).some((value) => value !== undefined)) {
      throw usage('--clip-start, --clip-end, --noise and --noise-recording go with --clip')
    }
    const by =
      vector === undefined ? { segmentId: segment } : { vector: [...readVectorFile(vector, await readInput(vector))] }
    return {
      roles: [],
      post: (client, path, fields) => client.post(path, { ...fields, ...by }),
      lines: (client, path, fields) => client.lines(path, { ...fields, ...by }),
      open: (client, path, fields) => client.open(path, { ...fields, ...by }),
    }
  }
  const audio = new Blob([new Uint8Array(await readInput(clip))])
  const noise = options.noise === undefined ? null : new Blob([new Uint8Array(await readInput(options.noise))])
  const form = (fields: Record<string, unknown>): FormData => {
    const whole = new FormData()
    whole.set('audio', audio, basename(clip))
    if (noise) whole.set('noise', noise, basename(options.noise ?? 'noise'))
    for (const [name, value] of Object.entries({ ...fields, ...clipFields })) {
      for (const one of [value].flat()) if (one !== undefined) whole.append(name, String(one))
    }
    return whole
  }
  return {
    roles: ['query'],
    post: (client, path, fields) => client.postForm(path, form(fields)),
    lines: (client, path, fields) => client.lines(path, form(fields)),
    open: (client, path, fields) => client.open(path, form(fields)),
  }
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

export const usage = (message: string): CoroError => new CoroError('USAGE', message, { disposition: 'reject' })
