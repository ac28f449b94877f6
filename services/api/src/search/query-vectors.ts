import { randomUUID } from 'node:crypto'
import { extname } from 'node:path'
import { embeddingOf } from '@coro/shared/database/embeddings'
import { findSegment } from '@coro/shared/database/segments'
import type { Space } from '@coro/shared/database/spaces'
import { normaliseL2 } from '@coro/shared/database/vectors'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { clipPrefix } from '@coro/shared/storage/prepared-keys'

/** What is searched by: a stored segment, a vector, or a searcher's audio. */
export type SearchSubject =
  | { by: 'segment'; segmentId: number }
  | { by: 'vector'; vector: Float32Array }
  | { by: 'clip'; bytes: Uint8Array; fileName: string }

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
      return { vectors: await byClip(platform, space, subject.bytes, subject.fileName) }
  }
}

async function bySegment({ database }: Platform, space: Space, segmentId: number): Promise<QueryVectors> {
  const embedding = await embeddingOf(database.pool, space, segmentId)
  const segment = await findSegment(database.pool, segmentId)
  if (!segment) {
    throw new CoroError('SEGMENT_UNKNOWN', `There is no segment ${segmentId}.`, { disposition: 'reject' })
  }
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
  return { vectors: [{ embedding, queryStartS: null }], segmentId, recordingId: segment.recordingId }
}

/** The clip goes to an embed worker by way of the store: jobs carry no audio. */
async function byClip(
  { store, queues }: Platform,
  space: Space,
  bytes: Uint8Array,
  fileName: string,
): Promise<QueryVector[]> {
  const clipKey = `${clipPrefix}${randomUUID()}${extname(fileName)
    .replaceAll(/[^.\w]/g, '')
    .slice(0, 8)}`
  await store.put(clipKey, bytes)
  try {
    const { windows } = await queues.query.ask(
      { clipKey, fileName, spaceId: space.id },
      { priority: 'query', attempts: 2, timeoutMs: clipTimeoutMs },
    )
    const heard = windows.filter(({ silent }) => !silent)
    if (heard.length === 0) {
      throw new CoroError(
        'QUERY_SILENT',
        `${fileName} is silent (peak below -80 dBFS): there is no sound to search by.`,
        {
          disposition: 'reject',
        },
      )
    }
    return heard.map(({ startS, embedding }) => ({ queryStartS: startS, embedding: floats(embedding, space) }))
  } finally {
    await store.delete(clipKey).catch(() => undefined)
  }
}

function floats(base64: string, space: Space): Float32Array {
  const bytes = Buffer.from(base64, 'base64')
  const embedding = new Float32Array(space.dimension)
  for (let i = 0; i < embedding.length; i++) embedding[i] = bytes.readFloatLE(i * 4)
  return embedding
}
