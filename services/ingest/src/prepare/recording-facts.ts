import type { RecorderMetadata } from '@coro/audio/metadata/recorder-metadata'
import { resolveStart } from '@coro/audio/metadata/resolve-start'
import { settleInZone } from '@coro/audio/metadata/settle-in-zone'
import type { InspectedAudio } from '@coro/audio/inspect-audio'
import type { Queryable } from '@coro/shared/database/open'
import { loadWork, saveFacts, type RecordingFacts, type RecordingWork } from '@coro/shared/database/recording-work'
import { retimeThese } from '@coro/shared/database/retime'
import { recorderIdOf } from '@coro/shared/database/sources'
import { conflictsAt } from './conflicts-at.js'

/**
 * What a file told about itself, with the start instant settled by its place's time zone: the one that holds now, since its
 * source may have been declared anew while it was worked on.
 */
export async function recordingFacts(
  queryable: Queryable,
  { id }: Pick<RecordingWork, 'id'>,
  { header, metadata, warnings }: InspectedAudio,
): Promise<RecordingFacts> {
  const work = await loadWork(queryable, id)
  const timeZone = work?.timeZone ?? null
  const start = resolveStart(metadata.claims, timeZone === null ? {} : { timeZone })
  const { recorderId } = metadata.device
  const serials = (metadata.conflicts ?? []).filter(({ kind }) => kind === 'recorder')
  const conflicts = [...serials, ...conflictsAt({ timeZone, recorder: work?.recorderName ?? null }, metadata)]
  return {
    format: header.format,
    codec: header.codec,
    sampleRateHz: header.sampleRateHz,
    channels: header.channels,
    bitsPerSample: header.bitsPerSample,
    durationS: header.durationS ?? 0,
    startedAt: start.startedAt,
    utcOffsetMin: start.utcOffsetMin,
    timeSource: start.timeSource,
    timeConfidence: start.confidence,
    // The path's recorder, where it names one, stays.
    recorderId: work?.recorderId ?? (recorderId ? await recorderIdOf(queryable, recorderId) : null),
    metadata: conflicts.length === 0 ? withoutConflicts(metadata) : { ...metadata, conflicts },
    warnings,
  }
}

/** Save the facts; a start whose recorder's clock was corrected (coro retime) gets that correction. */
export async function keepFacts(queryable: Queryable, recordingId: number, facts: RecordingFacts): Promise<void> {
  const corrections = await saveFacts(queryable, recordingId, facts)
  if (corrections) await retimeThese(queryable, [recordingId], settleInZone)
}

function withoutConflicts({ claims, device }: RecorderMetadata): RecorderMetadata {
  return { claims, device }
}
