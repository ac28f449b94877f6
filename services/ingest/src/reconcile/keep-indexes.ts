import { buildIndex, dropIndex, hasIndex } from '@coro/shared/database/index-build'
import { isLarge, spacesToIndex, wantedSpaces } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'
import type { Reconciliation } from './reconciler.js'

/** Recordings at once from which dropping the index and building it again is cheaper than inserting into it. */
const busyFrom = 50

/**
 * Loading in bulk is cheaper without an index, which is then built at once; what comes in live goes into the index. A space
 * that fills in the background gets its index when it is full, and becomes active with it. On PGlite (an insert into an
 * index costs 10 ms there) one that was asked for is also dropped while a large ingest runs, unless searches need it: the
 * active space's, once it holds more than is compared anyway.
 */
export async function keepIndexes({ database, log }: Platform, backlog: Reconciliation): Promise<void> {
  if (database.kind === 'postgres') {
    for (const space of await spacesToIndex(database.pool)) {
      log.info({ space: space.name }, 'full: building its index')
      await buildIndex(database, space)
    }
    return
  }
  const open = backlog.prepare + backlog.embed
  for (const space of await wantedSpaces(database.pool)) {
    if (!space.indexWanted) continue
    const indexed = await hasIndex(database.pool, space)
    if (indexed && open >= busyFrom) {
      if (space.active && (await isLarge(database.pool, space))) continue
      log.info({ space: space.name, open }, 'index dropped for the time of the ingest')
      await dropIndex(database.pool, space)
    } else if (!indexed && open === 0) {
      log.info({ space: space.name }, 'building the index again')
      await buildIndex(database, space)
    }
  }
}
