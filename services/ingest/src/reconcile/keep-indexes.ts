import { buildIndex, dropIndex, hasIndex } from '@coro/shared/database/index-build'
import { wantedSpaces } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'
import type { Reconciliation } from './reconciler.js'

/** Recordings at once from which dropping the index and building it again is cheaper than inserting into it. */
const busyFrom = 50

/**
 * PGlite only: an index that was asked for is dropped while a large ingest runs (an insert into it costs 10 ms there)
 * and built again when the ingest has ended. Searches are exact meanwhile. A server keeps its indexes.
 */
export async function keepIndexes({ database, log }: Platform, backlog: Reconciliation): Promise<void> {
  if (database.kind !== 'pglite') return
  const open = backlog.prepare + backlog.embed
  for (const space of await wantedSpaces(database.pool)) {
    if (!space.indexWanted) continue
    const indexed = await hasIndex(database.pool, space)
    if (indexed && open >= busyFrom) {
      log.info({ space: space.name, open }, 'index dropped for the time of the ingest')
      await dropIndex(database.pool, space)
    } else if (!indexed && open === 0) {
      log.info({ space: space.name }, 'building the index again')
      await buildIndex(database, space)
    }
  }
}
