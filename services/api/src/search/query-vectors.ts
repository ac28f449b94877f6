import { randomUUID } from 'node:crypto'
import { extname } from 'node:path'
import { preparedAudioOf } from '@coro/shared/database/prepared-audio'
import { segmentQuery } from '@coro/shared/database/embeddings'
import type { Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { clipPrefix, preparedKey } from '@coro/shared/storage/prepared-keys'
import { orderPrepared } from '../order-prepared.js'

/** What is searched by: a stored segment, a vector, or a searcher's audio. */
export type SearchSubject = { by: 'segment'; segmentId: number } | { by: 'vector'; vector: Float32Array } | ClipSubject

export interface ClipSubject {
  by: 'clip'
  bytes: Uint8Array
  fileName: string
  /** Only this part; the rest is the surrounding that the noise gate learns from. */
  part?: { startS: number; endS?: number | undefined } | undefined
  /** Where the gate learns from instead: a file that came with the clip, or a recording of Coro's. */
  noise?: { bytes: Uint8Array; fileName: string } | { recordingId: number } | undefined
}

export interface QueryVector {
  /** L2-normalised, [dimension]. */
  embedding: Float32Array
  /** Where the window begins in a clip, seconds; null for a segment or a vector. */
  queryStartS: number | null
}

export interface QueryVectors {
  vectors: QueryVector[]
  /** The segment that is searched by, and its recording. */
  segmentId?: number
  recordingId?: number
}

const clipTimeoutMs = 60_000

/** The vectors to search with. Throws coded errors for what is unknown, silent, not embedded yet, or no audio. */
export async function queryVectors(platform: Platform, space: Space, subject: SearchSubject): Promise<QueryVectors> {
  switch (subject.by) {
    case 'vector':
      return { vectors: [{ embedding: normaliseL2(Float32Array.from(subject.vector)), queryStartS: null }] }
    case 'segment':
      return bySegment(platform, space, subject.segmentId)
    case 'clip':
      return { vectors: await byClip(platform, space, subject) }
  }
}

async function bySegment({ database }: Platform, space: Space, segmentId: number): Promise<QueryVectors> {
  const segment = await segmentQuery(database.pool, space, segmentId)
  if (!segment) {
    throw new CoroError('SEGMENT_UNKNOWN', `There is no segment ${segmentId}.`, { disposition: 'reject' })
  }
  const { embedding, recordingId } = segment
  if (embedding === 'silent') {
    throw new CoroError(
      'SEGMENT_SILENT',
      `Segment ${segmentId} is silent in ${space.name} (peak below -80 dBFS): there is no sound to search by.`,
      { disposition: 'reject' },
    )
  }
  if (embedding === null) {
    throw new CoroError('SEGMENT_NOT_EMBEDDED', `Segment ${segmentId} has no vector in ${space.name} yet.`, {
      disposition: 'reject',
    })
  }
  return { vectors: [{ embedding, queryStartS: null }], segmentId, recordingId }
}

/** The clip goes to an embed worker by way of the store: jobs carry no audio. */
async function byClip(platform: Platform, space: Space, subject: ClipSubject): Promise<QueryVector[]> {
  if (space.imported) {
    throw new CoroError(
      'SPACE_IMPORTED',
      `The embeddings of ${space.name} were made elsewhere, by a network that is not here: search it by a segment or a vector.`,
      { disposition: 'reject' },
    )
  }
  const { store, queues } = platform
  const { fileName, part, noise } = subject
  const sent: string[] = []
  const send = async (file: { bytes: Uint8Array; fileName: string }): Promise<string> => {
    const key = `${clipPrefix}${randomUUID()}${safeExtension(file.fileName)}`
    sent.push(key)
    await store.put(key, file.bytes)
    return key
  }
  try {
    const clipKey = await send(subject)
    const learnFrom =
      noise === undefined
        ? undefined
        : 'bytes' in noise
          ? { key: await send(noise) }
          : await preparedNoise(platform, space, noise.recordingId)
    const { windows } = await queues.query.ask(
      { clipKey, fileName, spaceId: space.id, ...defined({ part, noise: learnFrom }) },
      { priority: 'query', attempts: 2, timeoutMs: clipTimeoutMs },
    )
    const heard = windows.filter(({ silent }) => !silent)
    if (heard.length > 0) {
      return heard.map(({ startS, embedding }) => ({ queryStartS: startS, embedding: floats(embedding, space) }))
    }
    throw new CoroError(
      'QUERY_SILENT',
      `${fileName} is silent (peak below -80 dBFS): there is no sound to search by.`,
      {
        disposition: 'reject',
      },
    )
  } finally {
    for (const key of sent) await store.delete(key).catch(() => undefined)
  }
}

/** The stretch of a recording that its own windows were gated by: 600,000 samples at its rate, as far as it goes. */
async function preparedNoise(platform: Platform, space: Space, recordingId: number) {
  const audio = await preparedAudioOf(platform.database.pool, recordingId)
  if (!audio) {
    throw new CoroError('RECORDING_UNKNOWN', `There is no recording ${recordingId}.`, { disposition: 'reject' })
  }
  // A shorter one is padded with silence, which is no noise.
  if (audio.prefix === null || audio.durationS < 5) {
    throw new CoroError(
      'NOISE_UNAVAILABLE',
      `Recording ${recordingId} has no prepared audio of 5 s or more to learn the noise from: send a file as "noise".`,
      { disposition: 'reject' },
    )
  }
  if (audio.frontEndId !== space.frontEndId) {
    throw new CoroError(
      'NOISE_UNAVAILABLE',
      `Recording ${recordingId} is prepared with another front end than the space ${space.name}: send a file as "noise".`,
      { disposition: 'reject' },
    )
  }
  if (audio.expired) return orderPrepared(platform, recordingId)
  return {
    preparedKey: preparedKey(audio.prefix, 'raw'),
    offsetBytes: audio.offsetBytes,
    seconds: Math.min(audio.durationS, 600_000 / audio.sampleRateHz),
  }
}

const safeExtension = (fileName: string): string =>
  extname(fileName)
    .replaceAll(/[^.\w]/g, '')
    .slice(0, 8)

function defined<T extends Record<string, unknown>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}

function floats(base64: string, space: Space): Float32Array {
  const bytes = Buffer.from(base64, 'base64')
  const embedding = new Float32Array(space.dimension)
  for (let i = 0; i < embedding.length; i++) embedding[i] = bytes.readFloatLE(i * 4)
  return embedding
}
