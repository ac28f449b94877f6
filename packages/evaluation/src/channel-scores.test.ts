import { CoroError } from '@coro/shared/errors'
import type { Space } from '@coro/shared/database/spaces'
import type { Storage } from '@coro/shared/storage/store'
import { describe, expect, it } from 'vitest'
import { createChannelControl } from './channel-control.js'
import { channelVectors } from './channel-scores.js'

const tone = (frequencyHz: number): Int16Array =>
  Int16Array.from({ length: 160_000 }, (_, n) => 8000 * Math.sin((2 * Math.PI * frequencyHz * n) / 32_000))
const space = { variant: 'raw', windowS: 5, frontEndId: 'a' } as Space
const window = (segmentId: number, preparedPrefix: string, frontEndId: string | null) => ({
  segmentId,
  recordingId: segmentId,
  key: `${segmentId}.wav`,
  index: 0,
  preparedPrefix,
  preparedOffset: 44,
  frontEndId,
})

/** Prepared files by prefix: 44 bytes of header, one window. */
function storeOf(files: Record<string, Int16Array>): Storage {
  const readRange = async (key: string, offset: number, length: number): Promise<Buffer> => {
    const pcm = files[key.split('/')[0] ?? '']
    if (!pcm) throw new CoroError('STORAGE_GONE', key, { disposition: 'retry' })
    return Buffer.concat([Buffer.alloc(44), Buffer.from(pcm.buffer)]).subarray(offset, offset + length)
  }
  return { readRange } as unknown as Storage
}

describe('the control for the recording channel', () => {
  it('is a vector of length 1 that tells spectra apart, and null for silence', () => {
    const control = createChannelControl()
    const low = control(tone(1000))!
    expect(low).toHaveLength(64)
    expect(Math.hypot(...low)).toBeCloseTo(1, 9)
    expect(low.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 9)
    const high = control(tone(6000))!
    const peak = (vector: Float64Array) => vector.indexOf(Math.max(...vector))
    expect(peak(low)).toBeLessThan(peak(high))
    expect(control(tone(1000).map((value) => value / 2))!.every((value, i) => Math.abs(value - low[i]!) < 1e-3)).toBe(
      true,
    )
    expect(control(new Int16Array(160_000))).toBeNull()
  })

  it('reads what the space was made from alone, and does without what is gone', async () => {
    const store = storeOf({ p1: tone(1000), p2: tone(2000), p4: new Int16Array(160_000) })
    const windows = [window(1, 'p1', 'a'), window(2, 'p2', 'b'), window(3, 'p3', 'a'), window(4, 'p4', 'a')]
    const vectors = await channelVectors(store, space, windows)
    expect([...vectors.keys()]).toEqual([1, 4])
    expect(vectors.get(4)).toBeNull()
  })
})
