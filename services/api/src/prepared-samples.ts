import { findSegment, type SegmentPlace } from '@coro/shared/database/segments'
import { noteUse } from '@coro/shared/database/retention'
import { CoroError, errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import { orderPrepared } from './order-prepared.js'

/** Of every prepared variant. */
export const preparedRateHz = 32_000

/** A recording shorter than a window was padded to one: its file holds whole windows only. 16-bit mono. */
const windowBytes = 5 * preparedRateHz * 2

const bytesAt = (seconds: number) => Math.round(seconds * preparedRateHz) * 2

/** A segment by its id. Errors: SEGMENT_UNKNOWN. */
export async function segmentOr404({ database }: Platform, id: number): Promise<SegmentPlace> {
  const segment = await findSegment(database.pool, id)
  if (segment) return segment
  throw new CoroError('SEGMENT_UNKNOWN', `There is no segment ${id}.`, { disposition: 'reject' })
}

/**
 * A segment's samples that were embedded, as 16-bit mono PCM, little-endian; of a window that is none of Coro's own, the
 * same stretch of the prepared audio. What has expired is made again. Errors: SEGMENT_WITHOUT_AUDIO,
 * SEGMENT_NOT_PREPARED, PREPARED_EXPIRED, PREPARED_GONE, the storages'.
 */
export async function preparedSamples(
  platform: Platform,
  segment: SegmentPlace,
  variant: 'raw' | 'denoised',
): Promise<Uint8Array> {
  if (segment.withoutFile) {
    throw new CoroError(
      'SEGMENT_WITHOUT_AUDIO',
      `Segment ${segment.id} is known from an imported embedding alone: the file of its recording is not here.`,
      { disposition: 'reject' },
    )
  }
  if (segment.preparedPrefix === null) {
    throw new CoroError('SEGMENT_NOT_PREPARED', `Segment ${segment.id} has no prepared audio.`, { disposition: 'wait' })
  }
  const { index, startS, endS } = segment
  const [from, length] = index === null ? [bytesAt(startS), bytesAt(endS - startS)] : [index * windowBytes, windowBytes]
  const key = preparedKey(segment.preparedPrefix, variant)
  try {
    const samples = await platform.store.readRange(key, segment.preparedOffset + from, length)
    await noteUse(platform.database.pool, segment.recordingId)
    return samples
  } catch (error) {
    if (errorFacts(error).code !== 'STORAGE_GONE') throw error
    return orderPrepared(platform, segment.recordingId)
  }
}
