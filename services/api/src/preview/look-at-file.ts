import { inspectAudio } from '@coro/audio/inspect-audio'
import { errorFacts } from '@coro/shared/errors'
import type { ObjectInfo, SourceStorage } from '@coro/shared/storage/store'
import { headerFile } from './header-file.js'

/** What a file's header tells. */
export interface LookedAt {
  object: ObjectInfo
  /** Null where the header does not say it. */
  durationS: number | null
  /** What the recorder's clock showed at the start; null where nothing says it. */
  clock: string | null
  recorderId: string | null
  warnings: { code: string; message: string }[]
  /** Why it would be set aside; null = it would be used. */
  refused: { code: string; message: string } | null
}

/**
 * The checks that decode nothing, as preparing makes them first. A file that is refused is an answer; a storage that does
 * not answer is an error.
 */
export async function lookAtFile(storage: SourceStorage, object: ObjectInfo, stagingDir: string): Promise<LookedAt> {
  const nothing = { object, durationS: 0, clock: null, recorderId: null, warnings: [] }
  try {
    await using file = await headerFile(storage, object, stagingDir)
    const { header, metadata, warnings } = await inspectAudio(file.path, object.key.split('/').at(-1) ?? object.key)
    const clock = metadata.claims[0]?.local ?? null
    const recorderId = metadata.device.recorderId ?? null
    return { object, durationS: header.durationS, clock, recorderId, warnings, refused: null }
  } catch (error) {
    const { code, message, disposition } = errorFacts(error)
    if (disposition !== 'reject' && code !== 'STORAGE_GONE') throw error
    return { ...nothing, refused: { code, message } }
  }
}
