import { findTimeConflicts } from '@coro/audio/metadata/find-conflicts'
import { areOtherSerials, type MetadataConflict, type RecorderMetadata } from '@coro/audio/metadata/recorder-metadata'

/** What a place says of a recording. */
export interface ToldByPlace {
  timeZone: string | null
  /** What path or deployment call the recorder; null where neither does. */
  recorder: string | null
}

/**
 * What a file's metadata contradicts at a place: its times among each other, now that their zone is known, and the header's
 * serial against the recorder that the path names.
 */
export function conflictsAt(
  { timeZone, recorder }: ToldByPlace,
  { claims, device: { recorderId } }: Pick<RecorderMetadata, 'claims' | 'device'>,
): MetadataConflict[] {
  const times = findTimeConflicts(claims, timeZone ?? undefined)
  const isOther = recorderId !== undefined && recorder !== null && areOtherSerials(recorderId, recorder)
  const serials: MetadataConflict[] = isOther ? [{ kind: 'recorder', values: [recorderId, recorder] }] : []
  return [...serials, ...times]
}
