import { prepareAgain } from '@coro/shared/database/backlog'
import { loadWork } from '@coro/shared/database/recording-work'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'

/**
 * Somebody asks for sound whose prepared audio is not in the store (any more): have it made again, and say so. Segments and
 * vectors stay, searches go on finding them. Throws PREPARED_EXPIRED (it is being made: ask again), PREPARED_GONE (the
 * original is not in its source as it was, so that it cannot be), or what the source's storage throws.
 */
export async function orderPrepared(
  { database, storages, queues, config }: Platform,
  recordingId: number,
): Promise<never> {
  const work = await loadWork(database.pool, recordingId)
  const original = work && (await storages.open(work.sourceUrl, work.sourceAccess).head(work.key))
  if (!work || original?.version !== work.version) {
    throw new CoroError(
      'PREPARED_GONE',
      `The prepared audio of recording ${recordingId} has expired, and its original is not in the source any more as it was: there is nothing to make it from.`,
      { disposition: 'reject' },
    )
  }
  await prepareAgain(database.pool, recordingId)
  await queues.prepare.add({ recordingId }, { priority: 'retry', attempts: config.jobs.maxAttempts })
  throw new CoroError(
    'PREPARED_EXPIRED',
    `The prepared audio of recording ${recordingId} has expired. It is being made again: ask again in some seconds.`,
    { disposition: 'reject' },
  )
}
