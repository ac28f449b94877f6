import type { RecordingWork } from '@coro/shared/database/recording-work'
import { CoroError, errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import type { LocalFile } from '@coro/shared/storage/store'

/** A recording's own storage failed, which says nothing about other sources. */
export class SourceAway extends CoroError {}

/**
 * A recording's file on this machine. Throws SourceAway (disposition wait) where its source's storage is at fault, else
 * what the storage throws.
 */
export async function fetchOriginal({ storages }: Platform, work: RecordingWork): Promise<LocalFile> {
  try {
    return await storages.open(work.sourceUrl, work.sourceAccess).localFile(work.key, work.version, work.sizeBytes)
  } catch (error) {
    const { code, message, disposition } = errorFacts(error)
    // Another version lies there now: this one object's affair; a full disk here is no source's.
    if (disposition !== 'wait' || code === 'STORAGE_CHANGED' || code === 'STAGING_FULL') throw error
    throw new SourceAway(code, message, { disposition, cause: error })
  }
}
