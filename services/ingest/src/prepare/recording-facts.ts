import { findTimeConflicts } from '@coro/audio/metadata/find-conflicts'
import { areOtherSerials, type MetadataConflict, type RecorderMetadata } from '@coro/audio/metadata/recorder-metadata'
import { resolveStart } from '@coro/audio/metadata/resolve-start'
import { settleInZone } from '@coro/audio/metadata/settle-in-zone'
import type { InspectedAudio } from '@coro/audio/inspect-audio'
import type { Queryable } from '@coro/shared/database/open'
import { saveFacts, type RecordingFacts, type RecordingWork } from '@coro/shared/database/recordings'
import { retimeOne } from '@coro/shared/database/retime'
import { recorderIdOf } from '@coro/shared/database/sources'

/** What a file told about itself, with the start instant settled by its place's time zone. */
export async function recordingFacts(
  queryable: Queryable,
  work: RecordingWork,
  { header, metadata, warnings }: InspectedAudio,
): Promise<RecordingFacts> {
  const start = resolveStart(metadata.claims, work.timeZone === null ? {} : { timeZone: work.timeZone })
  const { recorderId } = metadata.device
  const conflicts = conflictsOf(work, metadata)
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
    recorderId: work.recorderId ?? (recorderId ? await recorderIdOf(queryable, recorderId) : null),
    metadata: conflicts.length === 0 ? withoutConflicts(metadata) : { ...metadata, conflicts },
    warnings,
  }
}

/** Save the facts; a start whose recorder's clock was corrected (coro retime) gets that correction. */
export async function keepFacts(queryable: Queryable, recordingId: number, facts: RecordingFacts): Promise<void> {
  const corrections = await saveFacts(queryable, recordingId, facts)
  if (corrections) await retimeOne(queryable, recordingId, settleInZone)
}

/** Times again, now that the zone of the place is known, and the header's serial against the path's recorder. */
function conflictsOf(work: RecordingWork, metadata: RecorderMetadata): MetadataConflict[] {
  const times = findTimeConflicts(metadata.claims, work.timeZone ?? undefined)
  const serials = (metadata.conflicts ?? []).filter(({ kind }) => kind === 'recorder')
  const { recorderId } = metadata.device
  const ofPath = work.recorderName
  if (recorderId !== undefined && ofPath !== null && areOtherSerials(recorderId, ofPath)) {
    serials.push({ kind: 'recorder', values: [recorderId, ofPath] })
  }
  return [...serials, ...times]
}

function withoutConflicts({ claims, device }: RecorderMetadata): RecorderMetadata {
  return { claims, device }
}
