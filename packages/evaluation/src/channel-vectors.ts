import type { SearchableWindow } from '@coro/shared/database/evaluation'
import type { Space } from '@coro/shared/database/spaces'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import type { Storage } from '@coro/shared/storage/store'
import { createChannelControl } from './channel-control.js'

const sampleRateHz = 32_000

/** The channel's vector of every window, by variant, from the prepared audio; silent windows have none. */
export async function channelVectors(
  store: Storage,
  spaces: Space[],
  windows: SearchableWindow[],
): Promise<Partial<Record<Space['variant'], Map<number, Float64Array>>>> {
  const control = createChannelControl()
  const byVariant: Partial<Record<Space['variant'], Map<number, Float64Array>>> = {}
  for (const { variant, windowS } of spaces) {
    const length = 2 * Math.round(windowS * sampleRateHz)
    const vectors = new Map<number, Float64Array>()
    for (const { segmentId, index, preparedPrefix, preparedOffset } of windows) {
      const bytes = await store.readRange(preparedKey(preparedPrefix, variant), preparedOffset + index * length, length)
      const pcm = new Int16Array(length / 2)
      for (let i = 0; i < bytes.length >> 1; i += 1) pcm[i] = bytes.readInt16LE(2 * i)
      const vector = control(pcm)
      if (vector) vectors.set(segmentId, vector)
    }
    byVariant[variant] = vectors
  }
  return byVariant
}
