import type { SearchableWindow } from '@coro/shared/database/evaluation'
import type { Space } from '@coro/shared/database/spaces'
import { CoroError } from '@coro/shared/errors'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import type { Storage } from '@coro/shared/storage/store'
import { type Split, withRole } from './ask-split.js'
import { createChannelControl, nearest } from './channel-control.js'
import { type Scores, ScoreSum } from './scores.js'

const sampleRateHz = 32_000
/** The control reads the prepared audio of windows and compares in this process: of more recordings, every n-th. */
const mostWindows = 10_000

/** By segment; null = silent. */
export type ChannelVectors = Map<number, Float64Array | null>

/**
 * The channel's vector of windows, from their prepared audio in a space's variant. Left out are windows that are prepared
 * with another front end now, and those whose prepared audio is gone.
 */
export async function channelVectors(
  store: Storage,
  { variant, windowS, frontEndId }: Space,
  windows: SearchableWindow[],
): Promise<ChannelVectors> {
  const control = createChannelControl()
  const bytesPerWindow = 2 * Math.round(windowS * sampleRateHz)
  const every = Math.max(1, Math.ceil(windows.length / mostWindows))
  const vectors: ChannelVectors = new Map()
  for (const window of windows) {
    const isFitting = frontEndId === null || window.frontEndId === frontEndId
    if (!isFitting || window.recordingId % every !== 0) continue
    const key = preparedKey(window.preparedPrefix, variant)
    const offset = window.preparedOffset + window.index * bytesPerWindow
    const bytes = await store.readRange(key, offset, bytesPerWindow).catch(ifGone)
    if (bytes === null || bytes.length < bytesPerWindow) continue
    const pcm = Int16Array.from({ length: bytesPerWindow / 2 }, (_, i) => bytes.readInt16LE(2 * i))
    vectors.set(window.segmentId, control(pcm))
  }
  return vectors
}

/** Prepared audio may expire; the embeddings made of it stay. */
function ifGone(error: unknown): null {
  if (error instanceof CoroError && error.code === 'STORAGE_GONE') return null
  throw error
}

/** The measure of one split by the channel alone, over the windows that are known; a silent query counts as a miss. */
export function askChannel(vectors: ChannelVectors, split: Split): Scores {
  const stored = withRole(split, 'stored').flatMap(({ segmentId }) => {
    const vector = vectors.get(segmentId)
    return vector ? [{ segmentId, vector }] : []
  })
  const sum = new ScoreSum()
  for (const query of withRole(split, 'query')) {
    const vector = vectors.get(query.segmentId)
    if (vector === undefined) continue
    const ids = vector ? nearest(vector, stored, 5) : []
    sum.add(ids.map((id) => split.groupOf.get(id) === query.group))
  }
  return sum.means()
}
